import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import { BatchReader, quietLogger, until } from '../streams/batch-reader.js';
import { ApiServer } from './api-server.js';
import { sentEvent } from './sent-events.js';

const brokers = process.env.KAFKA_BROKERS ?? '';
const topic = `api-${randomBytes(6).toString('hex')}`;
const describeWithKafka = brokers === '' ? describe.skip : describe;

describeWithKafka('POST /v1/events to Kafka', () => {
  let api: ApiServer;
  let log: KafkaEventLog;

  beforeAll(async () => {
    log = new KafkaEventLog({ settings: readKafkaSettings({ brokers }), logger: quietLogger });
    await log.createTopics([{ topic, partitions: 2, maxMessageBytes: 1_048_588 }]);
    api = await ApiServer.start({
      EVENT_LOG: 'kafka',
      KAFKA_BROKERS: brokers,
      MINGCHA_TOPIC: topic,
    });
  }, 60_000);

  afterAll(async () => {
    await api.stop();
    await log.close();
  });

  it('writes good and bad records with their bytes and headers', async () => {
    const event = sentEvent('approval.received', { id: 'k1', subject: 'K-1', at: '2025-09-15' });
    const body = `[${JSON.stringify(event)},"bad"]`;
    const answer = await api.post(body, { 'content-type': 'application/json' });
    expect([answer.status, answer.body]).toMatchObject([202, { accepted: 1, quarantined: 1 }]);
    const reader = new BatchReader(log, { topic, groupId: `${topic}-reader` });
    await until(() => reader.records.length === 2);
    await reader.subscription.close();
    const values = reader.records.map(({ key, value }) => [
      key,
      Buffer.from(value ?? []).toString(),
    ]);
    expect(values.sort()).toEqual(
      [
        ['K-1', JSON.stringify(event)],
        [null, '"bad"'],
      ].sort(),
    );
    expect((await api.get('/health')).body).toMatchObject({ eventLog: { status: 'ok' } });
  }, 60_000);

  it('refuses a record that Kafka can never take, naming it', async () => {
    const small = sentEvent('approval.received', { id: 'k2', subject: 'K-2', at: '2025-09-15' });
    const padding = randomBytes(2_000_000).toString('base64');
    const body = JSON.stringify([small, { ...small, id: 'k3', padding }]);
    const answer = await api.post(body, { 'content-type': 'application/json' });
    expect(answer.body).toMatchObject({ status: 413, type: 'urn:mingcha:problem:record-refused' });
    expect(answer.text).toContain('第 1 条');
  }, 60_000);

  it('is not ready, and takes nothing, where the topic does not exist', async () => {
    const other = await ApiServer.start({
      EVENT_LOG: 'kafka',
      KAFKA_BROKERS: brokers,
      MINGCHA_TOPIC: `${topic}-missing`,
    });
    const answer = await other.post('{}');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await other.get('/health')).status).toBe(503);
    await other.stop();
  }, 60_000);
});
