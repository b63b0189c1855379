import type { Pool, PoolClient } from 'pg';
import {
  buildReferences,
  REFERENCE_TYPES,
  type ReferenceSettings,
} from '#core/build-references.js';
import { nationalCalendar, nationalEntries } from '#core/calendar/national.js';
import { LAW_PUBLISHED_AT } from '#core/calendar/statutory-holidays.js';
import type { Event, Instant } from '#core/event/event.js';
import type { Rulebook } from '#core/rule/compile.js';
import type { Law } from '#core/step.js';
import { countReferences, loadReferences } from '#store/known-facts.js';
import type { ReferenceToSave } from '#store/step-to-save.js';

/** An instant after every other that a fact can carry. */
const EVER = Date.UTC(9999, 11, 31);

/** Instants at which the national calendar became known, or known otherwise, ascending. */
function calendarInstants(): Instant[] {
  const published = nationalEntries().map((entry) => entry.publishedAt);
  return [...new Set([...published, ...LAW_PUBLISHED_AT])].sort((a, b) => a - b);
}

/**
 * The law in force for the monitor: rulebook, calendar and reference facts. Facts are kept in memory as the events that
 * brought them; a snapshot is immutable and rebuilt only when a fact arrives.
 */
export class LawSource {
  private facts = new Map<string, Event>();
  private saved = 0;
  /** Laws by the instant since which their calendar is known, all made of `count` facts. */
  private readonly snapshots = new Map<Instant, Law>();
  private count = 0;
  private readonly calendarSince = calendarInstants();

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
    if (this.count !== this.facts.size) this.snapshots.clear();
    this.count = this.facts.size;
    const since = this.calendarSince.findLast((instant) => instant <= knownAt) ?? knownAt;
    const known = this.snapshots.get(since);
    if (known !== undefined) return known;
    const calendar = nationalCalendar(since);
    const references = buildReferences(
      this.facts.values(),
      { knownAt: Number.MAX_SAFE_INTEGER, calendar },
      this.settings,
    );
    const around = { calendar, references, emptyLists: this.rulebook.emptyLists };
    const law: Law = { rulebook: this.rulebook, around, since };
    this.snapshots.set(since, law);
    return law;
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
