import type { Pool, PoolClient } from 'pg';
import {
  buildReferences,
  REFERENCE_TYPES,
  type ReferenceSettings,
} from '#core/build-references.js';
import type { Calendar } from '#core/calendar/calendar.js';
import { nationalCalendar } from '#core/calendar/national.js';
import type { Event, Instant } from '#core/event/event.js';
import type { Rulebook } from '#core/rule/compile.js';
import type { Law } from '#core/step.js';
import { countReferences, loadReferences } from '#store/known-facts.js';
import type { ReferenceToSave } from '#store/step-to-save.js';

/** An instant after every other that a fact can carry. */
const EVER = Date.UTC(9999, 11, 31);

/** Day through which the calendar looks for new notices before it is built again. */
const CALENDAR_STEP = 86_400_000;

/**
 * The law in force for the monitor: rulebook, calendar and reference facts as known at an instant. Facts are kept in
 * memory as the events that brought them; a snapshot is immutable and rebuilt only when a fact or a notice arrives.
 */
export class LawSource {
  private facts = new Map<string, Event>();
  private saved = 0;
  private snapshot: { law: Law; calendarDay: number; count: number } | null = null;

  constructor(
    private readonly rulebook: Rulebook,
    private readonly settings: ReferenceSettings,
  ) {}

  /** Takes in a reference fact; false where it is none or known already. */
  add(event: Event): boolean {
    if (!REFERENCE_TYPES.has(event.type)) return false;
    const key = `${event.source}\u0000${event.id}\u0000${event.rawDigest}`;
    if (this.facts.has(key)) return false;
    this.facts.set(key, event);
    return true;
  }

  /** Takes in what any monitor has saved since; cheap where nothing has. */
  async refresh(client: Pool | PoolClient): Promise<void> {
    const saved = await countReferences(client);
    if (saved === this.saved) return;
    for (const fact of await loadReferences(client, EVER)) this.add(fact.body as Event);
    this.saved = saved;
  }

  /** The law as known at `knownAt`; the same object as long as nothing became known since. */
  at(knownAt: Instant): Law {
    const calendarDay = Math.floor(knownAt / CALENDAR_STEP);
    const { snapshot } = this;
    if (
      snapshot !== null &&
      snapshot.count === this.facts.size &&
      snapshot.calendarDay === calendarDay
    )
      return snapshot.law;
    const calendar = this.calendarAt(knownAt, snapshot?.law.around.calendar ?? null);
    if (
      snapshot !== null &&
      snapshot.count === this.facts.size &&
      calendar === snapshot.law.around.calendar
    ) {
      this.snapshot = { ...snapshot, calendarDay };
      return snapshot.law;
    }
    const references = buildReferences(
      this.facts.values(),
      { knownAt: Number.MAX_SAFE_INTEGER, calendar },
      this.settings,
    );
    const law: Law = {
      rulebook: this.rulebook,
      around: { calendar, references, emptyLists: this.rulebook.emptyLists },
    };
    this.snapshot = { law, calendarDay, count: this.facts.size };
    return law;
  }

  private calendarAt(knownAt: Instant, before: Calendar | null): Calendar {
    const built = nationalCalendar(knownAt);
    return before !== null && before.version === built.version ? before : built;
  }
}

/** A reference event as it is stored: kind, code, version, validity, and since when it is known. */
export function referenceToSave(event: Event): ReferenceToSave {
  const { data } = event;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  const day = new Date(event.occurredAt).toISOString().slice(0, 10);
  const person = data.person as { staffNo?: string; unitCode?: string } | null | undefined;
  const isPerson = person !== null && person !== undefined;
  return {
    kind: event.type,
    code: isPerson ? `${person.unitCode}/${person.staffNo}` : event.subject,
    version: text(data.itemVersion) ?? text(data.from)?.slice(0, 40) ?? event.id,
    validFrom: (text(data.validFrom) ?? text(data.from)?.slice(0, 10) ?? day).slice(0, 10),
    validTo: (text(data.validTo) ?? text(data.to))?.slice(0, 10) ?? null,
    knownFrom: event.receivedAt,
    body: event,
    digest: event.rawDigest,
    source: event.source,
    eventId: event.id,
  };
}
