import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { pino } from 'pino';
import type { EventLog } from '#streams/event-log.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { kafkaSettingsFrom } from '#streams/open-event-log.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { freePorts } from '../../apps/cli/env/free-port.js';
import { type BuiltApp, startBuilt } from '../faults/built-app.js';
import { STORE } from '../store/sample-step.js';

/*
 * The path of one record, with the built programs, a real broker and a real database.
 *
 * A window clerk took in a filing on Thursday, 6 March 2025. On Friday the same window refuses it, because the matter is
 * not within its competence. Under article 32(1)(2) of the Administrative Permit Law that has to be said at once, so the
 * refusal is a day late: rule OD-07, a yellow card.
 *
 * 1. The refusal is appended to the event log as a CloudEvent.
 * 2. The monitor reads it with its partition's next batch, decodes it, locks its case and asks the rules.
 * 3. In one transaction it saves the event, the finding, the alert, their audit records, the message to the alert topic
 *    and the partition's new position.
 * 4. Whoever listens to the stream of alerts at the API hears of it as the transaction commits.
 * 5. The reviewer opens the alert and reads the rule, the article, the arithmetic, the evidence and the records.
 */

const CASE = 'window-7/SL-2025-0306';
const TOPIC = `record-to-screen-${process.pid}`;
const kind = process.env.KAFKA_UNAVAILABLE === undefined ? 'kafka' : 'inbox';

function record(id: string, type: string, time: string, own: object) {
  const clerk = { staffNo: 'W-07', name: '钱芳', post: '窗口', unitCode: 'BD-SPJ-CK' };
  const data = {
    vocabularyVersion: '1.1',
    recordedAt: time,
    occurredPrecision: 'second',
    agencyCode: '11130602MB1234567P',
    regionCode: '130606',
    itemCode: '000131013000',
    itemVersion: '4',
    operator: clerk,
    responsible: clerk,
    dataVersion: 1,
    ...own,
  };
  const event = { specversion: '1.0', id, source: 'window-7', type, subject: 'SL-2025-0306', time };
  return {
    key: CASE,
    value: Buffer.from(JSON.stringify({ ...event, datacontenttype: 'application/json', data })),
    headers: { 'content-type': 'application/cloudevents+json' },
  };
}

const FILED = record('w7-1', 'approval.received', '2025-03-06T10:00:00+08:00', {
  receiptNo: '收〔2025〕306号',
  materials: [{ code: 'CL-01', name: '申请书', required: true, form: 'paper', status: 'received' }],
});
const REFUSED = record('w7-2', 'approval.refused', '2025-03-07T09:30:00+08:00', {
  reasonKind: 'not-our-competence',
  reasonText: '该事项属于市级权限,请向市行政审批局申请',
  remedyNotice: true,
  docNo: '不予受理〔2025〕17号',
});

interface HeardEvent {
  readonly event: string;
  readonly data: { readonly alertId: string; readonly kind: string; readonly level: string };
}

describe('a record on its way to the screen', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-e2e-'));
  let database: TestDatabase;
  let client: Client;
  let log: EventLog;
  let origin: string;
  const apps: BuiltApp[] = [];
  const listening = new AbortController();

  beforeAll(async () => {
    database = await createDatabase(STORE);
    client = new Client({ connectionString: database.url });
    await client.connect();
    const [apiPort, monitorPort, metricsPort] = await freePorts(3);
    origin = `http://127.0.0.1:${apiPort}`;
    const env = {
      DATABASE_URL: database.url,
      EVENT_LOG: kind,
      KAFKA_BROKERS: process.env.KAFKA_BROKERS ?? '',
      MINGCHA_TOPIC: TOPIC,
      MINGCHA_GROUP: TOPIC,
      MINGCHA_API_PORT: String(apiPort),
    };
    const logger = pino({ level: 'fatal' });
    const made =
      kind === 'kafka'
        ? new KafkaEventLog({ settings: kafkaSettingsFrom(env), logger })
        : new InboxEventLog({ database: database.url, logger });
    await made.createTopics([{ topic: TOPIC, partitions: 2 }]);
    log = made;
    const metrics = (port: number | undefined) => ({ MINGCHA_METRICS_PORT: String(port) });
    apps.push(
      startBuilt('monitor', { ...env, ...metrics(monitorPort) }, join(folder, 'monitor.log')),
      startBuilt('api', { ...env, ...metrics(metricsPort) }, join(folder, 'api.log')),
    );
    await answering(`http://127.0.0.1:${monitorPort}/health`);
    await answering(`${origin}/health`);
  }, 60_000);

  afterAll(async () => {
    listening.abort();
    await Promise.all(apps.map((app) => app.stop()));
    await log?.close();
    await client?.end();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits until something answers there, whatever it says; on failure tells what the programs have logged. */
  async function answering(url: string): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      const answer = await fetch(url).catch(() => null);
      if (answer !== null) return;
      await wait(100);
    }
    const logs = ['monitor.log', 'api.log'].map((name) => readFileSync(join(folder, name), 'utf8'));
    throw new Error(`${url} does not answer\n${logs.join('\n')}`);
  }

  async function rows<T extends object>(sql: string, ...values: string[]): Promise<T[]> {
    return (await client.query<T>(sql, values)).rows;
  }

  /** Listens to the stream of alerts from now on; what is heard is added to the list. */
  async function listen(): Promise<readonly HeardEvent[]> {
    const heard: HeardEvent[] = [];
    const { signal } = listening;
    const response = await fetch(`${origin}/v1/alerts/stream`, { signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    void (async () => {
      let text = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const messages = (text + Buffer.from(value).toString()).split('\n\n');
        text = messages.pop() ?? '';
        for (const message of messages) {
          const found = /^event: (.+)\ndata: (.+)$/m.exec(message);
          if (found !== null)
            heard.push({ event: found[1] ?? '', data: JSON.parse(found[2] ?? '') });
        }
      }
    })().catch(() => undefined);
    return heard;
  }

  it('is heard, read and proved: from the event log to alert, audit record, message and page', async () => {
    const late = "select alert_id, finding_id from alert where rule_id = 'OD-07'";
    // Before: the filing alone tells nothing of a refusal.
    await log.publish(TOPIC, [FILED]);
    await until(async () => (await rows('select 1 from event')).length === 1);
    expect(await rows(late)).toEqual([]);

    const heard = await listen();

    // 1. The refusal is appended to the event log.
    const startedAt = Date.now();
    await log.publish(TOPIC, [REFUSED]);

    // 2., 3. The monitor has judged and saved it.
    await until(async () => (await rows(late)).length === 1);
    const [alert] = await rows<{ alert_id: string; finding_id: string }>(
      `select alert_id, finding_id, case_id, level, state, held from alert where rule_id = 'OD-07'`,
    );
    expect(alert).toMatchObject({ case_id: CASE, level: 'yellow', state: 'raised', held: false });
    const alertId = alert?.alert_id ?? '';

    // 4. The listener hears of the alert, once.
    await until(async () => heard.some(({ data }) => data.alertId === alertId));
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect(heard.filter(({ data }) => data.alertId === alertId)).toMatchObject([
      { event: 'alert.raised', data: { level: 'yellow' } },
    ]);

    // What was saved with it.
    const findings = await rows<{ since: Date }>(
      'select since, level, state from finding where finding_id = $1',
      alert?.finding_id ?? '',
    );
    expect(findings).toEqual([
      { since: new Date('2025-03-07T09:30:00+08:00'), level: 'yellow', state: 'open' },
    ]);
    const position = await rows<{ n: string }>(
      'select sum(next_offset) as n from stream_position where topic = $1',
      TOPIC,
    );
    expect(position).toEqual([{ n: '2' }]);

    // The records of the case and of the alert: each names the one before it by its hash.
    const trail = await rows<{ action: string; leaf: string; hash: string; prev: string | null }>(
      `select action, leaf, encode(leaf_hash, 'hex') as hash, encode(prev, 'hex') as prev from audit_record
       where entity in ($1, $2) order by entity desc, entity_seq`,
      `case:${CASE}`,
      `alert:${alertId}`,
    );
    const ofCase = trail.filter(({ action }) => !action.startsWith('alert.'));
    expect(ofCase.filter(({ action }) => action === 'event.accepted')).toHaveLength(2);
    const said = ofCase.find(({ leaf }) => leaf.includes(`finding:${alert?.finding_id}`));
    expect(said?.action).toBe('finding.raised');
    expect(ofCase.map(({ prev }) => prev)).toEqual([
      null,
      ...ofCase.slice(0, -1).map(({ hash }) => hash),
    ]);
    for (const { leaf, hash } of trail)
      expect(createHash('sha256').update('\0').update(leaf).digest('hex')).toBe(hash);
    expect(trail.filter(({ action }) => action === 'alert.raised')).toHaveLength(1);

    // The message that tells the others.
    const messages = await rows<{ payload: { type: string; data: object } }>(
      'select channel, payload from outbox where key = $1',
      alertId,
    );
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      channel: 'alert-topic',
      payload: { type: 'alert.raised', data: { ruleId: 'OD-07', level: 'yellow', caseId: CASE } },
    });

    // 5. The page of the alert.
    const page = await (await fetch(`${origin}/v1/alerts/${alertId}`)).json();
    expect(page).toMatchObject({
      alert: { alertId, ruleId: 'OD-07', level: 'yellow' },
      history: [{ kind: 'raised', eventNo: 1 }],
      findingHistory: [{ kind: 'raised' }],
    });
    const { evidence, rule, explanation, auditRecords } = page as {
      evidence: { id: string }[];
      rule: object;
      explanation: object;
      auditRecords: object[];
    };
    expect(evidence.map(({ id }) => id).sort()).toEqual(['w7-1', 'w7-2']);
    expect(JSON.stringify(rule)).toContain('行政许可法');
    expect(JSON.stringify(rule)).toContain('32(1)(2)');
    expect(JSON.stringify(explanation)).toContain('2025-03-06');
    expect(auditRecords.length).toBeGreaterThan(0);
  }, 60_000);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error('it did not come about within 20 s');
    await wait(50);
  }
}
