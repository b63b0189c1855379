import type { AlertChange, AlertRecord } from './alert/alert.js';
import { CaseAlerts, type Coverage } from './alert/fold-alerts.js';
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
  version: number;
  state: CaseState;
  readonly alerts: CaseAlerts;
  /** True where a tick stopped before something due, until coverage lifts a hold or an event arrives. */
  waiting: boolean;
  /** How many of its received events, the first ones, share their texts with others (event/share.ts). */
  shared: number;
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
  return {
    caseId: opening.caseId,
    version: 0,
    state: newCase(opening.caseId, law),
    alerts: alertsOf(opening, []),
    waiting: false,
    shared: 0,
  };
}

/** Takes up a case as it was saved; nothing besides its events, findings, alerts and `asOf` is needed. */
export function resumeCase(
  opening: CaseOpening,
  saved: SavedCase & { readonly version: number; readonly alerts: readonly AlertRecord[] },
  law: Law,
): WorkCase {
  return {
    caseId: opening.caseId,
    version: saved.version,
    state: restoreCase(saved, law),
    alerts: alertsOf(opening, saved.alerts),
    waiting: false,
    shared: 0,
  };
}

function alertsOf(opening: CaseOpening, records: readonly AlertRecord[]): CaseAlerts {
  return new CaseAlerts(
    {
      caseId: opening.caseId,
      regionCode: opening.regionCode,
      agencyCode: opening.agencyCode,
      lane: (source) => laneOf(source, opening.partition),
    },
    records,
  );
}

/**
 * One event: what coverage releases by then, what fell due until its receipt (included), then the event itself.
 * `coverage` is what the records before it say.
 */
export function takeEvent(work: WorkCase, event: Event, law: Law, coverage: Coverage): CaseChanges {
  work.waiting = false;
  const alerts = work.alerts.release(coverage);
  const due: FindingChange[] = [];
  for (const [to, inForce] of lawsUntil(work.state, event.receivedAt, law)) {
    const made = advance(work.state, to, inForce);
    due.push(...made);
    alerts.push(...applied(work, made, coverage));
  }
  const own = acceptEvent(work.state, event, law);
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
  for (const [until, inForce] of lawsUntil(work.state, to, law))
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
  if (to > work.state.asOf) work.state.asOf = to;
  return { changes, due: changes.length, alerts };
}

/**
 * The laws under which a case is brought forward to `to`, each with the instant until which it is in force. A calendar
 * that became known on the way counts from that instant, whenever the case is looked at: what fell due before it is
 * judged by the calendar before.
 */
function* lawsUntil(state: CaseState, to: Instant, law: Law): Generator<[Instant, Law]> {
  const { since } = law;
  const { around } = state.view;
  if (since !== undefined && around.calendar.version !== law.around.calendar.version)
    if (state.received.length > 0 && state.asOf < since && since <= to) {
      yield [since - 1, { rulebook: law.rulebook, around }];
      state.asOf = since;
    }
  yield [to, law];
}

/** True for a new finding that rests on an absence: its alert begins with a hold, whatever else stands. */
function isHeldAtOnce({ kind, after }: FindingChange): boolean {
  return kind === 'raised' && after !== null && after.restsOnAbsenceUntil !== null;
}

/** A state to go back to: `advance` replaces what it changes, apart from these. */
function copyOf(state: CaseState): CaseState {
  return { ...state, answers: new Map(state.answers), stale: new Map(state.stale) };
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
  const { state } = work;
  return {
    asOf: state.asOf,
    nextDueAt: work.waiting || state.nextDueAt === NEVER ? null : state.nextDueAt,
    open: state.view.closing === null,
  };
}
