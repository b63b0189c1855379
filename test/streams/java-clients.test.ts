import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Compression } from '#streams/kafka/codecs.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import { BatchReader, quietLogger, until, utf8 } from './batch-reader.js';

const brokers = process.env.KAFKA_BROKERS;
const CODECS: readonly Compression[] = ['gzip', 'snappy', 'lz4', 'zstd'];
/** Long enough for several blocks of every framing. */
const LINES = Array.from({ length: 1_500 }, (_, n) =>
  `${n} 行政审批 ${(n * 2654435761) % 4294967296} `.repeat(3),
);

interface Runtime {
  readonly java: string;
  readonly classpath: string;
}

/** One of the programs that come with Apache Kafka: an implementation of the codecs that is not ours. */
async function runJava(runtime: Runtime, args: readonly string[], input: string): Promise<string> {
  const java = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-Dfile.encoding=UTF-8'];
  const child = spawn(runtime.java, [...java, '-cp', runtime.classpath, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(input);
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return output;
}

(brokers !== undefined ? describe : describe.skip)("Kafka's own Java clients", () => {
  let log: KafkaEventLog;
  let runtime: Runtime;
  const topicOf = (codec: string): string =>
    `java-${codec}-${process.pid}-${Date.now().toString(36)}`;

  const open = (compression: Compression): KafkaEventLog =>
    new KafkaEventLog({
      settings: readKafkaSettings({ brokers, compression }),
      logger: quietLogger,
    });

  beforeAll(async () => {
    log = open('none');
    const script = join(import.meta.dirname, '../../scripts/kafka-jars.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    runtime = JSON.parse(stdout) as Runtime;
  });

  afterAll(() => log.close());

  it.each(CODECS)('write %s that we can read', async (codec) => {
    const topic = topicOf(codec);
    await log.createTopics([{ topic, partitions: 1 }]);
    const program = 'org.apache.kafka.tools.ConsoleProducer';
    const args = [
      program,
      '--bootstrap-server',
      brokers ?? '',
      '--topic',
      topic,
      '--compression-codec',
      codec,
    ];
    await runJava(
      runtime,
      [...args, '--batch-size', '200000', '--timeout', '500'],
      `${LINES.join('\n')}\n`,
    );
    const reader = new BatchReader(log, { topic, groupId: topic });
    await until(() => reader.records.length >= LINES.length);
    expect(reader.records.map(({ value }) => Buffer.from(value ?? []).toString())).toEqual(LINES);
    await reader.close();
  });

  it.each(CODECS)('read %s that we write', async (codec) => {
    const topic = topicOf(codec);
    await log.createTopics([{ topic, partitions: 1 }]);
    const writer = open(codec);
    await writer.publish(
      topic,
      LINES.map((line) => ({ key: null, value: utf8(line) })),
    );
    await writer.close();
    const program = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
    const args = [
      program,
      '--bootstrap-server',
      brokers ?? '',
      '--topic',
      topic,
      '--from-beginning',
    ];
    const output = await runJava(
      runtime,
      [...args, '--max-messages', String(LINES.length), '--timeout-ms', '20000'],
      '',
    );
    expect(output.split('\n').filter((line) => line !== '')).toEqual(LINES);
  });
});
