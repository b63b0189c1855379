import { REFERENCE_TYPES } from '#core/build-references.js';
import type { Event, Instant } from '#core/event/event.js';
import { surroundingsKnown } from '#core/known-laws.js';
import type { RuleSource } from '#core/rule/rule.js';
import type { Law } from '#core/step.js';
import type { City } from '#rulebook/city.js';
import { loadRulebook } from '#rulebook/load-rules.js';
import { type KnownFact, loadReferences } from '#store/known-facts.js';
import type { Database } from '../server/database.js';

/** How long a snapshot of the reference facts serves before the database is asked again. */
const FRESH_MS = 10_000;
const KEPT = 8;

interface Snapshot {
  readonly law: Promise<Law>;
  readonly takenAt: number;
}

function eventOf(fact: KnownFact): Event | null {
  const body = fact.body as Partial<Event> | null;
  const isEvent = body !== null && typeof body.type === 'string' && REFERENCE_TYPES.has(body.type);
  return isEvent && typeof body.receivedAt === 'number' ? (body as Event) : null;
}

/** Rules, calendar and reference facts as they were known at an instant, for explaining; nothing is decided here. */
export class CurrentLaw {
  private readonly loaded: ReturnType<typeof loadRulebook>;
  private readonly snapshots = new Map<string, Snapshot>();

  /** @throws RulebookError where a rule file is wrong, with file, line and reason. */
  constructor(
    rulePlaces: readonly string[],
    private readonly city: City,
    private readonly database: Database,
  ) {
    this.loaded = loadRulebook(rulePlaces);
  }

  get rules(): readonly RuleSource[] {
    return this.loaded.sources;
  }

  /** The text of a rule at a version; null where that version is not loaded here. */
  rule(id: string, version: number): RuleSource | null {
    return this.rules.find((rule) => rule.id === id && rule.version === version) ?? null;
  }

  /** The law as known at `knownAt`; snapshots are kept for ten seconds, by minute. */
  async at(knownAt: Instant): Promise<Law> {
    const key = String(Math.floor(knownAt / 60_000));
    const kept = this.snapshots.get(key);
    if (kept !== undefined && Date.now() - kept.takenAt < FRESH_MS) return kept.law;
    const law = this.build(knownAt);
    this.snapshots.delete(key);
    this.snapshots.set(key, { law, takenAt: Date.now() });
    for (const old of [...this.snapshots.keys()].slice(0, -KEPT)) this.snapshots.delete(old);
    law.catch(() => this.snapshots.delete(key));
    return law;
  }

  private async build(knownAt: Instant): Promise<Law> {
    const facts = await loadReferences(this.database.pool, knownAt);
    const { rulebook } = this.loaded;
    const events = facts.flatMap((fact) => eventOf(fact) ?? []);
    const around = surroundingsKnown(events, knownAt, { rulebook, settings: this.city });
    return { rulebook, around };
  }
}
