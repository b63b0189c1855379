import { CALENDAR_TYPES } from './calendar/published.js';
import type { Event, Instant } from './event/event.js';

/** A reference fact, and the how-manieth it was that arrived here: facts may arrive in another order than received. */
export interface ArrivedFact {
  readonly event: Event;
  readonly arrival: number;
}

/** What a law was made of: the facts received until `since` (included) that had arrived as the `arrived`-th or before. */
export interface Basis {
  readonly since: Instant;
  readonly arrived: number;
}

/** What a case is looked at for: everything that was received of it. */
export interface Subject {
  readonly received: readonly Event[];
}

/** The item of a fact of the catalogue. */
export function itemOfFact({ data, itemCode, subject }: Event): string {
  return String(data.itemCode ?? itemCode ?? subject);
}

/** What a reference fact is about; null where no evaluation reads it by itself (calendars have instants of their own). */
function keyOf(fact: Event): string | null {
  if (fact.type.startsWith('catalog.')) return `item ${itemOfFact(fact)}`;
  if (fact.type === 'feed.outage-declared') return `source ${fact.subject}`;
  if (fact.type !== 'org.posting-changed') return null;
  const person = fact.data.person as PersonRef | null | undefined;
  return person === null || person === undefined ? null : `person ${nameOf(person)}`;
}

interface PersonRef {
  readonly unitCode: string;
  readonly staffNo: string;
}

const nameOf = ({ unitCode, staffNo }: PersonRef) => `${unitCode}/${staffNo}`;

/** Rules ask whether there is a catalogue, or a table of postings, at all: the first fact of each concerns every case. */
const TABLES = ['catalog.item-published', 'org.posting-changed'];
const TABLE = 'table';

/** Keys of all that evaluating a case can read: its items, the persons that its events name, its sources. */
export function concernsOf({ received }: Subject): ReadonlySet<string> {
  const keys = new Set<string>([TABLE]);
  for (const event of received) {
    keys.add(`source ${event.source}`);
    if (event.itemCode !== null) keys.add(`item ${event.itemCode}`);
    for (const person of personsIn(event)) keys.add(`person ${person}`);
  }
  return keys;
}

/** Persons whom an event names, in its envelope or in its own fields, as `unit/staff number`; may repeat. */
export function* personsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  const { unitCode, staffNo } = value as Partial<PersonRef>;
  if (typeof unitCode === 'string' && typeof staffNo === 'string')
    yield nameOf({ unitCode, staffNo });
  for (const member of Object.values(value)) yield* personsIn(member);
}

interface Entry {
  readonly at: Instant;
  readonly arrival: number;
}

/** When reference facts became known, and what about. Bounds: `after` exclusive, `until` inclusive. */
export class FactTimes {
  /** All instants, ascending, each once. */
  private readonly instants: readonly Instant[];
  private readonly calendars: readonly Instant[];
  private readonly byKey = new Map<string, Entry[]>();
  private readonly byInstant = new Map<Instant, Event[]>();

  /** @param brought instants since which a calendar is known that no fact has brought */
  constructor(facts: Iterable<ArrivedFact>, brought: readonly Instant[]) {
    const calendars = new Set(brought);
    const tables = new Map<string, Entry>();
    for (const { event: fact, arrival } of facts) {
      const at = fact.receivedAt;
      if (CALENDAR_TYPES.has(fact.type)) calendars.add(at);
      else if (!this.enter(fact, arrival)) continue;
      const together = this.byInstant.get(at);
      if (together === undefined) this.byInstant.set(at, [fact]);
      else together.push(fact);
      const first = tables.get(fact.type);
      if (TABLES.includes(fact.type) && (first === undefined || at < first.at))
        tables.set(fact.type, { at, arrival });
    }
    this.byKey.set(TABLE, [...tables.values()]);
    this.calendars = ascending(calendars);
    this.instants = ascending(new Set([...calendars, ...this.byInstant.keys()]));
  }

  private enter(fact: Event, arrival: number): boolean {
    const key = keyOf(fact);
    if (key === null) return false;
    const entry = { at: fact.receivedAt, arrival };
    const entries = this.byKey.get(key);
    if (entries === undefined) this.byKey.set(key, [entry]);
    else entries.push(entry);
    return true;
  }

  lastUntil(until: Instant): Instant | undefined {
    return this.instants[countUntil(this.instants, until) - 1];
  }

  lastCalendarUntil(until: Instant): Instant | undefined {
    return this.calendars[countUntil(this.calendars, until) - 1];
  }

  anyIn(after: Instant, until: Instant): boolean {
    return countUntil(this.instants, until) > countUntil(this.instants, after);
  }

  calendarsIn(after: Instant, until: Instant): readonly Instant[] {
    return this.calendars.slice(
      countUntil(this.calendars, after),
      countUntil(this.calendars, until),
    );
  }

  /** Instants at which something about these keys became known; unordered, may repeat. */
  factsIn(after: Instant, until: Instant, keys: ReadonlySet<string>): Instant[] {
    const found: Instant[] = [];
    for (const key of keys)
      for (const { at } of this.byKey.get(key) ?? []) if (at > after && at <= until) found.push(at);
    return found;
  }

  /** True where a law made of `basis` lacks nothing about these keys of what was received until `until`. */
  holdsAll(basis: Basis, until: Instant, keys: ReadonlySet<string>): boolean {
    for (const key of keys)
      for (const { at, arrival } of this.byKey.get(key) ?? [])
        if (at <= until && (at > basis.since || arrival > basis.arrived)) return false;
    return true;
  }

  factsAt(at: Instant): readonly Event[] {
    return this.byInstant.get(at) ?? [];
  }
}

function ascending(instants: ReadonlySet<Instant>): Instant[] {
  return [...instants].sort((a, b) => a - b);
}

/** How many of the instants, ascending, are not later. */
function countUntil(instants: readonly Instant[], until: Instant): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((instants[middle] as Instant) <= until) low = middle + 1;
    else high = middle;
  }
  return low;
}
