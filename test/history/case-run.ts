import type { AlertChange, AlertRecord } from '#core/alert/alert.js';
import type { Event, Instant } from '#core/event/event.js';
import type { Finding, FindingChange } from '#core/finding.js';
import {
  acceptEvent,
  advance,
  type CaseState,
  findingsOf,
  type Law,
  newCase,
  restoreCase,
} from '#core/step.js';
import {
  type CaseChanges,
  laneOf,
  openCase,
  resumeCase,
  takeEvent,
  takeTick,
  type WorkCase,
} from '#core/work-case.js';

/** What happens to a case in a run: a record arrives, time passes, the process is stopped and another takes the case up. */
export type Act =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'tick'; readonly to: Instant }
  /** Records of other cases, or heartbeats: every source of this log is heard through `to`. */
  | { readonly kind: 'heard'; readonly to: Instant }
  | { readonly kind: 'restart' };

export interface Ran {
  readonly findings: readonly Finding[];
  readonly changes: readonly FindingChange[];
}

/** What is saved of a case's findings: the last that each change said of them. */
class SavedFindings {
  private readonly byId = new Map<string, Finding>();

  apply(changes: readonly FindingChange[]): void {
    for (const { before, after } of changes)
      if (after !== null) this.byId.set(after.id, after);
      else if (before !== null) this.byId.delete(before.id);
  }

  all(): Finding[] {
    return [...this.byId.values()];
  }
}

/** Feeds that the histories come from. */
export const SOURCES = ['example', 'counter'] as const;

/** Runs acts on one case, from nothing to `until`. `onStep` sees the state after each act. */
export function runCase(
  caseId: string,
  acts: readonly Act[],
  about: { readonly law: Law; readonly until: Instant; onStep?(state: CaseState): void },
): Ran {
  const { law } = about;
  const saved = new SavedFindings();
  const changes: FindingChange[] = [];
  let state = newCase(caseId, law);
  const take = (more: readonly FindingChange[]) => {
    saved.apply(more);
    changes.push(...more);
  };
  for (const act of acts) {
    if (act.kind === 'event') take(acceptEvent(state, act.event, law));
    else if (act.kind === 'tick') take(advance(state, act.to, law));
    else if (act.kind === 'restart' && state.asOf > Number.NEGATIVE_INFINITY)
      state = restoreCase(
        { caseId, received: [...state.received], findings: saved.all(), asOf: state.asOf },
        law,
      );
    about.onStep?.(state);
  }
  take(advance(state, about.until, law));
  return { findings: findingsOf(state), changes };
}

/** Evaluates all rules from scratch on what a state has received. */
export function fromScratch(
  state: CaseState,
  law: Law,
): { readonly findings: readonly Finding[]; readonly nextDueAt: Instant } {
  const { caseId, received, asOf } = state;
  const fresh = restoreCase({ caseId, received: [...received], findings: [], asOf }, law);
  return { findings: findingsOf(fresh), nextDueAt: fresh.nextDueAt };
}

export interface AlertsRan {
  readonly alerts: readonly AlertChange[];
  readonly records: readonly AlertRecord[];
}

/** The same acts through the gates; a record covers its source through its time of recording. */
export function runAlerts(
  caseId: string,
  acts: readonly Act[],
  about: { readonly law: Law; readonly until: Instant },
): AlertsRan {
  const { law, until } = about;
  const opening = { caseId, regionCode: '130600', agencyCode: 'A', partition: 0 };
  const through = new Map<string, Instant>();
  const coverage = (lane: string) => through.get(lane) ?? Number.NEGATIVE_INFINITY;
  const hear = (source: string, to: Instant) => {
    const lane = laneOf(source, 0);
    through.set(lane, Math.max(coverage(lane), to));
  };
  const saved = new SavedFindings();
  const alerts: AlertChange[] = [];
  let work: WorkCase = openCase(opening, law);
  const take = (taken: CaseChanges) => {
    saved.apply(taken.changes);
    alerts.push(...taken.alerts);
  };
  for (const act of acts) {
    if (act.kind === 'event') {
      const { event } = act;
      take(takeEvent(work, event, law, coverage));
      hear(event.source, Math.min(event.recordedAt, event.receivedAt));
    } else if (act.kind === 'tick') take(takeTick(work, act.to, law, coverage));
    else if (act.kind === 'heard') for (const source of SOURCES) hear(source, act.to);
    else if (work.state.asOf > Number.NEGATIVE_INFINITY)
      work = resumeCase(
        opening,
        {
          caseId,
          version: 1,
          received: [...work.state.received],
          findings: saved.all(),
          asOf: work.state.asOf,
          alerts: work.alerts.all(),
        },
        law,
      );
  }
  take(takeTick(work, until, law, coverage));
  return { alerts, records: work.alerts.all() };
}

/** Arrival as the log keeps it: by time of receipt. */
export function arrivals(events: readonly Event[]): Act[] {
  return events
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
    .map((event) => ({ kind: 'event', event }));
}
