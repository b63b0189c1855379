import type { Clock } from '../calendar/clock.js';
import type { Day, Event, EventRef, Instant, Limit } from '../event/event.js';
import type { CatalogItem, Surroundings } from '../reference.js';
import { type Acceptance, acceptanceOf } from './acceptance.js';
import { isClosing } from './closing.js';
import { type EventFact, factOf } from './event-fact.js';
import type { ExtensionFact } from './extension.js';
import { caseClock } from './limit-clock.js';
import { type Movers, moversOf } from './movers.js';
import type { PauseFact } from './pause.js';
import { changesNothingDerived } from './touch.js';

export type LimitName = 'promised' | 'statutory';

/** Predicate name of a type: approval.step-completed -> stepCompleted; other streams keep their stream: complaint.filed -> complaintFiled. */
export function listName(type: string): string {
  const local = type.startsWith('approval.') ? type.slice(9) : type;
  return local.replace(/[-.]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const names = new Map<string, string>();
function nameOf(type: string): string {
  let name = names.get(type);
  if (name === undefined) {
    name = listName(type);
    names.set(type, name);
  }
  return name;
}

export interface Conflict {
  readonly versions: number;
  readonly latestAt: Instant;
}

const NO_EVENTS: readonly Event[] = [];
const NO_CONFLICTS: ReadonlyMap<string, Conflict> = new Map();

/** Key of an identity in `conflicts`. */
export function identityKey(ref: EventRef): string {
  return `${ref.source}\u0000${ref.id}`;
}

/** Candidates of one window over the first `count` events that it looks at, of the first `seen` of the case. */
export interface Judged {
  seen: number;
  count: number;
  readonly found: unknown[];
}

interface Derived {
  acceptance?: Acceptance | null;
  item?: CatalogItem | null;
  limitItem?: CatalogItem | null;
  movers?: Movers;
  promised?: Clock | null;
  statutory?: Clock | null;
  closing?: Event | null;
}

/**
 * A case seen through its effective events that had happened by some instant, in legal order
 * (occurredAt, recordedAt, source, id). Everything else is derived from them and computed when first asked for.
 */
export class CaseView {
  private readonly types = new Map<string, Event[]>();
  private derived: Derived = {};
  private judgedSoFar: Map<object, Judged> | null = null;

  constructor(
    readonly caseId: string,
    readonly events: Event[],
    /** Replaced only by one that says the same of this case. */
    public around: Surroundings,
    /** Identities received with different bytes: how many versions, and when the latest came. */
    readonly conflicts: ReadonlyMap<string, Conflict> = NO_CONFLICTS,
  ) {
    for (const event of events) this.index(event);
  }

  /** Adds an event that comes last in legal order; the caller guarantees the order. */
  append(event: Event): void {
    const itemWasKnown = this.events.length > 0 && this.itemCode !== null;
    this.events.push(event);
    this.index(event);
    if (!itemWasKnown || !changesNothingDerived(event, this)) this.derived = {};
  }

  private index(event: Event): void {
    const ofType = this.types.get(event.type);
    if (ofType === undefined) this.types.set(event.type, [event]);
    else ofType.push(event);
  }

  /** Facts by predicate name, of all types that occurred; of those that a rule names and did not occur, an empty list. */
  lists(): Record<string, readonly EventFact[]> {
    const lists: Record<string, readonly EventFact[]> = { ...this.around.emptyLists };
    for (const [type, events] of this.types)
      lists[nameOf(type)] = events.map((event) => factOf(event, this.around.calendar));
    return lists;
  }

  /** What windows that judge each event by itself have said so far; events are only ever added. */
  get judged(): Map<object, Judged> {
    this.judgedSoFar ??= new Map();
    return this.judgedSoFar;
  }

  hasAny(types: readonly string[] | null): boolean {
    if (types === null) return this.events.length > 0;
    for (const type of types) if (this.types.has(type)) return true;
    return false;
  }

  ofType(type: string): readonly Event[] {
    return this.types.get(type) ?? NO_EVENTS;
  }

  first(type: string): Event | undefined {
    return this.types.get(type)?.[0];
  }

  dayOf(event: Event): Day {
    return this.around.calendar.dayOf(event.occurredAt);
  }

  /** Filing date: of `applied`, else of `received`, else of the first event. */
  get filedOn(): Day | null {
    const filed =
      this.first('approval.applied') ?? this.first('approval.received') ?? this.events[0];
    return filed === undefined ? null : this.dayOf(filed);
  }

  get itemCode(): string | null {
    for (const event of this.events) if (event.itemCode !== null) return event.itemCode;
    return null;
  }

  /** Catalogue version valid on the filing date. */
  get item(): CatalogItem | null {
    if (this.derived.item === undefined) this.derived.item = this.itemOn(this.filedOn);
    return this.derived.item;
  }

  /** Catalogue version that the limits follow: the one valid on the acceptance date. */
  get limitItem(): CatalogItem | null {
    if (this.derived.limitItem === undefined)
      this.derived.limitItem = this.itemOn(this.acceptance?.on ?? this.filedOn);
    return this.derived.limitItem;
  }

  itemOn(day: Day | null): CatalogItem | null {
    const code = this.itemCode;
    return code === null || day === null ? null : this.around.references.item(code, day);
  }

  get acceptance(): Acceptance | null {
    if (this.derived.acceptance === undefined) this.derived.acceptance = acceptanceOf(this);
    return this.derived.acceptance;
  }

  /** The fact that ended the case, or null while it is open. */
  get closing(): Event | null {
    if (this.derived.closing === undefined)
      this.derived.closing = this.events.find(isClosing) ?? null;
    return this.derived.closing;
  }

  /** Pauses and extensions, each judged against the clocks as they stood before it. */
  get movers(): Movers {
    this.derived.movers ??= moversOf(this);
    return this.derived.movers;
  }

  get pauses(): readonly PauseFact[] {
    return this.movers.pauses;
  }

  get extensions(): readonly ExtensionFact[] {
    return this.movers.extensions;
  }

  /** The clock of a limit with its lawful pauses, extensions and outages; null without acceptance or limit. */
  clock(name: LimitName): Clock | null {
    let clock = this.derived[name];
    if (clock === undefined) {
      clock = caseClock(this, name, this.movers);
      this.derived[name] = clock;
    }
    return clock;
  }

  /** The limit in force: the event's value in the catalogue's unit (DQ-07); for a deemed acceptance the catalogue's own. */
  limit(name: LimitName): Limit | null {
    const field = name === 'promised' ? 'promisedLimit' : 'statutoryLimit';
    const listed = this.limitItem?.[field] ?? null;
    const stated = this.first('approval.accepted')?.data[field] as Limit | null | undefined;
    if (stated === null || stated === undefined) return listed;
    return listed === null ? stated : { value: stated.value, unit: listed.unit };
  }

  get isJoint(): boolean {
    return this.item?.kind === 'joint';
  }

  isTest(): boolean {
    return this.events.some((event) => event.isTest);
  }
}
