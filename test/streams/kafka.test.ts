import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { OutgoingRecord } from '#streams/event-log.js';
import type { Compression } from '#streams/kafka/codecs.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import type { NewTopic } from '#streams/kafka/topic-admin.js';
import { partitionOfKey } from '#streams/partition-of-key.js';
import { BatchReader, quietLogger, until, utf8 } from './batch-reader.js';

const available = process.env.KAFKA_BROKERS !== undefined;
const logs: KafkaEventLog[] = [];
const run = Date.now().toString(36);
let topics = 0;

function openLog(settings: Readonly<Record<string, unknown>> = {}): KafkaEventLog {
  const log = new KafkaEventLog({
    settings: readKafkaSettings({ brokers: process.env.KAFKA_BROKERS, ...settings }),
    logger: quietLogger,
    sessionTimeoutMs: 6_000,
  });
  logs.push(log);
  return log;
}

async function newTopic(log: KafkaEventLog, options: Omit<NewTopic, 'topic'>): Promise<string> {
  const topic = `streams-test-${run}-${topics++}`;
  await log.createTopics([{ topic, ...options }]);
  return topic;
}

const textOf = (value: Uint8Array | null | undefined): string =>
  Buffer.from(value ?? []).toString();

const numbered = (from: number, count: number, keys = 37): OutgoingRecord[] =>
  Array.from({ length: count }, (_, n) => ({
    key: `case-${(from + n) % keys}`,
    value: utf8(`${from + n}`),
  }));

(available ? describe : describe.skip)('Kafka event log', () => {
  let log: KafkaEventLog;

  beforeAll(() => {
    log = openLog();
  });

  afterAll(async () => {
    await Promise.all(logs.map((each) => each.close()));
  });

  it.each<Compression>(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'publishes and reads records compressed with %s',
    async (compression) => {
      const topic = await newTopic(log, { partitions: 1 });
      // Larger than one block of snappy's and lz4's framing, and half of it does not compress.
      const values = Array.from({ length: 40 }, (_, n) =>
        Buffer.concat([
          Buffer.alloc(5_000, n),
          Buffer.from(Array.from({ length: 5_000 }, (_x, i) => (i * i * (n + 7)) % 251)),
        ]),
      );
      const before = Date.now();
      await openLog({ compression }).publish(
        topic,
        values.map((value) => ({ key: 'k', value })),
      );
      const reader = new BatchReader(log, { topic, groupId: topic });
      await until(() => reader.records.length === values.length);
      reader.records.forEach(({ value, offset, appendedAt }, index) => {
        expect(Buffer.compare(Buffer.from(value ?? []), values[index] ?? Buffer.alloc(0))).toBe(0);
        expect(offset).toBe(BigInt(index));
        expect(appendedAt).toBeGreaterThanOrEqual(before - 50);
        expect(appendedAt).toBeLessThanOrEqual(Date.now() + 50);
      });
      await reader.close();
    },
  );

  it('preserves CloudEvents headers of both modes, null values and absent keys', async () => {
    const topic = await newTopic(log, { partitions: 1 });
    const binary = {
      ce_specversion: '1.0',
      ce_type: 'approval.accepted',
      ce_source: '保定市/审批',
      ce_id: '7',
      'content-type': 'application/json',
    };
    await log.publish(topic, [
      { key: 'a', value: utf8('{}'), headers: binary },
      {
        key: 'a',
        value: utf8('{}'),
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      },
      { key: 'a', value: null },
      { key: null, value: utf8('keyless') },
    ]);
    const reader = new BatchReader(log, { topic, groupId: topic });
    await until(() => reader.records.length === 4);
    expect(reader.records.map(({ headers }) => headers)).toEqual([
      binary,
      { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      {},
      {},
    ]);
    expect(reader.records[2]).toMatchObject({ key: 'a', value: null });
    expect(reader.records[3]?.key).toBeNull();
    await reader.close();
  });

  it('reads a record of 5 MB between small ones', async () => {
    const topic = await newTopic(log, { partitions: 1 });
    const large = Buffer.from(
      Array.from({ length: 5 * 1024 * 1024 }, (_, i) => (i * 31 + (i >> 8)) % 253),
    );
    await openLog({ compression: 'none' }).publish(topic, [
      { key: 'a', value: utf8('before') },
      { key: 'a', value: large },
      { key: 'a', value: utf8('after') },
    ]);
    const reader = new BatchReader(log, { topic, groupId: topic });
    await until(() => reader.records.length === 3);
    expect(Buffer.compare(Buffer.from(reader.records[1]?.value ?? []), large)).toBe(0);
    expect(textOf(reader.records[2]?.value)).toBe('after');
    await reader.close();
  });

  it('refuses to publish a record above the limit of the topic, naming it', async () => {
    const topic = await newTopic(log, { partitions: 1, maxMessageBytes: 100_000 });
    const publish = openLog({ compression: 'none' }).publish(topic, [
      { key: 'a', value: utf8('fine') },
      { key: 'a', value: Buffer.alloc(900_000) },
    ]);
    await expect(publish).rejects.toThrow(
      'Record 1 of the batch cannot be published: larger than max.message.bytes',
    );
  });

  it('refuses a topic that its senders stamp, saying how to change it', async () => {
    const topic = await newTopic(log, { partitions: 1, timestampType: 'CreateTime' });
    const reader = new BatchReader(log, { topic, groupId: topic });
    await until(() => reader.error !== null);
    expect(String(reader.error)).toContain(
      `Topic ${topic} is refused: message.timestamp.type is CreateTime`,
    );
    expect(String(reader.error)).toContain('message.timestamp.type=LogAppendTime');
    await reader.close();
    const accepting = openLog({ receivedAt: 'first-saving' });
    await accepting.publish(topic, [{ key: 'a', value: utf8('x') }]);
    const second = new BatchReader(accepting, { topic, groupId: topic });
    await until(() => second.records.length === 1);
    expect(second.records[0]?.appendedAt).toBeNull();
    await second.close();
  });

  it('waits for a topic that does not exist, and reads it once it does', async () => {
    const topic = `streams-test-${run}-late`;
    const reader = new BatchReader(log, { topic, groupId: topic });
    await until(() => reader.problems.length === 1);
    expect(reader.problems[0]).toMatchObject({ kind: 'topic-missing' });
    await log.createTopics([{ topic, partitions: 1 }]);
    await log.publish(topic, numbered(0, 3));
    await until(() => reader.records.length === 3);
    await reader.close();
  });

  it('reads on from the saved position, whatever offset Kafka remembers', async () => {
    const topic = await newTopic(log, { partitions: 1 });
    await log.publish(topic, numbered(0, 20));
    const positions = new Map<number, bigint>();
    const first = new BatchReader(log, { topic, groupId: topic, positions, maxRecords: 6 });
    await until(() => first.records.length === 20);
    expect(first.batches.map(({ records }) => records.length)).toEqual([6, 6, 6, 2]);
    await first.close();
    // The database is restored to an older state: Kafka's committed offset 20 must not matter.
    positions.set(0, 12n);
    const second = new BatchReader(log, { topic, groupId: topic, positions });
    await until(() => second.records.length === 8);
    expect(second.records[0]?.offset).toBe(12n);
    expect(second.batches[0]?.startOffset).toBe(12n);
    await second.close();
  });

  it('delivers one batch of a partition at a time, and a failed one again', async () => {
    const topic = await newTopic(log, { partitions: 2 });
    await log.publish(topic, numbered(0, 200));
    let failures = 0;
    const reader = new BatchReader(log, {
      topic,
      groupId: topic,
      maxRecords: 10,
      savingMs: 5,
      refuse: ({ records }) => records.some(({ offset }) => offset === 33n) && failures++ < 3,
    });
    await until(() => reader.records.length === 200);
    expect(reader.mostOut).toBe(1);
    expect(failures).toBeGreaterThanOrEqual(4);
    for (const partition of [0, 1]) {
      const mine = reader.records.filter((record) => record.partition === partition);
      expect(mine.map(({ offset }) => offset)).toEqual(mine.map((_, index) => BigInt(index)));
    }
    await reader.close();
  });

  it('knows through which instant it has read, and never claims what is not settled', async () => {
    const topic = await newTopic(log, { partitions: 1 });
    let hold = true;
    await log.publish(topic, numbered(0, 10));
    const publishedAt = Date.now();
    const reader = new BatchReader(log, {
      topic,
      groupId: topic,
      watermarkEveryMs: 100,
      refuse: () => hold,
    });
    await until(() => reader.subscription.progress()[0]?.highWatermark === 10n);
    await sleep(1_500);
    expect(reader.subscription.caughtUpThrough(0)).toBeNull();
    expect(reader.subscription.progress()[0]?.position ?? 0n).toBe(0n);
    hold = false;
    await until(() => (reader.subscription.caughtUpThrough(0) ?? 0) >= publishedAt);
    expect(reader.records.length).toBe(10);
    expect(reader.subscription.caughtUpThrough(0)).toBeLessThanOrEqual(Date.now());
    expect(reader.subscription.caughtUpThrough(1)).toBeNull();
    await reader.close();
  });

  it('holds a partition whose saved position lies beyond the end of the log', async () => {
    const topic = await newTopic(log, { partitions: 1 });
    await log.publish(topic, numbered(0, 5));
    const positions = new Map([[0, 99n]]);
    const reader = new BatchReader(log, { topic, groupId: topic, positions });
    await until(() => reader.problems.length > 0);
    expect(reader.problems[0]).toMatchObject({
      kind: 'position-beyond-end',
      position: 99n,
      end: 5n,
    });
    expect(reader.records).toEqual([]);
    await reader.close();
  });

  it('passes over transaction markers and aborted records, and still reaches the end', async () => {
    const topic = await newTopic(log, { partitions: 1 });
    const producer = new kafkajs.Kafka({
      brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
      logLevel: kafkajs.logLevel.NOTHING,
    }).producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const send = async (value: string, end: 'commit' | 'abort'): Promise<void> => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ key: 'k', value }] });
      await transaction[end]();
    };
    const reader = new BatchReader(log, { topic, groupId: topic, watermarkEveryMs: 100 });
    await send('first', 'commit');
    await send('never', 'abort');
    await send('second', 'commit');
    await until(() => reader.records.length === 2);
    await until(() => reader.subscription.progress()[0]?.position === 6n);
    // From here a fetch brings nothing but what is not shown.
    await send('never', 'abort');
    // Offsets 0 and 4 are ours; 1, 3, 5 and 7 are markers, 2 and 6 were aborted.
    await until(() => reader.subscription.progress()[0]?.position === 8n);
    expect(reader.records.map(({ offset, value }) => [offset, textOf(value)])).toEqual([
      [0n, 'first'],
      [4n, 'second'],
    ]);
    const caughtUpAt = Date.now();
    await until(() => (reader.subscription.caughtUpThrough(0) ?? 0) >= caughtUpAt);
    await log.publish(topic, [{ key: 'k', value: utf8('third') }]);
    await until(() => reader.records.length === 3);
    // Batches join without a hole, or the compare-and-set of the position would fail.
    for (const [index, batch] of reader.batches.entries()) {
      expect(batch.startOffset).toBe(reader.batches[index - 1]?.nextOffset ?? 0n);
    }
    expect(reader.stale).toBe(0);
    await producer.disconnect();
    await reader.close();
  });

  it('tells of records that retention deleted before they were read', async () => {
    const topic = await newTopic(log, { partitions: 1 });
    await log.publish(topic, numbered(0, 30));
    const positions = new Map([[0, 10n]]);
    const admin = new kafkajs.Kafka({
      brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '25' }] });
    await admin.disconnect();
    const reader = new BatchReader(log, { topic, groupId: topic, positions });
    await until(() => reader.records.length === 5);
    expect(reader.batches[0]).toMatchObject({ startOffset: 10n, missing: { from: 10n, to: 25n } });
    expect(reader.records[0]?.offset).toBe(25n);
    expect(reader.problems).toEqual([
      expect.objectContaining({ kind: 'records-lost', missing: { from: 10n, to: 25n } }),
    ]);
    await reader.close();
  });

  it('notices that retention has overtaken it while it was reading', async () => {
    const topic = await newTopic(log, { partitions: 1 });
    const count = 4_000;
    const values = Array.from({ length: count }, () => ({ key: 'k', value: randomBytes(1_000) }));
    await log.publish(topic, values);
    let release: () => void = () => undefined;
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reader = new BatchReader(log, { topic, groupId: topic, hold });
    await until(() => reader.mostOut === 1);
    await sleep(500);
    const admin = new kafkajs.Kafka({
      brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3990' }] });
    await admin.disconnect();
    release();
    await until(() => reader.records.at(-1)?.offset === BigInt(count - 1));
    const lost = reader.problems.find((problem) => problem.kind === 'records-lost');
    const missing = lost?.kind === 'records-lost' ? lost.missing : null;
    expect(missing?.to).toBe(3_990n);
    // What had been fetched was read; from there to where the log begins now is told as missing.
    const offsets = reader.records.map(({ offset }) => offset);
    const read = Number(missing?.from);
    expect(read).toBeGreaterThan(500);
    expect(read).toBeLessThan(3_990);
    expect(offsets).toEqual([
      ...Array.from({ length: read }, (_, n) => BigInt(n)),
      ...Array.from({ length: 10 }, (_, n) => BigInt(3_990 + n)),
    ]);
    await reader.close();
  });

  it('puts a key on the same partition as kafkajs and the inbox do', async () => {
    const topic = await newTopic(log, { partitions: 12 });
    const keys = Array.from({ length: 100 }, (_, n) => `办件-${n * 7919}`);
    await log.publish(
      topic,
      keys.map((key) => ({ key, value: utf8('x') })),
    );
    const reader = new BatchReader(log, { topic, groupId: topic });
    await until(() => reader.records.length === keys.length);
    for (const { key, partition } of reader.records) {
      expect(partitionOfKey(key ?? '', 12)).toBe(partition);
    }
    await reader.close();
  });

  it('loses nothing and repeats nothing while members of the group come and go', async () => {
    const topic = await newTopic(log, { partitions: 6 });
    const positions = new Map<number, bigint>();
    const open = () =>
      new BatchReader(openLog(), { topic, groupId: topic, positions, maxRecords: 20, savingMs: 3 });
    let published = 0;
    const publish = async (count: number): Promise<void> => {
      await log.publish(topic, numbered(published, count));
      published += count;
    };
    const readers = [open()];
    const saved = () => readers.flatMap(({ records }) => records);
    await publish(2_000);
    await until(() => saved().length > 300);
    readers.push(open(), open());
    await publish(2_000);
    await until(() => readers.every(({ assigned }) => assigned.size === 2));
    await publish(2_000);
    await until(() => readers.every(({ records }) => records.length > 0));
    await readers[0]?.close();
    await publish(2_000);
    await until(() => saved().length >= published, 60_000);
    expect(
      saved()
        .map(({ value }) => Number(textOf(value)))
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: published }, (_, n) => n));
    for (const reader of readers) expect(reader.error).toBeNull();
    await Promise.all(readers.map((reader) => reader.close()));
  }, 120_000);
});
