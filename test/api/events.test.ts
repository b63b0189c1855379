import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ApiServer, TOPIC } from './api-server.js';
import { breaches } from './schema-check.js';
import { sentEvent } from './sent-events.js';

interface Taken {
  records: number;
  accepted: number;
  quarantined: number;
  outcomes: {
    index: number;
    outcome: string;
    id: string | null;
    reason?: string;
    field?: string;
    text?: string;
  }[];
}

interface Logged {
  key: string | null;
  value: Buffer;
  headers: Record<string, string>;
}

let api: ApiServer;
let reader: Client;

beforeAll(async () => {
  api = await ApiServer.start();
  reader = new Client({ connectionString: api.database.url });
  await reader.connect();
});

afterAll(async () => {
  await reader.end();
  await api.stop();
});

/** Takes everything out of the inbox. */
async function drain(): Promise<Logged[]> {
  const { rows } = await reader.query<Logged>(
    'select key, value, headers from inbox_record where topic = $1 order by "partition", "offset"',
    [TOPIC],
  );
  await reader.query('delete from inbox_record');
  return rows;
}

const event = (subject: string, id = `${subject}-1`) =>
  sentEvent('approval.received', { id, subject, at: '2025-09-15' });
const JSON_TYPE = { 'content-type': 'application/json' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };

describe('POST /v1/events', () => {
  it('writes heartbeats and reference facts to every partition, each with one outcome', async () => {
    const at = '2025-09-15';
    const beat = sentEvent('feed.heartbeat', { id: 'beat-1', subject: 'feed-a', at });
    const posting = sentEvent('org.posting-changed', { id: 'posting-1', subject: 'SN-1', at });
    const batch = [event('SP-5', 'SP-5-0'), beat, event('SP-5', 'SP-5-1'), posting];
    const answer = await api.post(JSON.stringify(batch), BATCH);
    expect([answer.status, answer.body]).toEqual([
      202,
      {
        records: 4,
        accepted: 4,
        quarantined: 0,
        outcomes: ['SP-5-0', 'beat-1', 'SP-5-1', 'posting-1'].map((id, index) => ({
          index,
          outcome: 'accepted',
          id,
          source: 'feed-a',
        })),
      },
    ]);
    const { rows } = await reader.query<{ partition: number; ids: string[] }>(
      `select "partition", array_agg((convert_from(value, 'UTF8')::json)->>'id' order by "offset") as ids
       from inbox_record where topic = $1 group by "partition" order by "partition"`,
      [TOPIC],
    );
    const alone = ['beat-1', 'posting-1'];
    const ofCase = ['SP-5-0', 'beat-1', 'SP-5-1', 'posting-1'];
    expect(rows.map(({ ids }) => ids).sort((a, b) => a.length - b.length)).toEqual([
      alone,
      alone,
      alone,
      ofCase,
    ]);
    const bytes = new Set((await drain()).map(({ value }) => value.toString('utf8')));
    expect(bytes).toEqual(new Set(batch.map((one) => JSON.stringify(one))));
  });

  it('takes one event and writes its bytes as they were sent, keyed by the case number', async () => {
    const body = ` ${JSON.stringify(event('SP-1'), null, 1)}\n`;
    const answer = await api.post(body);
    expect(answer.status).toBe(202);
    expect(breaches('post', '/v1/events', answer)).toEqual([]);
    expect(answer.body).toEqual({
      records: 1,
      accepted: 1,
      quarantined: 0,
      outcomes: [{ index: 0, outcome: 'accepted', id: 'SP-1-1', source: 'feed-a' }],
    });
    const [record] = await drain();
    expect([record?.key, record?.value.toString('utf8')]).toEqual(['SP-1', body]);
  });

  it('takes a batch in both forms, an outcome for each record, and writes bad ones too', async () => {
    const bad = { ...event('SP-3'), time: '2025-09-15T09:30:00' };
    const noType = { ...event('SP-4'), type: 'approval.unheard-of' };
    const body = `[${JSON.stringify(event('SP-2'))}, ${JSON.stringify(bad)},17,${JSON.stringify(noType)}, {"id":1.00}]`;
    for (const headers of [BATCH, JSON_TYPE]) {
      const answer = await api.post(body, headers);
      expect(answer.status).toBe(202);
      expect(breaches('post', '/v1/events', answer)).toEqual([]);
      const { accepted, quarantined, outcomes } = answer.body as Taken;
      expect([accepted, quarantined]).toEqual([1, 4]);
      expect(outcomes.map(({ index, outcome, reason }) => [index, outcome, reason])).toEqual([
        [0, 'accepted', undefined],
        [1, 'quarantined', 'time-without-zone'],
        [2, 'quarantined', 'not-cloudevents'],
        [3, 'quarantined', 'unknown-type'],
        [4, 'quarantined', 'not-cloudevents'],
      ]);
      expect(outcomes[1]).toMatchObject({ id: 'SP-3-1', field: 'time' });
      const values = (await drain()).map(({ value }) => value.toString('utf8'));
      expect(values.sort()).toEqual(
        [
          JSON.stringify(event('SP-2')),
          JSON.stringify(bad),
          '17',
          JSON.stringify(noType),
          '{"id":1.00}',
        ].sort(),
      );
    }
  });

  it('says what is wrong in Chinese, or in English where that is preferred', async () => {
    const body = JSON.stringify({ ...event('SP-5'), subject: undefined });
    const zh = (await api.post(body)).body as Taken;
    expect(zh.outcomes[0]?.text).toBe('字段 subject 必填(string),但缺少或为 null。');
    const en = await api.post(body, { ...JSON_TYPE, 'accept-language': 'en-US' });
    expect((en.body as Taken).outcomes[0]?.text).toMatch(/^Field subject is required/i);
    expect(en.headers.get('content-language')).toBe('en');
    await drain();
  });

  it('takes binary mode: attributes from ce- headers, percent-encoded or not, the body as data', async () => {
    const { data } = event('SP-6');
    const headers = {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'b1',
      'ce-source': 'feed-a',
      'ce-type': 'approval.received',
      'ce-subject': encodeURIComponent('莲审-6'),
      'ce-time': '2025-09-15T09:30:00+08:00',
    };
    const answer = await api.post(JSON.stringify(data), headers);
    expect(answer.body).toMatchObject({ outcomes: [{ outcome: 'accepted', id: 'b1' }] });
    const [record] = await drain();
    expect(record).toMatchObject({
      key: '莲审-6',
      headers: { ce_id: 'b1', ce_subject: '莲审-6', ce_specversion: '1.0' },
    });
    const nul = await api.post(JSON.stringify(data), { ...headers, 'ce-id': 'a%00b' });
    expect(nul.status).toBe(202);
    await drain();
  });

  it.each<[string, string | Uint8Array<ArrayBuffer>, string]>([
    ['text that is not JSON', 'hello', 'not-json'],
    ['half an array', `[${JSON.stringify(event('SP-7'))},`, 'not-json'],
    ['a batch that is an object', '{"specversion":"1.0"}', 'missing-field'],
    ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), 'not-utf8'],
    ['a compressed body without saying so', Uint8Array.of(0x1f, 0x8b, 8, 0), 'not-utf8'],
    ['null', 'null', 'not-cloudevents'],
    ['deep nesting', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, 'missing-field'],
    [
      'a NUL in an identity',
      JSON.stringify({ ...event('SP-8'), id: 'a\u0000b' }),
      'malformed-field',
    ],
    [
      'half a character in the case number',
      JSON.stringify({ ...event('SP-9'), subject: '\ud83d' }),
      'malformed-field',
    ],
  ])('takes %s as one record for quarantine', async (_, body, reason) => {
    const answer = await api.post(body, BATCH);
    expect(answer.status).toBe(202);
    const { outcomes } = answer.body as Taken;
    expect(outcomes).toMatchObject([{ outcome: 'quarantined' }]);
    expect(['not-cloudevents', reason]).toContain(outcomes[0]?.reason);
    const records = await drain();
    expect(records.map(({ value }) => value)).toEqual([Buffer.from(body)]);
  });

  it('takes the year 9999 and a record of 2 MiB, which goes to quarantine with its bytes', async () => {
    const far = { ...event('SP-10'), time: '9999-12-31T23:59:59+08:00' };
    expect((await api.post(JSON.stringify(far))).body).toMatchObject({ accepted: 1 });
    const big = JSON.stringify({ ...event('SP-11'), padding: 'x'.repeat(2_000_000) });
    const answer = await api.post(big);
    expect(answer.body).toMatchObject({ outcomes: [{ reason: 'too-large' }] });
    expect((await drain()).map(({ value }) => value.length)).toContain(Buffer.byteLength(big));
  });

  it('takes 1,000 records and not one more; an empty batch is nothing', async () => {
    const thousand = Array.from({ length: 1000 }, (_, index) => event('SP-12', `m${index}`));
    const answer = await api.post(JSON.stringify(thousand), JSON_TYPE);
    expect([answer.status, (answer.body as Taken).accepted]).toEqual([202, 1000]);
    expect(await drain()).toHaveLength(1000);
    const more = await api.post(JSON.stringify([...thousand, 1]), JSON_TYPE);
    expect(more.status).toBe(413);
    expect(breaches('post', '/v1/events', more)).toEqual([]);
    expect(more.body).toMatchObject({ type: 'urn:mingcha:problem:too-many-records' });
    expect(more.text).toContain('1001');
    expect(await drain()).toEqual([]);
    expect((await api.post('[]', JSON_TYPE)).body).toMatchObject({ records: 0, outcomes: [] });
  });

  it.each<[string, number, string, string | Uint8Array<ArrayBuffer>, Record<string, string>]>([
    ['more than 5 MiB', 413, 'body-too-large', 'x'.repeat(5 * 1024 * 1024 + 1), JSON_TYPE],
    ['nothing', 400, 'empty-body', '', JSON_TYPE],
    ['XML', 415, 'unsupported-media-type', '<a/>', { 'content-type': 'text/xml' }],
    [
      'a form',
      415,
      'unsupported-media-type',
      'a=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    [
      'gzip',
      415,
      'unsupported-encoding',
      Uint8Array.of(0x1f, 0x8b),
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
    ],
  ])('refuses %s with %i', async (_, status, code, body, headers) => {
    const answer = await api.post(body, headers);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(breaches('post', '/v1/events', answer)).toEqual([]);
    expect(answer.body).toMatchObject({
      type: `urn:mingcha:problem:${code}`,
      status,
      instance: '/v1/events',
    });
    expect(answer.headers.get('x-request-id')).toBe(
      (answer.body as { requestId: string }).requestId,
    );
    expect(await drain()).toEqual([]);
  });

  it('logs no body and no case number', () => {
    expect(api.logged.length).toBeGreaterThan(5);
    expect(api.logged.join('')).not.toMatch(/SP-\d|莲审|feed-a/);
  });
});

describe('POST /v1/events while the event log is away', () => {
  it('answers 503 with Retry-After and takes the records again once it is back', async () => {
    const other = await ApiServer.start();
    const client = new Client({ connectionString: other.database.url });
    await client.connect();
    try {
      await client.query('alter table inbox_record rename to elsewhere');
      const away = await other.post(JSON.stringify(event('SP-1')));
      expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5']);
      expect(breaches('post', '/v1/events', away)).toEqual([]);
      expect(away.body).toMatchObject({ type: 'urn:mingcha:problem:event-log-away' });
      expect(away.text).not.toMatch(/inbox_record|relation/);
      await client.query('alter table elsewhere rename to inbox_record');
      expect((await other.post(JSON.stringify(event('SP-1')))).status).toBe(202);
    } finally {
      await client.end();
      await other.stop();
    }
  });
});
