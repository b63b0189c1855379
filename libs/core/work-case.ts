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

/** A case in work: its state, its alerts, and the version of its row that they were loaded from. */
export interface WorkCase {
  readonly caseId: string;
  version: number;
  state: CaseState;
  readonly alerts: CaseAlerts;
}

/** What one event or tick changed. */
export interface CaseChanges {
  readonly changes: readonly FindingChange[];
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

/** One event: what fell due before it, then the event itself, then what coverage now releases. */
export function takeEvent(work: WorkCase, event: Event, law: Law, coverage: Coverage): CaseChanges {
  const released = work.alerts.release(coverage, event.receivedAt);
  const changes = acceptEvent(work.state, event, law);
  return { changes, alerts: [...released, ...applied(work, changes, coverage)] };
}

/** A tick: everything due until `to`, included. */
export function takeTick(work: WorkCase, to: Instant, law: Law, coverage: Coverage): CaseChanges {
  const released = work.alerts.release(coverage, to);
  const changes = advance(work.state, to, law);
  if (to > work.state.asOf) work.state.asOf = to;
  return { changes, alerts: [...released, ...applied(work, changes, coverage)] };
}

/**
 * Findings of impossible times are taken first, so that they hold what comes with them. A hold is lifted as soon as
 * coverage allows, before the next change: the order of an alert's history does not depend on batches.
 */
function applied(
  work: WorkCase,
  changes: readonly FindingChange[],
  coverage: Coverage,
): AlertChange[] {
  const alerts: AlertChange[] = [];
  for (const change of inOrder(changes)) {
    alerts.push(...work.alerts.apply(change));
    alerts.push(...work.alerts.release(coverage, change.at));
  }
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

/** What must be kept of a case besides its events. */
export function keptOf(work: WorkCase): {
  asOf: Instant;
  nextDueAt: Instant | null;
  open: boolean;
} {
  const { state } = work;
  return {
    asOf: state.asOf,
    nextDueAt: state.nextDueAt === Number.POSITIVE_INFINITY ? null : state.nextDueAt,
    open: state.view.closing === null,
  };
}
