import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lastValueFrom, ReplaySubject, tap } from 'rxjs';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import type { EventLog } from '#streams/event-log.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import { drainOutbox, type Round } from '../../apps/notifier/drain-outbox.js';
import { retryAfterMs } from '../../apps/notifier/retry-after.js';
import { cloudEventForm, jsonForm, TopicChannel } from '../../apps/notifier/topic-channel.js';
import { AT } from '../store/sample-step.js';
import { BatchReader, quietLogger, until } from '../streams/batch-reader.js';
import { ALERTS, alertMessage, OutboxCity, QUARANTINE } from './outbox-city.js';

/** One notifier's pipeline within this process. */
class Draining {
  readonly rounds: Round[] = [];
  private readonly stop$ = new ReplaySubject<void>(1);
  private readonly writer: Writer;
  private readonly done: Promise<unknown>;

  constructor(url: string, log: EventLog, { topic = ALERTS, claimLimit = 20 } = {}) {
    this.writer = openWriter({ url, role: 'mingcha_notifier', masterKey: null });
    const channels = [
      new TopicChannel('alert-topic', log, { topic, form: cloudEventForm }),
      new TopicChannel('quarantine-topic', log, { topic: QUARANTINE, form: jsonForm }),
    ];
    const outbox = { pool: this.writer.pool, channels, claimLimit, pollMs: 10 };
    this.done = lastValueFrom(
      drainOutbox(outbox, this.stop$).pipe(tap((round) => this.rounds.push(round))),
    );
  }

  async stop(): Promise<void> {
    this.stop$.next();
    await this.done;
    await closeWriter(this.writer);
  }
}

const textOf = (value: Uint8Array | null): string => Buffer.from(value ?? []).toString();

async function untilAsync(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('not within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('draining the outbox', () => {
  let city: OutboxCity;
  const running: Draining[] = [];
  const drain = (...args: ConstructorParameters<typeof Draining>) => {
    const draining = new Draining(...args);
    running.push(draining);
    return draining;
  };

  beforeEach(async () => {
    city = await OutboxCity.start([QUARANTINE]);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
    await city.stop();
  });

  it('publishes alerts as CloudEvents and quarantined records as JSON, keyed and numbered as given', async () => {
    await city.createTopics([ALERTS]);
    const quarantined = {
      messageId: 'quarantine/mingcha.events/3/17',
      channel: 'quarantine-topic',
      key: '某县审批系统',
      notBefore: AT,
      payload: { topic: 'mingcha.events', partition: 3, offset: '17', reason: 'not-json' },
    };
    await city.save([alertMessage('a1', 'raised', 1), quarantined]);
    drain(city.database.url, city.log);
    const [alerts, records] = [city.read(ALERTS), city.read(QUARANTINE)];
    await until(() => alerts.length === 1 && records.length === 1);
    const id = `a1/1/raised/${AT}/1`;
    expect(alerts[0]).toMatchObject({
      key: 'a1',
      headers: { 'content-type': 'application/cloudevents+json', 'idempotency-key': id },
    });
    expect(JSON.parse(textOf(alerts[0]?.value ?? null))).toMatchObject({
      specversion: '1.0',
      id,
      type: 'alert.raised',
      subject: 'a1',
      data: { number: 1 },
    });
    expect(records[0]).toMatchObject({
      key: '某县审批系统',
      headers: { 'content-type': 'application/json', 'idempotency-key': quarantined.messageId },
    });
    expect(JSON.parse(textOf(records[0]?.value ?? null))).toEqual(quarantined.payload);
    await untilAsync(async () => (await city.unsent()) === 0);
  });

  it('keeps the order of one step where the ids would sort otherwise', async () => {
    await city.createTopics([ALERTS]);
    const kinds = ['raised', 'level-raised', 'ended', 'raised', 'retracted'];
    const messages = kinds.map((kind, number) => ({
      ...alertMessage('a1', kind, number),
      notBefore: AT,
    }));
    await city.save([...messages].reverse());
    // A claim of 2 must not cut the step apart.
    drain(city.database.url, city.log, { claimLimit: 2 });
    const alerts = city.read(ALERTS);
    await until(() => alerts.length === 5);
    expect(alerts.map(({ value }) => JSON.parse(textOf(value)).type)).toEqual(
      kinds.map((kind) => `alert.${kind}`),
    );
  });

  it('leaves channels that it does not know alone, and is not held up by them', async () => {
    await city.createTopics([ALERTS]);
    const mail = (n: number) => ({
      ...alertMessage(`m${n}`, 'raised', n),
      channel: 'mail',
      notBefore: AT - 1000,
    });
    const mails = Array.from({ length: 50 }, (_, n) => mail(n));
    await city.save([...mails, alertMessage('a1', 'raised', 1)]);
    drain(city.database.url, city.log);
    const alerts = city.read(ALERTS);
    await until(() => alerts.length === 1);
    await untilAsync(async () => (await city.unsent()) === 50);
    const rows = await city.rows();
    for (const { messageId } of mails)
      expect(rows.get(messageId)).toMatchObject({ attempts: 0, claimed_until: null });
  });

  it('sends everything once and each key in its order when several notifiers share the outbox', async () => {
    await city.createTopics([ALERTS]);
    const keys = Array.from({ length: 25 }, (_, n) => `alert-${n}`);
    const notifiers = [1, 2, 3].map(() => drain(city.database.url, city.log));
    for (let step = 0; step < 40; step += 1)
      await city.save(keys.map((key) => alertMessage(key, step % 2 ? 'ended' : 'raised', step)));
    const alerts = city.read(ALERTS);
    await untilAsync(async () => (await city.unsent()) === 0);
    await until(() => alerts.length >= 1_000);
    expect(alerts).toHaveLength(1_000);
    for (const key of keys) {
      const numbers = alerts
        .filter((record) => record.key === key)
        .map(({ value }) => JSON.parse(textOf(value)).data.number);
      expect(numbers).toEqual(Array.from({ length: 40 }, (_, n) => n));
    }
    const workers = notifiers.filter(({ rounds }) => rounds.some(({ claimed }) => claimed > 0));
    expect(workers.length).toBeGreaterThan(1);
  });

  it('sends again, under the same id, what a notifier had claimed when it died', async () => {
    await city.createTopics([ALERTS]);
    await city.save([alertMessage('a1', 'raised', 1)]);
    const dead = openWriter({ url: city.database.url, role: 'mingcha_notifier', masterKey: null });
    const { claimMessages } = await import('../../apps/notifier/claim-messages.js');
    const claim = { channels: ['alert-topic'], limit: 10, claimMs: 60_000 };
    expect(await claimMessages(dead.pool, claim)).toHaveLength(1);
    await closeWriter(dead);
    await city.save([alertMessage('a1', 'ended', 2), alertMessage('a2', 'raised', 3)]);
    drain(city.database.url, city.log);
    const alerts = city.read(ALERTS);
    // The later message of the same key waits for the one that is in the dead one's hands.
    await until(() => alerts.length === 1);
    expect(alerts[0]?.key).toBe('a2');
    await city.hurry();
    await until(() => alerts.length === 3);
    expect(alerts.slice(1).map(({ headers }) => headers['idempotency-key'])).toEqual([
      `a1/1/raised/${AT}/1`,
      `a1/1/ended/${AT}/2`,
    ]);
  });

  it('waits with a growing pause for a topic that is missing, and loses nothing', async () => {
    await city.save([alertMessage('a1', 'raised', 1)]);
    const draining = drain(city.database.url, city.log);
    const id = `a1/1/raised/${AT}/1`;
    await untilAsync(async () => (await city.rows()).get(id)?.attempts === 2);
    const row = (await city.rows()).get(id);
    expect(row?.last_error).toContain('mingcha.alerts does not exist');
    expect(row?.sent_at).toBeNull();
    expect(draining.rounds.at(-1)?.error).toBeNull();
    await city.createTopics([ALERTS]);
    await city.hurry();
    const alerts = city.read(ALERTS);
    await until(() => alerts.length === 1);
  });

  it('pauses 1, 2, 4 … s between tries of a message, never more than a minute', () => {
    expect([1, 2, 3, 6, 7, 100, 1_000_000].map(retryAfterMs)).toEqual([
      1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000,
    ]);
  });

  (process.env.KAFKA_BROKERS === undefined ? it.skip : it)(
    'sends everything else to Kafka where the topic refuses one message',
    async () => {
      const log = new KafkaEventLog({
        settings: readKafkaSettings({ brokers: process.env.KAFKA_BROKERS, compression: 'none' }),
        logger: quietLogger,
      });
      const topic = `notifier-test-${Date.now().toString(36)}`;
      await log.createTopics([{ topic, partitions: 1, maxMessageBytes: 20_000 }]);
      const large = alertMessage('a4', 'raised', 4);
      const messages = [0, 1, 2, 3, 5, 6].map((n) => alertMessage(`a${n}`, 'raised', n));
      const payload = { ...(large.payload as object), data: { text: '某'.repeat(30_000) } };
      await city.save([...messages, { ...large, payload }, alertMessage('a4', 'ended', 7)]);
      const draining = drain(city.database.url, log, { topic });
      const reader = new BatchReader(log, { topic, groupId: topic });
      await until(() => reader.records.length >= 7);
      await untilAsync(async () => (await city.unsent()) === 1);
      const keys = new Set(reader.records.map(({ headers }) => headers['idempotency-key']));
      expect(keys).toEqual(
        new Set([...messages, alertMessage('a4', 'ended', 7)].map(({ messageId }) => messageId)),
      );
      const row = (await city.rows()).get(large.messageId);
      expect(row?.last_error).toContain('refused: ');
      expect(Number(row?.claimed_until) - Date.now()).toBeGreaterThan(50 * 60_000);
      expect(draining.rounds.flatMap(({ outcomes }) => outcomes)).toContainEqual(
        expect.objectContaining({ refused: 1 }),
      );
      await running.pop()?.stop();
      await reader.close();
      await log.close();
    },
  );
});
