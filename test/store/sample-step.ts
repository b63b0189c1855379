import { hash } from 'node:crypto';
import type { Event } from '#core/event/event.js';
import type { Finding, FindingChange } from '#core/finding.js';
import { migrate } from '#store/data-source.js';
import {
  type AlertChange,
  type CaseToSave,
  type EventToSave,
  emptyStep,
  type StepToSave,
} from '#store/step-to-save.js';
import { openWriter, type Writer } from '#store/writer.js';
import type { DatabaseTemplate } from '#test/env/database.js';

export const STORE: DatabaseTemplate = { name: 'store', prepare: migrate };

/** 2025-03-05T01:02:03.004Z */
export const AT = Date.UTC(2025, 2, 5, 1, 2, 3, 4);
export const MASTER_KEY = Buffer.alloc(32, 7);

export function monitorOf(url: string): Writer {
  return openWriter({ url, role: 'mingcha_monitor', masterKey: MASTER_KEY });
}

export function sampleEvent(subject: string, id: string, changes: Partial<Event> = {}): Event {
  return {
    id,
    source: 'feed-a',
    type: 'approval.accepted',
    subject,
    caseId: `feed-a/${subject}`,
    occurredAt: AT - 7200_000,
    recordedAt: AT - 3600_000,
    receivedAt: AT,
    precision: 'second',
    vocabularyVersion: '1.0',
    agencyCode: '11130600000000000X',
    regionCode: '130602',
    itemCode: 'XK-01',
    itemVersion: '3',
    operator: { staffNo: 'G9', name: '王某', post: null, unitCode: 'U2' },
    responsible: { staffNo: 'G1', name: '李某', post: '承办岗', unitCode: 'U1' },
    dataVersion: 1,
    correctionOf: null,
    correctionReason: null,
    docNo: null,
    rawDigest: hash('sha256', `${subject} ${id}`, 'hex'),
    isTest: false,
    data: { opinion: '同意受理', acceptedOn: '2025-03-05' },
    ...changes,
  };
}

export function toSave(event: Event, offset: bigint, raw?: string): EventToSave {
  return {
    event,
    raw: raw ?? `raw of ${event.id} 原文`,
    topic: 'mingcha.events',
    partition: 0,
    offset,
    outcome: 'accepted',
  };
}

export function sampleCase(
  subject: string,
  version: number,
  changes: Partial<CaseToSave> = {},
): CaseToSave {
  return {
    caseId: `feed-a/${subject}`,
    version,
    asOf: AT,
    nextDueAt: AT + 86_400_000,
    regionCode: '130602',
    agencyCode: '11130600000000000X',
    itemCode: 'XK-01',
    itemName: '食品经营许可',
    openState: 'open',
    isTest: false,
    ...changes,
  };
}

export function sampleFinding(subject: string, changes: Partial<Finding> = {}): Finding {
  return {
    id: hash('sha256', `OD-02 ${subject}`, 'hex'),
    ruleId: 'OD-02',
    ruleVersion: 3,
    subject: `feed-a/${subject}`,
    occurrence: 'feed-a/e1',
    level: 'red',
    since: AT,
    until: null,
    answerable: [{ role: 'handler', unitCode: 'U1', staffNo: 'G1' }],
    evidence: [{ source: 'feed-a', id: 'e1' }],
    explanation: { key: 'od-02', params: { used: 21, limit: 20 } },
    calendarVersion: 'cn-2025.1',
    referenceVersions: ['item:XK-01@3'],
    inputsDigest: hash('sha256', subject, 'hex'),
    restsOnAbsenceUntil: null,
    sources: ['feed-a'],
    isTest: false,
    ...changes,
  };
}

export function raised(finding: Finding): FindingChange {
  return { kind: 'raised', at: AT, before: null, after: finding };
}

export function sampleAlert(finding: Finding, changes: Partial<AlertChange> = {}): AlertChange {
  return {
    alertId: hash('sha256', `alert ${finding.id}`, 'hex'),
    findingId: finding.id,
    caseId: finding.subject,
    revision: 1,
    kind: 'raised',
    at: AT,
    reason: null,
    detail: { note: '超期' },
    ...changes,
    after: {
      state: 'raised',
      level: finding.level,
      ruleId: finding.ruleId,
      ruleVersion: finding.ruleVersion,
      held: false,
      ended: false,
      retracted: false,
      groupedInto: null,
      awaited: [],
      regionCode: '130602',
      agencyCode: '11130600000000000X',
      itemCode: 'XK-01',
      recipientUnit: 'U1',
      subjectPersons: ['U1/G1'],
      sharedSpace: true,
      isTest: false,
      ...changes.after,
    },
  };
}

/** One step with something of everything: two cases, a finding with its alert, a rejected record … */
export function fullStep(from: bigint): StepToSave {
  const finding = sampleFinding('SP1');
  return {
    ...emptyStep('monitor', AT),
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    stream: {
      topic: 'mingcha.events',
      partition: 0,
      fromOffset: from,
      nextOffset: from + 4n,
      consumedThrough: AT,
    },
    events: [
      toSave(sampleEvent('SP1', 'e1'), from),
      toSave(sampleEvent('SP1', 'e2'), from + 1n),
      toSave(sampleEvent('SP2', 'e3'), from + 2n),
    ],
    moved: [
      { caseId: 'feed-a/SP2', event: sampleEvent('SP1', 'e2'), partition: 0, afterEvents: 2 },
    ],
    rejected: [
      {
        raw: Buffer.from('{"id": 1'),
        reason: 'not-json',
        field: null,
        detail: { position: 8, text: 'null \u0000 and half \ud83d' },
        source: null,
        id: null,
        topic: 'mingcha.events',
        partition: 0,
        offset: from + 3n,
        receivedAt: AT,
        digest: hash('sha256', '{"id": 1', 'hex'),
      },
    ],
    cases: [sampleCase('SP1', 0), sampleCase('SP2', 0, { nextDueAt: null })],
    changes: [{ caseId: 'feed-a/SP1', change: raised(finding) }],
    alerts: [
      sampleAlert(finding, {
        kind: 'held',
        reason: 'coverage',
        after: {
          ...sampleAlert(finding).after,
          state: 'held',
          held: true,
          awaited: [{ source: 'feed-a', until: AT + 1000 }],
        },
      }),
    ],
    references: [
      {
        kind: 'item',
        code: 'XK-01',
        version: '3',
        validFrom: '2025-01-01',
        validTo: null,
        knownFrom: AT,
        body: { name: '食品经营许可' },
        digest: 'aa',
        source: 'catalog',
        eventId: 'c1',
      },
    ],
    coverage: [{ source: 'feed-a', evaluatedThrough: AT, late: 1, quarantined: 1, at: AT }],
    messages: [
      {
        messageId: 'm1',
        channel: 'alert-topic',
        key: 'k',
        payload: { kind: 'held' },
        notBefore: AT,
      },
    ],
  };
}

/** Number of rows of every table, for "nothing was saved". */
export async function rowCounts(writer: Writer): Promise<Record<string, number>> {
  const tables = [
    'event',
    'event_identity',
    'moved_event',
    'case_key',
    'case_state',
    'finding',
    'finding_change',
    'alert',
    'alert_event',
    'alert_hold',
    'audit_record',
    'quarantine',
    'reference_fact',
    'source_coverage',
    'outbox',
    'stream_position',
  ];
  const client = await writer.pool.connect();
  try {
    await client.query('begin; reset role; set local role mingcha_migrator');
    const found = await client.query<Record<string, number>>(
      `select ${tables.map((table) => `(select count(*)::int from ${table}) as ${table}`).join(', ')}`,
    );
    await client.query('rollback');
    return found.rows[0] ?? {};
  } finally {
    client.release();
  }
}
