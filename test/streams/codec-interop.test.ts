import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs, { type Admin } from 'kafkajs';
import type { Compression } from '#streams/kafka/codecs.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import { BatchReader, quietLogger, until, utf8 } from './batch-reader.js';

const brokers = process.env.KAFKA_BROKERS;
const CODECS: readonly Compression[] = ['gzip', 'snappy', 'lz4', 'zstd'];
/** 800 KB, several blocks of every framing; partly compressible. */
const LINES = Array.from({ length: 4_000 }, (_, n) =>
  `${n} 行政审批 ${(n * 2654435761) % 4294967296} `.repeat(6),
);

/**
 * A topic with a compression of its own makes the broker, which is Java and uses the libraries of the
 * Java clients, decompress what a producer sent and compress it again.
 */
(brokers === undefined ? describe.skip : describe)(
  'codecs, against the Java implementations',
  () => {
    const logs: KafkaEventLog[] = [];
    let admin: Admin;

    beforeAll(async () => {
      admin = new kafkajs.Kafka({
        brokers: (brokers ?? '').split(','),
        logLevel: kafkajs.logLevel.NOTHING,
      }).admin();
      await admin.connect();
    });

    afterAll(async () => {
      await Promise.all(logs.map((log) => log.close()));
      await admin.disconnect();
    });

    async function passThroughBroker(sent: Compression, kept: string): Promise<void> {
      const topic = `codec-${sent}-${kept}-${Date.now().toString(36)}`;
      await admin.createTopics({
        waitForLeaders: true,
        topics: [
          {
            topic,
            numPartitions: 1,
            replicationFactor: 1,
            configEntries: [
              { name: 'compression.type', value: kept },
              { name: 'message.timestamp.type', value: 'LogAppendTime' },
            ],
          },
        ],
      });
      const settings = readKafkaSettings({ brokers, compression: sent });
      const log = new KafkaEventLog({ settings, logger: quietLogger });
      logs.push(log);
      await log.publish(
        topic,
        LINES.map((line) => ({ key: 'k', value: utf8(line) })),
      );
      const reader = new BatchReader(log, { topic, groupId: topic });
      await until(() => reader.records.length >= LINES.length);
      const read = reader.records.map(({ value }) => Buffer.from(value ?? []).toString());
      expect(read.findIndex((line, index) => line !== LINES[index])).toBe(-1);
      expect(read.length).toBe(LINES.length);
      await reader.close();
    }

    it.each(CODECS)('%s that Java wrote can be read', (codec) => passThroughBroker('none', codec));

    it.each(CODECS)('%s that we write can be read by Java', (codec) =>
      passThroughBroker(codec, 'uncompressed'),
    );
  },
);
