import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { EventLog } from '#streams/event-log.js';
import { inboxDdl } from '#streams/inbox/inbox-ddl.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import { type KafkaServer, startKafka } from '../../apps/cli/env/kafka-server.js';
import { type PostgresServer, startPostgres } from '../../apps/cli/env/postgres-server.js';
import { BatchReader, until, utf8 } from './batch-reader.js';

const TOPIC = 'outage';
const KEYS = 23;

/** Counts what an operator would see. */
class CountingLogger {
  readonly told: string[] = [];
  debug(): void {
    // What a server's library says at each retry is not for the operator.
  }
  info(_fields: object, message: string): void {
    this.told.push(message);
  }
  warn = this.info;
  error = this.info;
}

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Publishes numbers until told to stop, each again until it is taken: duplicates may arise, gaps may not. */
function publishForever(log: EventLog) {
  let stopped = false;
  let accepted = 0;
  const done = (async () => {
    while (!stopped) {
      const records = Array.from({ length: 50 }, (_, n) => ({
        key: `k${(accepted + n) % KEYS}`,
        value: utf8(`${accepted + n}`),
      }));
      try {
        await log.publish(TOPIC, records);
        accepted += records.length;
      } catch {
        await sleep(100);
      }
      await sleep(5);
    }
    return accepted;
  })();
  return {
    accepted: () => accepted,
    stop: () => {
      stopped = true;
      return done;
    },
  };
}

const numbersOf = (reader: BatchReader): number[] =>
  reader.records.map(({ value }) => Number(Buffer.from(value ?? []).toString()));

/** Everything accepted was read; each partition was read offset by offset, none twice. */
function expectComplete(reader: BatchReader, accepted: number): void {
  const numbers = new Set(numbersOf(reader));
  const lost = Array.from({ length: accepted }, (_, n) => n).filter((n) => !numbers.has(n));
  expect(lost).toEqual([]);
  const last = new Map<number, bigint>();
  for (const { partition, offset } of reader.records) {
    expect(offset).toBeGreaterThan(last.get(partition) ?? -1n);
    last.set(partition, offset);
  }
  expect(reader.error).toBeNull();
}

async function readThrough(
  log: EventLog,
  server: KafkaServer | PostgresServer,
  logger: CountingLogger,
): Promise<void> {
  const reader = new BatchReader(log, { topic: TOPIC, groupId: 'g', watermarkEveryMs: 200 });
  closers.push(() => reader.close());
  const publisher = publishForever(log);
  for (const kill of [1, 2]) {
    const goal = publisher.accepted() + 500;
    await until(() => reader.records.length >= goal, 60_000);
    await server.kill9();
    await sleep(kill * 1_000);
    await server.restart();
  }
  const goal = publisher.accepted() + 500;
  await until(() => publisher.accepted() >= goal, 90_000);
  const accepted = await publisher.stop();
  await until(() => new Set(numbersOf(reader)).size >= accepted, 60_000);
  expectComplete(reader, accepted);
  const away = logger.told.filter((message) => message.includes('cannot be reached')).length;
  const back = logger.told.filter((message) => message.includes('is back after')).length;
  expect(away).toBeGreaterThanOrEqual(1);
  expect(away).toBeLessThanOrEqual(4);
  expect(back).toBe(away);
}

describe('Postgres inbox, when the database goes away', () => {
  it('loses nothing over two kills and tells each outage once', async () => {
    const postgres = await startPostgres({ own: true });
    closers.push(() => postgres.stop());
    const pool = new Pool({ connectionString: postgres.url, max: 1 });
    await pool.query(inboxDdl);
    await pool.end();
    const logger = new CountingLogger();
    const log = new InboxEventLog({ database: postgres.url, logger });
    closers.push(() => log.close());
    await log.createTopics([{ topic: TOPIC, partitions: 3 }]);
    await readThrough(log, postgres, logger);
  }, 180_000);
});

const kafkaAvailable = process.env.KAFKA_BROKERS !== undefined;
(kafkaAvailable ? describe : describe.skip)('Kafka event log, when the broker goes away', () => {
  const openLog = (kafka: KafkaServer, logger: CountingLogger): KafkaEventLog => {
    const settings = readKafkaSettings({ brokers: kafka.brokers });
    const log = new KafkaEventLog({ settings, logger, sessionTimeoutMs: 6_000 });
    closers.push(() => log.close());
    return log;
  };

  it('waits for a broker that is away at the start, loses nothing over two kills, and tells each outage once', async () => {
    const kafka = await startKafka({ own: true });
    if (kafka.kind === 'unavailable') throw new Error(kafka.detail);
    closers.push(() => kafka.stop());
    const logger = new CountingLogger();
    await openLog(kafka, logger).createTopics([{ topic: TOPIC, partitions: 3 }]);
    await kafka.kill9();
    const log = openLog(kafka, logger);
    const early = new BatchReader(log, { topic: TOPIC, groupId: 'early' });
    await until(() => early.problems.length > 0);
    expect(early.problems).toEqual([
      { kind: 'unreachable', message: expect.stringContaining('Kafka cannot be reached') },
    ]);
    await sleep(1_500);
    expect(logger.told.length).toBe(1);
    await kafka.restart();
    await until(() => early.assigned.size === 3);
    expect(early.problems.map(({ kind }) => kind)).toEqual(['unreachable', 'recovered']);
    await early.close();
    logger.told.length = 0;
    await readThrough(log, kafka, logger);
  }, 240_000);
});
