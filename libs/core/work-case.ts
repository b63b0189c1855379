import type { AlertChange, AlertRecord } from './alert/alert.js';
import { CaseAlerts, type CasePlace, type Coverage } from './alert/fold-alerts.js';
import type { Event, Instant } from './event/event.js';
import type { FindingChange } from './finding.js';
import {
  acceptEvent,
  advance,
  type CaseState,
  type Law,
  newCase,
  restoreCase,
  type SavedCase,
} from './step.js';

const NEVER = Number.POSITIVE_INFINITY;

/** A case in work: its state, its alerts, and the version of its row that they were loaded from. */
export interface WorkCase {
  readonly caseId: string;
  opening: CaseOpening;
  version: number;
  state: CaseState;
  readonly alerts: CaseAlerts;
  /** True where a tick stopped before something due, until coverage lifts a hold or an event arrives. */
  waiting: boolean;
  /** How many of its received events, the first ones, share their texts with others (event/share.ts). */
  shared: number;
  /** Null in a case whose events can be read, as nearly all. */
  readonly frozen: FrozenCase | null;
}

/**
 * A case whose events, or some of them, can no longer be read here: erased, or archived out of the database. What was
 * found stands as it stands; nothing is evaluated again, since a part of the facts would accuse or acquit wrongly. Alerts
 * that were held are still released by coverage, which needs no event.
 */
export interface FrozenCase {
  readonly reason: 'erased' | 'archived';
  readonly handlingRegionCode: string | null;
  readonly itemCode: string | null;
  readonly itemName: string | null;
  readonly open: boolean;
  readonly isTest: boolean;
}

/** What one event or tick changed. */
export interface CaseChanges {
  readonly changes: readonly FindingChange[];
  /** How many of the changes, the first ones, fell due before the event and do not come from it. */
  readonly due: number;
  readonly alerts: readonly AlertChange[];
}

export interface CaseOpening {
  readonly caseId: string;
  readonly regionCode: string;
  readonly agencyCode: string;
  /** Partition that the case's events come from. */
  readonly partition: number;
}

/** Name of a source within one partition: coverage is counted there, because there order is certain. */
export function laneOf(source: string, partition: number): string {
  return `${source}#${partition}`;
}

/** Begins a case that was never saved. */
export function openCase(opening: CaseOpening, law: Law): WorkCase {
  return workOn(opening, { version: 0, state: newCase(opening.caseId, law), alerts: [] });
}

/** Takes up a case as it was saved; nothing besides its events, findings, alerts and `asOf` is needed. */
export function resumeCase(
  opening: CaseOpening,
  saved: SavedCase & { readonly version: number; readonly alerts: readonly AlertRecord[] },
  law: Law,
): WorkCase {
  const { version, alerts } = saved;
  return workOn(opening, { version, state: restoreCase(saved, law), alerts });
}

/** Takes up a case that stands still. `opening` says where it stood. */
export function resumeFrozen(
  opening: CaseOpening,
  saved: {
    readonly version: number;
    readonly asOf: Instant;
    readonly alerts: readonly AlertRecord[];
    readonly frozen: FrozenCase;
  },
  law: Law,
): WorkCase {
  const state = newCase(opening.caseId, law);
  state.asOf = saved.asOf;
  return workOn(opening, { ...saved, state });
}

/**
 * An alert stands where the case's first event in legal order stands, whichever event opened the case here or came with
 * the alert: so it does not depend on how records are cut into batches.
 */
function workOn(
  opening: CaseOpening,
  saved: {
    readonly version: number;
    readonly state: CaseState;
    readonly alerts: readonly AlertRecord[];
    readonly frozen?: FrozenCase;
  },
): WorkCase {
  const { caseId } = opening;
  const place: CasePlace = {
    caseId,
    get regionCode() {
      return work.state.view.events[0]?.regionCode ?? work.opening.regionCode;
    },
    get agencyCode() {
      return work.state.view.events[0]?.agencyCode ?? work.opening.agencyCode;
    },
    get itemCode() {
      return work.state.view.itemCode;
    },
    lane: (source) => laneOf(source, work.opening.partition),
  };
  const { version, state, frozen = null } = saved;
  const alerts = new CaseAlerts(place, saved.alerts);
  const work: WorkCase = {
    caseId,
    opening,
    version,
    state,
    alerts,
    waiting: false,
    shared: 0,
    frozen,
  };
  return work;
}

/**
 * Counts the case's coverage in the partition that its own events come from. Until the first of them a case that a
 * correction has moved a fact to is counted where the correction came from; what is held already waits for that.
 */
export function settleIn(work: WorkCase, partition: number): void {
  if (work.opening.partition !== partition) work.opening = { ...work.opening, partition };
}

/**
 * One event: what coverage releases by then, what fell due until its receipt (included), then the event itself.
 * `coverage` is what the records before it say.
 */
export function takeEvent(work: WorkCase, event: Event, law: Law, coverage: Coverage): CaseChanges {
  return takeArrival(work, { event, alongside: [] }, law, coverage);
}

/** An event with the versions of its chain of corrections that concern a case only now that the event is here. */
export interface Arrival {
  readonly event: Event;
  readonly alongside: readonly Event[];
}

/** takeEvent for an event that comes with others of its chain. */
export function takeArrival(
  work: WorkCase,
  { event, alongside }: Arrival,
  law: Law,
  coverage: Coverage,
): CaseChanges {
  work.waiting = false;
  const alerts = work.alerts.release(coverage);
  const due: FindingChange[] = [];
  if (work.frozen !== null) {
    work.state.asOf = Math.max(work.state.asOf, event.receivedAt);
    return { changes: due, due: 0, alerts };
  }
  if (!isSettled(work.state, event.receivedAt, law))
    for (const [to, inForce] of lawsUntil(work.state, event.receivedAt, law, 'event')) {
      const made = advance(work.state, to, inForce);
      due.push(...made);
      alerts.push(...applied(work, made, coverage));
    }
  const own = acceptEvent(work.state, event, law, alongside);
  alerts.push(...applied(work, own, coverage));
  return { changes: own.length === 0 ? due : [...due, ...own], due: due.length, alerts };
}

/**
 * A tick: everything due until `to`, included, instant by instant. While an alert waits for coverage, further findings
 * that rest on an absence are raised and held with it, but the tick stops before anything else: whether the hold is
 * lifted first, only coverage or the next event can tell. So the history does not depend on when ticks happen.
 */
export function takeTick(work: WorkCase, to: Instant, law: Law, coverage: Coverage): CaseChanges {
  const alerts = work.alerts.release(coverage);
  const changes: FindingChange[] = [];
  work.waiting = false;
  if (work.frozen !== null) {
    work.state.asOf = Math.max(work.state.asOf, to);
    return { changes, due: 0, alerts };
  }
  for (const [until, inForce] of lawsUntil(work.state, to, law, 'tick'))
    do {
      const before = work.alerts.areWaiting() ? copyOf(work.state) : null;
      const made = advance(work.state, Math.min(until, work.state.nextDueAt), inForce);
      if (before !== null && !made.every(isHeldAtOnce)) {
        work.state = before;
        work.waiting = true;
        return { changes, due: changes.length, alerts };
      }
      changes.push(...made);
      alerts.push(...applied(work, made, coverage));
    } while (work.state.nextDueAt <= until);
  // A case that awaits nothing stays at what it was last judged by, whenever the tick came.
  if (to > work.state.asOf && work.state.nextDueAt !== NEVER) work.state.asOf = to;
  return { changes, due: changes.length, alerts };
}

/** True where nothing changes until `to`, included: no law, and nothing that fell due. */
function isSettled({ around, stale, nextDueAt }: CaseState, to: Instant, law: Law): boolean {
  return around === law.around && stale.size === 0 && nextDueAt > to;
}

/**
 * `advance` to `to` (included) under the laws in force on the way, each from the instant at which it became known: before
 * an event at `to`, or as a tick.
 */
export function advanceThrough(
  state: CaseState,
  to: Instant,
  law: Law,
  by: 'event' | 'tick',
): FindingChange[] {
  const changes: FindingChange[] = [];
  for (const [until, inForce] of lawsUntil(state, to, law, by))
    changes.push(...advance(state, until, inForce));
  return changes;
}

/**
 * The laws under which a case is brought forward to `to`, each with the instant until which it is in force. What became
 * known on the way counts from that instant, whenever the case is looked at: what fell due before it is judged by what was
 * known before. Nobody looks at a case that awaits nothing unless what became known reaches it (reach.ts); a tick that
 * comes late leaves it as it would have been left then. An event is always judged by all that was known by then.
 */
function* lawsUntil(
  state: CaseState,
  to: Instant,
  law: Law,
  by: 'event' | 'tick',
): Generator<[Instant, Law]> {
  const isCurrent = state.around === law.around || state.received.length === 0;
  const turns = isCurrent ? [] : (law.turns?.(state, state.asOf, to) ?? []);
  let { around } = state;
  let last = law;
  for (const turn of turns) {
    yield [turn.at - 1, { rulebook: law.rulebook, around }];
    if (by === 'tick' && state.nextDueAt === NEVER && !turn.wakes()) {
      last = { rulebook: law.rulebook, around };
      continue;
    }
    state.asOf = turn.at;
    around = turn.law().around;
    last = law;
  }
  yield [to, last];
}

/** True for a new finding that rests on an absence: its alert begins with a hold, whatever else stands. */
function isHeldAtOnce({ kind, after }: FindingChange): boolean {
  return kind === 'raised' && after !== null && after.restsOnAbsenceUntil !== null;
}

/** A state to go back to: `advance` replaces what it changes, apart from these. */
function copyOf(state: CaseState): CaseState {
  return { ...state, answers: new Map(state.answers), stale: state.stale };
}

/**
 * Findings of impossible times are taken first, so that they hold what comes with them. A hold is lifted as soon as
 * coverage allows, after all changes of its instant and before those of the next.
 */
function applied(
  work: WorkCase,
  changes: readonly FindingChange[],
  coverage: Coverage,
): AlertChange[] {
  const alerts: AlertChange[] = [];
  if (changes.length === 0) return alerts;
  const ordered = inOrder(changes);
  ordered.forEach((change, index) => {
    alerts.push(...work.alerts.apply(change));
    if (ordered[index + 1]?.at !== change.at) alerts.push(...work.alerts.release(coverage));
  });
  return alerts;
}

function inOrder(changes: readonly FindingChange[]): readonly FindingChange[] {
  if (!changes.some(isAboutTimes)) return changes;
  return [...changes].sort(
    (a, b) => a.at - b.at || Number(isAboutTimes(b)) - Number(isAboutTimes(a)),
  );
}

function isAboutTimes(change: FindingChange): boolean {
  return (change.after ?? change.before)?.ruleId === 'DQ-02';
}

/** What must be kept of a case besides its events; a case that waits for coverage is not due until it is released. */
export function keptOf(work: WorkCase): {
  asOf: Instant;
  nextDueAt: Instant | null;
  open: boolean;
} {
  const { state, frozen } = work;
  return {
    asOf: state.asOf,
    nextDueAt: work.waiting || state.nextDueAt === NEVER ? null : state.nextDueAt,
    open: frozen?.open ?? state.view.closing === null,
  };
}
