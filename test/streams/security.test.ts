import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import { BatchReader, quietLogger, until, utf8 } from './batch-reader.js';
import { hasOpenssl, type SecuredBroker, startSecuredBroker } from './secured-broker.js';

const possible = process.env.KAFKA_BROKERS !== undefined && hasOpenssl;

(possible ? describe : describe.skip)('Kafka behind TLS and SASL', () => {
  let broker: SecuredBroker;
  const logs: KafkaEventLog[] = [];

  beforeAll(async () => {
    broker = await startSecuredBroker();
  }, 90_000);

  afterAll(async () => {
    await Promise.all(logs.map((log) => log.close()));
    await broker?.stop();
  }, 60_000);

  function open(
    sasl: Readonly<Record<string, string>>,
    tls?: Readonly<Record<string, string>>,
  ): KafkaEventLog {
    const { caFile, certFile, keyFile, address, username, password } = broker;
    const settings = readKafkaSettings({
      brokers: [address],
      tls: tls ?? { caFile, certFile, keyFile },
      sasl: { username, password, ...sasl },
    });
    const log = new KafkaEventLog({ settings, logger: quietLogger });
    logs.push(log);
    return log;
  }

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'publishes and reads with %s',
    async (mechanism) => {
      const log = open({ mechanism });
      const topic = `secured-${mechanism}`;
      await log.createTopics([{ topic, partitions: 1 }]);
      await log.publish(topic, [{ key: 'k', value: utf8('secret') }]);
      const reader = new BatchReader(log, { topic, groupId: topic });
      await until(() => reader.records.length === 1);
      await reader.close();
    },
  );

  it('ends with an error on a wrong password, since waiting would not help', async () => {
    const log = open({ mechanism: 'scram-sha-512', password: 'wrong' });
    const reader = new BatchReader(log, { topic: 'secured-plain', groupId: 'wrong' });
    await until(() => reader.error !== null);
    expect(String(reader.error)).toMatch(/SASL SCRAM SHA512 authentication failed/i);
    await reader.close();
  });

  it('does not talk to a broker whose certificate it cannot check, and says so', async () => {
    const { certFile, keyFile } = broker;
    const log = open({ mechanism: 'plain' }, { certFile, keyFile });
    const reader = new BatchReader(log, { topic: 'secured-plain', groupId: 'unchecked' });
    await until(() => reader.problems.length > 0);
    expect(reader.problems[0]).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/certificate/),
    });
    await reader.close();
  });
});
