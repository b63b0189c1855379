import type { Pool, PoolClient } from 'pg';
import type { ReferenceSettings } from '#core/build-references.js';
import { CALENDAR_TYPES } from '#core/calendar/published.js';
import type { Event, Instant } from '#core/event/event.js';
import type { Subject } from '#core/fact-times.js';
import { KnownLaws } from '#core/known-laws.js';
import type { Rulebook } from '#core/rule/compile.js';
import type { Law } from '#core/step.js';
import { countReferences, loadReferences } from '#store/known-facts.js';
import type { ReferenceToSave } from '#store/step-to-save.js';

/** The laws in force for the monitor, with the reference facts that any monitor has saved. */
export class LawSource {
  private readonly laws: KnownLaws;
  private saved = 0;

  constructor(
    rulebook: Rulebook,
    readonly settings: ReferenceSettings,
  ) {
    this.laws = new KnownLaws(rulebook, settings);
  }

  /** Takes in a reference fact; false where it is none or known already. */
  add(event: Event): boolean {
    return this.laws.add(event);
  }

  /** Takes in what any monitor has saved since; cheap where nothing has. */
  async refresh(client: Pool | PoolClient): Promise<void> {
    const saved = await countReferences(client);
    if (saved === this.saved) return;
    for (const fact of await loadReferences(client, null)) this.add(fact.body as Event);
    this.saved = saved;
  }

  /** The law as known at `knownAt`; the same object as long as nothing became known since. */
  at(knownAt: Instant): Law {
    return this.laws.at(knownAt);
  }

  /** KnownLaws.takingUp */
  takingUp(subject: Subject, asOf: Instant, now: Instant): Law {
    return this.laws.takingUp(subject, asOf, now);
  }
}

/** A reference event as it is stored: kind, code, version, validity, and since when it is known. */
export function referenceToSave(event: Event): ReferenceToSave {
  const { data } = event;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  const day = new Date(event.occurredAt).toISOString().slice(0, 10);
  const person = data.person as { staffNo?: string; unitCode?: string } | null | undefined;
  const year = CALENDAR_TYPES.has(event.type) ? yearOf(data.year) : null;
  // Versions of a notice stand side by side: which of them counts is not for the order of receipt to say.
  if (CALENDAR_TYPES.has(event.type))
    return {
      kind: event.type,
      code: event.subject,
      version: `${event.id}@${event.rawDigest.slice(0, 16)}`,
      validFrom: year === null ? day : `${year}-01-01`,
      validTo: year === null ? null : `${year}-12-31`,
      knownFrom: event.receivedAt,
      body: event,
      digest: event.rawDigest,
      source: event.source,
      eventId: event.id,
    };
  const isPerson = person !== null && person !== undefined;
  return {
    kind: event.type,
    code: isPerson ? `${person.unitCode}/${person.staffNo}` : event.subject,
    version: text(data.itemVersion) ?? versionOf(data) ?? event.id,
    validFrom: (text(data.validFrom) ?? text(data.from)?.slice(0, 10) ?? day).slice(0, 10),
    validTo: (text(data.validTo) ?? text(data.to))?.slice(0, 10) ?? null,
    knownFrom: event.receivedAt,
    body: event,
    digest: event.rawDigest,
    source: event.source,
    eventId: event.id,
  };
}

/** Posts that a person takes on the same day stand side by side. */
function versionOf({ from, post }: Event['data']): string | null {
  if (typeof from !== 'string' || from === '') return null;
  return typeof post === 'string' ? `${from.slice(0, 40)} ${post}` : from.slice(0, 40);
}

function yearOf(year: unknown): string | null {
  return typeof year === 'number' ? String(year).padStart(4, '0') : null;
}
