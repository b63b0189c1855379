import type { Pool, PoolClient } from 'pg';
import type { AlertRecord } from '#core/alert/alert.js';
import type { Instant } from '#core/event/event.js';
import type { Finding } from '#core/finding.js';
import {
  type CaseOpening,
  openCase,
  resumeCase,
  resumeFrozen,
  type WorkCase,
} from '#core/work-case.js';
import { type CaseContent, type LoadedAlert, loadCases } from '#store/load-cases.js';
import type { Writer } from '#store/writer.js';
import type { CaseCache } from './case-cache.js';
import type { LawSource } from './law-source.js';

/** What opens a case that was never saved: taken from its first event. */
export type Openings = ReadonlyMap<string, CaseOpening>;

export interface LoadWork {
  readonly client: Pool | PoolClient;
  readonly writer: Writer;
  readonly cache: CaseCache;
  /** A case is taken up under what the law of the instant at which it was left said of it. */
  readonly laws: Pick<LawSource, 'at' | 'takingUp'>;
  /** Instant of the batch or tick: a case that was never saved begins under its law. */
  readonly now: Instant;
  /** What opens a case that is known only by what a correction moves to it. */
  readonly visitors?: Openings;
  readonly lock?: boolean;
}

/** Cases ready to work on, from the cache where the database still has the version that it holds. */
export async function loadWork(
  caseIds: readonly string[],
  openings: Openings,
  from: LoadWork,
): Promise<Map<string, WorkCase>> {
  const taken = from.cache.take(caseIds);
  const known = new Map([...taken].map(([caseId, work]) => [caseId, work.version]));
  const loaded = await loadCases(from.client, from.writer, caseIds, {
    known,
    lock: from.lock ?? false,
  });
  const work = new Map<string, WorkCase>();
  for (const { caseId, version, content } of loaded) {
    const cached = taken.get(caseId);
    if (content === 'as-known' && cached !== undefined) work.set(caseId, cached);
    else if (content !== 'as-known')
      work.set(caseId, take(caseId, { version, content, openings, from }));
  }
  return work;
}

function take(
  caseId: string,
  at: { version: number; content: CaseContent; openings: Openings; from: LoadWork },
): WorkCase {
  const { version, content, openings, from } = at;
  const { laws, now } = from;
  const first = content.events.find((event) => event.caseId === caseId) ?? content.events[0];
  const visitor = content.events.length === 0 ? from.visitors?.get(caseId) : undefined;
  const opening: CaseOpening = openings.get(caseId) ??
    visitor ?? {
      caseId,
      regionCode: first?.regionCode ?? '',
      agencyCode: first?.agencyCode ?? '',
      partition: content.partition ?? 0,
    };
  if (version === 0 || content.asOf === null) return openCase(opening, laws.at(now));
  const { frozen } = content;
  if (frozen !== null) {
    const { regionCode, agencyCode } = frozen;
    const alerts = content.alerts.map((alert) => recordOf(alert, content.findings));
    const stood = { ...opening, regionCode, agencyCode };
    return resumeFrozen(stood, { version, asOf: content.asOf, alerts, frozen }, laws.at(now));
  }
  return resumeCase(
    opening,
    {
      caseId,
      version,
      received: content.events,
      findings: content.findings,
      asOf: content.asOf,
      alerts: content.alerts.map((alert) => recordOf(alert, content.findings)),
    },
    laws.takingUp({ received: content.events }, content.asOf, now),
  );
}

function recordOf(alert: LoadedAlert, findings: readonly Finding[]): AlertRecord {
  const finding = findings.find((one) => one.id === alert.findingId) ?? null;
  return {
    alertId: alert.alertId,
    findingId: alert.findingId,
    revision: alert.revision,
    eventNo: alert.eventNo,
    changedAt: alert.changedAt,
    finding: alert.retracted ? null : finding,
    after: {
      state: alert.state,
      level: alert.level,
      ruleId: alert.ruleId,
      ruleVersion: alert.ruleVersion,
      held: alert.held,
      ended: alert.ended,
      retracted: alert.retracted,
      groupedInto: alert.groupedInto,
      awaited: alert.awaited,
      regionCode: alert.regionCode,
      agencyCode: alert.agencyCode,
      itemCode: alert.itemCode,
      recipientUnit: alert.recipientUnit,
      subjectPersons: alert.subjectPersons,
      sharedSpace: alert.sharedSpace,
      isTest: alert.isTest,
    },
  };
}
