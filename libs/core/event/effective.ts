import type { Event, EventRef, Instant } from './event.js';
import { VOCABULARY } from './vocabulary.js';

export interface VersionConflict {
  readonly ref: EventRef;
  /** Every version, the effective one last. */
  readonly versions: readonly Event[];
}

export interface EffectiveEvents {
  /** What is true now, in legal order: corrections stand as the fact that they state, revoked facts are left out. */
  readonly events: readonly Event[];
  /** Identities received with different bytes (DQ-05), by source and id. */
  readonly conflicts: readonly VersionConflict[];
  /** Corrections and revocations that lead to no known fact; they bind when their target arrives. */
  readonly waiting: readonly Event[];
  /**
   * The first event of the correction chain that an event belongs to: findings are named after it, so a correction
   * renames nothing. An event that corrects nothing, waits, or is unknown here is its own root.
   */
  rootOf(ref: EventRef): EventRef;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Legal order within a case: (occurredAt, recordedAt, source, id). Arrival order is never legal order. */
export function compareEvents(a: Event, b: Event): number {
  return (
    a.occurredAt - b.occurredAt ||
    a.recordedAt - b.recordedAt ||
    compareText(a.source, b.source) ||
    compareText(a.id, b.id)
  );
}

/** Inserts into a list that is in legal order, after its equals; returns a new list. O(log n) comparisons. */
export function insertEvent(events: readonly Event[], event: Event): Event[] {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = events[middle];
    if (other !== undefined && compareEvents(other, event) <= 0) low = middle + 1;
    else high = middle;
  }
  return events.toSpliced(low, 0, event);
}

/** Of one identity the greatest (dataVersion, recordedAt, rawDigest) is effective. */
export function compareVersions(a: Event, b: Event): number {
  return (
    a.dataVersion - b.dataVersion ||
    a.recordedAt - b.recordedAt ||
    compareText(a.rawDigest, b.rawDigest)
  );
}

/** Of several corrections of one event the one recorded last stands. */
function compareStatements(a: Statement, b: Statement): number {
  return (
    a.statedAt - b.statedAt ||
    compareText(a.event.source, b.event.source) ||
    compareText(a.event.id, b.event.id)
  );
}

function keyOf(ref: EventRef): string {
  // U+0000 cannot occur in a decoded source or id.
  return `${ref.source}\u0000${ref.id}`;
}

/** Whether an event states a fact, corrects one or says that it never happened. */
export function effectOf(event: Event): 'states' | 'corrects' | 'revokes' {
  return VOCABULARY.get(event.type)?.effect ?? 'states';
}

/** The case that a correction moves its fact to, or the case that the event stands in. */
export function statedCaseId(event: Event): string {
  const subject = event.data.correctedSubject;
  if (effectOf(event) !== 'corrects' || typeof subject !== 'string') return event.caseId;
  return event.caseId.slice(0, event.caseId.length - event.subject.length) + subject;
}

/** Every case that an event touches by itself: its own and, for a correction that moves a fact, the new one. */
export function casesOf(event: Event): readonly string[] {
  const stated = statedCaseId(event);
  return stated === event.caseId ? [event.caseId] : [event.caseId, stated];
}

/** The fact that a correction states, as an event of the type and case that it names. */
function statedFact(correction: Event): Event {
  const { correctedType, correctedSubject, ...data } = correction.data;
  return {
    ...correction,
    type: typeof correctedType === 'string' ? correctedType : correction.type,
    subject: typeof correctedSubject === 'string' ? correctedSubject : correction.subject,
    caseId: statedCaseId(correction),
    data,
  };
}

/**
 * A fact restated with the same time of occurrence was first recorded and received when that time was first stated:
 * mending a misspelt name is no back-entry (IR-03, IR-05) and no late feed (DQ-01). Moving the time is stated anew.
 */
function keepingFirstRecord(first: Event, now: Event): Event {
  if (now === first || now.occurredAt !== first.occurredAt) return now;
  return {
    ...now,
    recordedAt: Math.min(first.recordedAt, now.recordedAt),
    receivedAt: Math.min(first.receivedAt, now.receivedAt),
  };
}

/** Versions of each identity, duplicates removed, the effective one last. */
function versionsByIdentity(received: readonly Event[]): Map<string, Event[]> {
  const identities = new Map<string, Event[]>();
  for (const event of received) {
    const key = keyOf(event);
    const versions = identities.get(key);
    if (versions === undefined) {
      identities.set(key, [event]);
      continue;
    }
    const same = versions.findIndex((version) => version.rawDigest === event.rawDigest);
    const known = versions[same];
    if (known === undefined) versions.push(event);
    else if (event.receivedAt < known.receivedAt) versions[same] = event;
  }
  for (const versions of identities.values()) {
    if (versions.length > 1) versions.sort(compareVersions);
  }
  return identities;
}

interface Current {
  readonly key: string;
  readonly event: Event;
}

function effectiveVersion(versions: readonly Event[]): Event | undefined {
  const last = versions.at(-1);
  return last && versions.reduce((event, version) => keepingFirstRecord(version, event), last);
}

/** Corrections and revocations by the key of the event that they name. */
function replacersByTarget(current: Iterable<Current>): Map<string, Current[]> {
  const replacers = new Map<string, Current[]>();
  for (const entry of current) {
    const target = entry.event.correctionOf;
    if (effectOf(entry.event) === 'states' || target === null) continue;
    const key = keyOf(target);
    const list = replacers.get(key);
    if (list === undefined) replacers.set(key, [entry]);
    else list.push(entry);
  }
  return replacers;
}

/** Every entry of the correction tree below a fact, parents before children. Each names one target: no cycle is reached. */
function chainOf(root: Current, replacers: ReadonlyMap<string, readonly Current[]>): Current[] {
  const chain = [root];
  for (let i = 0; i < chain.length; i += 1) {
    const entry = chain[i];
    for (const replacer of (entry && replacers.get(entry.key)) ?? []) chain.push(replacer);
  }
  return chain;
}

interface Statement {
  readonly event: Event;
  readonly effect: 'states' | 'corrects' | 'revokes';
  /** `recordedAt` as it was sent. */
  readonly statedAt: Instant;
}

/** What an entry says by itself, nothing replacing it. */
function ownStatement(event: Event): Statement {
  const effect = effectOf(event);
  const stated = effect === 'corrects' ? statedFact(event) : event;
  return { event: stated, effect, statedAt: event.recordedAt };
}

function restated(event: Event, by: Statement): Statement {
  if (effectOf(event) === 'revokes') return by;
  return { ...by, event: keepingFirstRecord(event, by.event) };
}

/**
 * What a fact says now: the statement recorded last of those that replace it, or null where that one revokes it.
 * A replacer that is itself revoked counts for nothing, so that revoking a correction restores what it replaced.
 */
function resolve(
  chain: readonly Current[],
  replacers: ReadonlyMap<string, readonly Current[]>,
): Event | null {
  const said = new Map<string, Statement | null>();
  for (const { key, event } of chain.toReversed()) {
    let best: Statement | null = null;
    for (const replacer of replacers.get(key) ?? []) {
      const statement = said.get(replacer.key) ?? null;
      if (statement === null) continue;
      if (best === null || compareStatements(statement, best) > 0) best = statement;
    }
    if (best === null) said.set(key, ownStatement(event));
    else said.set(key, best.effect === 'revokes' ? null : restated(event, best));
  }
  const root = chain[0];
  return (root && said.get(root.key)?.event) ?? null;
}

/** True where the list holds each identity once and no correction: nothing has to be resolved. */
function isPlain(received: readonly Event[]): boolean {
  const seen = new Set<string>();
  for (const event of received) {
    if (effectOf(event) !== 'states') return false;
    seen.add(keyOf(event));
  }
  return seen.size === received.length;
}

/**
 * What a set of received versions says now (events.md section 8.1, 8.2, 8.4). A pure function of the set: order of
 * arrival and repetition change nothing. Where a correction moves a fact between two cases the versions of both belong
 * in the set; the facts of one case are then those of its `caseId`.
 */
export function effectiveEvents(received: readonly Event[]): EffectiveEvents {
  if (isPlain(received)) {
    const events = received.toSorted(compareEvents);
    return { events, conflicts: [], waiting: [], rootOf: ({ source, id }) => ({ source, id }) };
  }
  const identities = versionsByIdentity(received);
  const current: Current[] = [];
  const conflicts: VersionConflict[] = [];
  for (const [key, versions] of identities) {
    const event = effectiveVersion(versions);
    if (event === undefined) continue;
    current.push({ key, event });
    if (versions.length > 1) {
      conflicts.push({ ref: { source: event.source, id: event.id }, versions });
    }
  }
  const replacers = replacersByTarget(current);
  const roots = new Map<string, EventRef>();
  const events: Event[] = [];
  for (const entry of current) {
    if (effectOf(entry.event) !== 'states') continue;
    const chain = chainOf(entry, replacers);
    const { source, id } = entry.event;
    for (const { key } of chain) roots.set(key, { source, id });
    const fact = chain.length === 1 ? entry.event : resolve(chain, replacers);
    if (fact !== null) events.push(fact);
  }
  const byIdentity = (a: EventRef, b: EventRef) =>
    compareText(a.source, b.source) || compareText(a.id, b.id);
  return {
    events: events.sort(compareEvents),
    conflicts: conflicts.sort((a, b) => byIdentity(a.ref, b.ref)),
    waiting: current
      .filter(({ key }) => !roots.has(key))
      .map(({ event }) => event)
      .sort(compareEvents),
    rootOf: ({ source, id }) => roots.get(keyOf({ source, id })) ?? { source, id },
  };
}
