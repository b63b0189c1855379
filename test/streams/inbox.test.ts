import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { RecordRefused } from '#streams/event-log.js';
import { inboxDdl } from '#streams/inbox/inbox-ddl.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { createDatabase, type TestDatabase } from '../env/database.js';
import { BatchReader, quietLogger, until, utf8 } from './batch-reader.js';

const template = {
  name: 'streams_inbox',
  prepare: async (url: string) => {
    const pool = new Pool({ connectionString: url });
    await pool.query(inboxDdl);
    await pool.end();
  },
};

let database: TestDatabase;
let topics = 0;
const logs: InboxEventLog[] = [];

const openLog = (): InboxEventLog => {
  const log = new InboxEventLog({ database: database.url, logger: quietLogger });
  logs.push(log);
  return log;
};

async function newTopic(partitions: number): Promise<{ log: InboxEventLog; topic: string }> {
  const log = openLog();
  const topic = `inbox.t${topics++}`;
  await log.createTopics([{ topic, partitions }]);
  return { log, topic };
}

beforeAll(async () => {
  database = await createDatabase(template);
});

afterAll(async () => {
  await Promise.all(logs.map((log) => log.close()));
  await database.drop();
});

describe('Postgres inbox', () => {
  it('gives back key, headers and bytes as they were published, and null values as records', async () => {
    const { log, topic } = await newTopic(1);
    const bytes = Buffer.from([0, 1, 2, 255, 254, 92, 120]);
    const before = Date.now();
    await log.publish(topic, [
      { key: '办件-1', value: bytes, headers: { ce_id: '1', 'content-type': 'application/json' } },
      { key: null, value: null },
      { key: '', value: new Uint8Array(0) },
    ]);
    const reader = new BatchReader(log, { topic, groupId: 'g' });
    await until(() => reader.records.length === 3);
    const [first, second, third] = reader.records;
    expect(first?.key).toBe('办件-1');
    expect(Buffer.from(first?.value ?? [])).toEqual(bytes);
    expect(first?.headers).toEqual({ ce_id: '1', 'content-type': 'application/json' });
    expect(first?.offset).toBe(0n);
    expect(second).toMatchObject({ key: null, value: null, headers: {}, offset: 1n });
    expect(third?.key).toBe('');
    expect(third?.value?.byteLength).toBe(0);
    expect(first?.appendedAt).toBeGreaterThanOrEqual(before - 1);
    expect(first?.appendedAt).toBeLessThanOrEqual(Date.now());
    await reader.close();
  });

  it('puts a key on the partition on which Kafka puts it', async () => {
    const { log, topic } = await newTopic(12);
    // Expected values: testMurmur2 of org.apache.kafka.common.utils.UtilsTest.
    const murmur: Record<string, number> = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
      'a-little-bit-longer-string': -1486304829,
      lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
      abc: 479470107,
    };
    await log.publish(
      topic,
      Object.keys(murmur).map((key) => ({ key, value: utf8(key) })),
    );
    const reader = new BatchReader(log, { topic, groupId: 'g' });
    await until(() => reader.records.length === Object.keys(murmur).length);
    for (const { key, partition } of reader.records) {
      expect(partition).toBe(((murmur[key ?? ''] ?? 0) & 0x7fffffff) % 12);
    }
    await reader.close();
  });

  it('loses and reorders nothing under concurrent writers while a reader follows', async () => {
    const { log, topic } = await newTopic(3);
    const writers = [log, openLog(), openLog()];
    const reader = new BatchReader(openLog(), { topic, groupId: 'g', maxRecords: 50 });
    await Promise.all(
      Array.from({ length: 9 }, async (_, writer) => {
        for (let n = 0; n < 40; n++) {
          const records = Array.from({ length: 1 + ((writer + n) % 4) }, (_, i) => ({
            key: `${writer}-${i}`,
            value: utf8(`${writer}/${n}/${i}`),
          }));
          await writers[writer % 3]?.publish(topic, records);
        }
      }),
    );
    const total = Array.from(
      { length: 9 * 40 },
      (_, at) => 1 + ((Math.floor(at / 40) + (at % 40)) % 4),
    ).reduce((a, b) => a + b);
    await until(() => reader.records.length >= total);
    expect(new Set(reader.records.map(({ value }) => String(value))).size).toBe(total);
    for (const partition of [0, 1, 2]) {
      const mine = reader.records.filter((record) => record.partition === partition);
      expect(mine.map(({ offset }) => offset)).toEqual(mine.map((_, index) => BigInt(index)));
      const times = mine.map(({ appendedAt }) => appendedAt ?? 0);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    // Order within each key: its writer's own order.
    const lastOf = new Map<string, number>();
    for (const { key, value } of reader.records) {
      const n = Number(
        Buffer.from(value ?? [])
          .toString()
          .split('/')[1],
      );
      expect(n).toBeGreaterThan(lastOf.get(key ?? '') ?? -1);
      lastOf.set(key ?? '', n);
    }
    await reader.close();
  });

  it('does not show a later record before an earlier one whose writer commits late', async () => {
    const { log, topic } = await newTopic(1);
    const slow = new Pool({ connectionString: database.url, max: 1 });
    const client = await slow.connect();
    await client.query('begin');
    await client.query('select 1 from inbox_partition where topic = $1 for update', [topic]);
    const reader = new BatchReader(openLog(), { topic, groupId: 'g', watermarkEveryMs: 100 });
    const late = log.publish(topic, [{ key: 'b', value: utf8('second') }]);
    await sleep(300);
    await client.query(`insert into inbox_record values ($1, 0, 0, 'a', '{}', 'first', 1)`, [
      topic,
    ]);
    await client.query('update inbox_partition set next_offset = 1 where topic = $1', [topic]);
    const caughtUpWhileHeld = reader.subscription.caughtUpThrough(0);
    const committedAt = Date.now();
    await client.query('commit');
    await late;
    await until(() => reader.records.length === 2);
    expect(reader.records.map(({ value }) => Buffer.from(value ?? []).toString())).toEqual([
      'first',
      'second',
    ]);
    expect(caughtUpWhileHeld ?? 0).toBeLessThanOrEqual(committedAt - 250);
    client.release();
    await slow.end();
    await reader.close();
  });

  it('is woken by NOTIFY, long before the next poll', async () => {
    const { log, topic } = await newTopic(2);
    const reader = new BatchReader(log, {
      topic,
      groupId: 'g',
      maxWaitMs: 30_000,
      watermarkEveryMs: 30_000,
    });
    await until(() => reader.assigned.size === 2);
    await sleep(300);
    const publishedAt = Date.now();
    await log.publish(topic, [{ key: 'k', value: utf8('now') }]);
    await until(() => reader.records.length === 1);
    expect(Date.now() - publishedAt).toBeLessThan(5_000);
    await reader.close();
  });

  it('shares partitions among subscribers, and hands them over when one leaves or dies', async () => {
    const { log, topic } = await newTopic(5);
    const positions = new Map<number, bigint>();
    const open = () =>
      new BatchReader(openLog(), { topic, groupId: 'g', positions, watermarkEveryMs: 100 });
    const first = open();
    await until(() => first.assigned.size === 5);
    const second = open();
    await until(
      () => first.assigned.size + second.assigned.size === 5 && second.assigned.size >= 2,
    );
    expect([...first.assigned, ...second.assigned].sort()).toEqual([0, 1, 2, 3, 4]);
    const publish = (from: number) =>
      log.publish(
        topic,
        Array.from({ length: 100 }, (_, n) => ({ key: `k${n}`, value: utf8(`${from + n}`) })),
      );
    await publish(0);
    await until(() => first.records.length + second.records.length === 100);
    await first.close();
    await until(() => second.assigned.size === 5);
    await publish(100);
    await until(() => first.records.length + second.records.length === 200);
    const seen = [...first.records, ...second.records].map(({ value }) =>
      Number(Buffer.from(value ?? []).toString()),
    );
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    await second.close();
  });

  it('reads on from the position that the reader saved, after a failed batch and after a restart', async () => {
    const { log, topic } = await newTopic(1);
    await log.publish(
      topic,
      Array.from({ length: 10 }, (_, n) => ({ key: 'k', value: utf8(`${n}`) })),
    );
    const positions = new Map<number, bigint>();
    let failures = 0;
    const reader = new BatchReader(log, {
      topic,
      groupId: 'g',
      positions,
      maxRecords: 4,
      refuse: ({ startOffset }) => startOffset === 4n && failures++ < 2,
    });
    await until(() => reader.records.length === 10);
    expect(reader.records.map(({ offset }) => offset)).toEqual(
      Array.from({ length: 10 }, (_, n) => BigInt(n)),
    );
    expect(failures).toBe(3);
    await reader.close();
    await log.publish(topic, [{ key: 'k', value: utf8('after') }]);
    const again = new BatchReader(openLog(), { topic, groupId: 'g', positions });
    await until(() => again.records.length === 1);
    expect(again.records[0]).toMatchObject({ offset: 10n });
    expect(positions.get(0)).toBe(11n);
    await again.close();
  });

  it('holds a partition whose saved position lies beyond the end, and says why', async () => {
    const { log, topic } = await newTopic(1);
    await log.publish(topic, [{ key: 'k', value: utf8('x') }]);
    const positions = new Map([[0, 50n]]);
    const reader = new BatchReader(log, { topic, groupId: 'g', positions });
    await until(() => reader.problems.length > 0);
    expect(reader.problems[0]).toMatchObject({
      kind: 'position-beyond-end',
      position: 50n,
      end: 1n,
    });
    expect(reader.records).toEqual([]);
    positions.set(0, 0n);
    await until(() => reader.records.length === 1);
    await reader.close();
  });

  it('refuses what Postgres cannot keep before writing anything', async () => {
    const { log, topic } = await newTopic(1);
    const records = [
      { key: 'ok', value: utf8('x') },
      { key: 'a\u0000b', value: utf8('x') },
    ];
    await expect(log.publish(topic, records)).rejects.toThrow(RecordRefused);
    await expect(log.publish(topic, records)).rejects.toThrow(
      'Record 1 of the batch cannot be published: the key holds a NUL character',
    );
    const reader = new BatchReader(log, { topic, groupId: 'g' });
    await until(() => reader.subscription.caughtUpThrough(0) !== null);
    expect(reader.records).toEqual([]);
    await reader.close();
  });

  it('delivers a record of 5 MB, and never more than the buffer holds at once', async () => {
    const { log, topic } = await newTopic(1);
    const large = Buffer.alloc(5 * 1024 * 1024, 7);
    await log.publish(topic, [
      { key: 'a', value: utf8('before') },
      { key: 'b', value: large },
      { key: 'c', value: large },
      { key: 'd', value: utf8('after') },
    ]);
    const reader = new BatchReader(log, { topic, groupId: 'g' });
    await until(() => reader.records.length === 4);
    expect(reader.records.map(({ value }) => value?.byteLength)).toEqual([
      6,
      large.length,
      large.length,
      5,
    ]);
    await reader.close();
  });

  it('says that a topic does not exist, and reads it once it does', async () => {
    const log = openLog();
    const topic = `inbox.t${topics++}`;
    await expect(log.publish(topic, [{ key: 'k', value: utf8('x') }])).rejects.toThrow(
      `Inbox topic ${topic} does not exist`,
    );
    const reader = new BatchReader(log, { topic, groupId: 'g' });
    await until(() => reader.problems.some(({ kind }) => kind === 'topic-missing'));
    await log.createTopics([{ topic, partitions: 1 }]);
    await log.publish(topic, [{ key: 'k', value: utf8('x') }]);
    await until(() => reader.records.length === 1);
    expect(reader.problems.map(({ kind }) => kind)).toEqual(['topic-missing', 'recovered']);
    await reader.close();
  });

  it('gives up its partitions when its session is cut, and goes on by itself', async () => {
    const { log, topic } = await newTopic(2);
    const reader = new BatchReader(log, { topic, groupId: 'g' });
    await until(() => reader.assigned.size === 2);
    const admin = new Pool({ connectionString: database.url, max: 1 });
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'mingcha-inbox'`,
    );
    await until(() => reader.revocations > 0);
    await until(() => reader.assigned.size === 2);
    await log
      .publish(topic, [{ key: 'k', value: utf8('x') }])
      .catch(() => log.publish(topic, [{ key: 'k', value: utf8('x') }]));
    await until(() => reader.records.length === 1);
    await admin.end();
    await reader.close();
  });
});
