import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import { type OutgoingRecord, RecordRefused } from '../event-log.js';
import type { StreamLogger } from '../stream-logger.js';
import { type Compression, compressionTypes } from './codecs.js';

/**
 * kafkajs makes one batch of all that one send holds for a partition, and a broker refuses a batch
 * above its limit (1 MB unless configured), so a send stays below it whatever the keys are.
 */
const SEND_BYTES = 768 * 1024;
const SEND_RECORDS = 10_000;

const toMessage = ({ key, value, headers }: OutgoingRecord): Message => ({
  key,
  value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  ...(headers === undefined ? {} : { headers: { ...headers } }),
});

/** Cuts the records, in order, into sends of at most 768 KiB; a larger record travels alone. */
export function* sendsOf(records: readonly OutgoingRecord[]): Generator<readonly [number, number]> {
  let from = 0;
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    const size = (record.value?.byteLength ?? 0) + 100;
    if (index > from && (bytes + size > SEND_BYTES || index - from >= SEND_RECORDS)) {
      yield [from, index];
      from = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < records.length) yield [from, records.length];
}

/** Idempotent producer: a retry within one publish neither repeats nor reorders records. */
export class KafkaPublisher {
  private producer: Promise<Producer> | null = null;
  private closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly compression: Compression,
    private readonly logger: StreamLogger,
  ) {}

  /** Rejects after about half a minute without a broker; see EventLog.publish. */
  async publish(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    for (const [from, to] of sendsOf(records)) {
      const messages = records.slice(from, to).map(toMessage);
      await this.send(topic, messages).catch((error: unknown) => {
        if (error instanceof Error && 'type' in error && error.type === 'MESSAGE_TOO_LARGE') {
          throw new RecordRefused(from, `larger than max.message.bytes of topic ${topic} allows`);
        }
        throw error;
      });
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.drop();
  }

  private async send(topic: string, messages: Message[]): Promise<void> {
    if (this.closed) throw new Error('This event log is closed.');
    this.producer ??= this.connect();
    const producer = this.producer;
    try {
      await (await producer).send({
        topic,
        messages,
        acks: -1,
        compression: compressionTypes[this.compression],
      });
    } catch (error) {
      // A producer that has failed may hold sequence numbers that the broker no longer accepts.
      if (this.producer === producer) await this.drop();
      this.logger.debug({ err: error, topic, records: messages.length }, 'Publishing failed');
      throw error;
    }
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 8 },
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  private async drop(): Promise<void> {
    const producer = this.producer;
    this.producer = null;
    if (producer === null) return;
    await producer.then((open) => open.disconnect()).catch(() => undefined);
  }
}
