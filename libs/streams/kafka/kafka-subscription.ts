import type {
  Batch,
  Consumer,
  ConsumerEndBatchProcessEvent,
  EachBatchPayload,
  Kafka,
} from 'kafkajs';
import type { SubscribeOptions } from '../event-log.js';
import type { PartitionLane } from '../partition-lane.js';
import { type LogEnds, PartitionedSubscription } from '../partitioned-subscription.js';
import { pause } from '../retry-pause.js';
import type { StreamLogger } from '../stream-logger.js';
import type { AdminSession } from './admin-session.js';
import { isFatalKafkaError, toLogRecord } from './kafka-record.js';
import { checkTopic, TopicMissingError, TopicTimeError } from './topic-admin.js';

/** What a subscription takes from its event log. */
export interface KafkaReading {
  readonly kafka: Kafka;
  readonly admin: AdminSession;
  readonly logger: StreamLogger;
  readonly receivedAt: 'append' | 'first-saving';
  readonly sessionTimeoutMs: number;
}

/** A fetch asks for this much of one partition; the broker gives a larger record whole (KIP-74). */
const FETCH_BYTES_PER_PARTITION = 512 * 1024;
const FETCH_BYTES = 4 * 1024 * 1024;
const DISCONNECT_WAIT_MS = 10_000;
/**
 * A record may carry an append time slightly older than the moment at which it can be seen: until
 * the replicas have it, and by the difference between the broker's clock and ours.
 */
const CLOCK_MARGIN_MS = 1_000;

/** kafkajs' types leave out the offset that was asked for. */
type FetchedBatch = Batch & { readonly fetchedOffset: string | number };

/**
 * Member of a Kafka consumer group. Kafka's committed offsets are written as a hint and never read:
 * kafkajs tells of an assignment before it fetches, the partitions are paused in that moment, and
 * fetching begins at the saved position.
 */
export class KafkaSubscription extends PartitionedSubscription {
  private readonly committed = new Map<number, bigint>();
  private consumer: Consumer | null = null;

  constructor(
    private readonly reading: KafkaReading,
    options: SubscribeOptions,
    onClosed: () => void,
  ) {
    super(options, reading.logger, { name: 'Kafka', onClosed });
  }

  protected judge(error: unknown): 'fatal' | 'topic-missing' | 'unreachable' {
    if (error instanceof TopicTimeError || isFatalKafkaError(error)) return 'fatal';
    return error instanceof TopicMissingError ? 'topic-missing' : 'unreachable';
  }

  protected async consumeOnce(): Promise<void> {
    const { topic } = this.options;
    await this.reading.admin.use((admin) => checkTopic(admin, topic, this.reading.receivedAt));
    const consumer = this.makeConsumer();
    const over = new AbortController();
    const onStop = (): void => over.abort();
    this.stop.signal.addEventListener('abort', onStop);
    let cause: Error | null = null;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      cause = payload.error;
      over.abort();
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => this.passOver(payload));
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      this.consumer = consumer;
      this.followAssignments(consumer);
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 16,
        eachBatch: async (payload) => this.takeFetched(payload),
      });
      await this.watchEnds(over.signal);
      if (cause !== null) throw cause;
    } finally {
      this.stop.signal.removeEventListener('abort', onStop);
      this.consumer = null;
      this.committed.clear();
      const disconnected = new AbortController();
      const leave = consumer.disconnect().catch(() => undefined);
      await Promise.race([leave, pause(DISCONNECT_WAIT_MS, disconnected.signal)]);
      disconnected.abort();
    }
  }

  protected async logEnds(partition: number): Promise<LogEnds> {
    const ends = (await this.fetchEnds()).get(partition);
    if (ends !== undefined) return ends;
    throw new Error(`Kafka knows no partition ${partition} of topic ${this.options.topic}.`);
  }

  protected feed(lane: PartitionLane): void {
    const { topic } = this.options;
    const { partition } = lane;
    this.steer((consumer) => {
      consumer.seek({ topic, partition, offset: lane.expectedOffset.toString() });
      consumer.resume([{ topic, partitions: [partition] }]);
    });
  }

  protected halt(partition: number): void {
    const { topic } = this.options;
    this.steer((consumer) => consumer.pause([{ topic, partitions: [partition] }]));
  }

  /** A consumer that has just crashed refuses to be steered; all its partitions are begun anew anyway. */
  private steer(command: (consumer: Consumer) => void): void {
    if (this.consumer === null) return;
    try {
      command(this.consumer);
    } catch (error) {
      this.logger.debug({ err: error }, 'The consumer is not running');
    }
  }

  protected async beforeLeaving(): Promise<void> {
    await this.commitPositions();
  }

  private makeConsumer(): Consumer {
    const { kafka, sessionTimeoutMs } = this.reading;
    const { groupId, maxWaitMs = 100 } = this.options;
    return kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 5),
      rebalanceTimeout: 60_000,
      maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
      maxBytes: FETCH_BYTES,
      maxWaitTimeInMs: maxWaitMs,
      metadataMaxAge: 30_000,
      allowAutoTopicCreation: false,
      retry: {
        initialRetryTime: 200,
        maxRetryTime: 2_000,
        retries: 5,
        // kafkajs starts itself again after some errors only; we do after every one.
        restartOnFailure: async () => false,
      },
    });
  }

  private followAssignments(consumer: Consumer): void {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (this.consumer !== consumer || this.stop.signal.aborted) return;
      this.outage.end();
      const partitions = [...(payload.memberAssignment[this.options.topic] ?? [])];
      this.takeAway(this.assignedPartitions().filter((held) => !partitions.includes(held)));
      this.take(partitions.sort((a, b) => a - b));
    });
  }

  /** One partition's share of a fetch. Not taken (and so fetched again) while no lane expects it. */
  private takeFetched({ batch, resolveOffset, isStale }: EachBatchPayload): void {
    const { topic, partition } = batch;
    const lane = this.lane(partition);
    if (lane === null || lane.isRetired || isStale()) return;
    if (BigInt((batch as FetchedBatch).fetchedOffset) !== lane.expectedOffset) {
      // kafkajs jumped, as it does when retention has overtaken the reader: find out what is missing.
      this.begin(partition, 0);
      return;
    }
    const place = { topic, partition, trustTime: this.reading.receivedAt === 'append' };
    const lastOffset = batch.lastOffset();
    lane.push({
      records: batch.messages.map((message) => toLogRecord(message, place)),
      nextOffset: BigInt(lastOffset) + 1n,
      highWatermark: BigInt(batch.highWatermark),
      fetchedAt: Date.now(),
    });
    resolveOffset(lastOffset);
    if (lane.isFull) this.halt(partition);
  }

  /**
   * A fetch that brought only what is not shown (markers and aborted records of transactions): kafkajs moves on without
   * handing it out. Unless the lane moved on too, a partition that ends so would never count as read to its end.
   */
  private passOver(fetched: ConsumerEndBatchProcessEvent['payload']): void {
    const { partition, batchSize, firstOffset, lastOffset, highWatermark } = fetched;
    const lane = this.lane(partition);
    // kafkajs gives null where nothing was fetched, its types do not say so.
    if (batchSize !== 0 || lane === null || (firstOffset as string | null) === null) return;
    if (BigInt(firstOffset) !== lane.expectedOffset) return;
    lane.push({
      records: [],
      nextOffset: BigInt(lastOffset) + 1n,
      highWatermark: BigInt(highWatermark),
      fetchedAt: Date.now(),
    });
  }

  private async fetchEnds(): Promise<Map<number, LogEnds>> {
    const at = Date.now() - CLOCK_MARGIN_MS;
    const offsets = await this.reading.admin.use((admin) =>
      admin.fetchTopicOffsets(this.options.topic),
    );
    return new Map(
      offsets.map(({ partition, low, high }) => [
        partition,
        { first: BigInt(low), end: BigInt(high), at },
      ]),
    );
  }

  /** Moves `caughtUpThrough` on, and leaves the positions with Kafka as a hint for its own tools. */
  private async watchEnds(over: AbortSignal): Promise<void> {
    const { watermarkEveryMs = 1_000 } = this.options;
    while (!over.aborted) {
      await pause(watermarkEveryMs, over);
      const lanes = this.lanes();
      if (lanes.length === 0 || over.aborted) continue;
      try {
        const ends = await this.fetchEnds();
        for (const lane of lanes) {
          const known = ends.get(lane.partition);
          if (known !== undefined) lane.mark(known.end, known.at);
        }
        this.outage.end();
      } catch (error) {
        if (!over.aborted) this.outage.begin('unreachable', error);
      }
      await this.commitPositions();
    }
  }

  private async commitPositions(): Promise<void> {
    const { topic } = this.options;
    const moved = this.progress().filter(
      ({ partition, position }) => this.committed.get(partition) !== position,
    );
    if (moved.length === 0 || this.consumer === null) return;
    try {
      await this.consumer.commitOffsets(
        moved.map(({ partition, position }) => ({ topic, partition, offset: position.toString() })),
      );
      for (const { partition, position } of moved) this.committed.set(partition, position);
    } catch (error) {
      this.logger.debug({ err: error }, 'Kafka did not take the hint of our positions');
    }
  }
}
