import type { Observable } from 'rxjs';

/** One record as the log keeps it. The bytes are those that the sender gave, never decoded here. */
export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | null;
  /** Null is a record of its own (a tombstone in Kafka), not a missing one. */
  readonly value: Uint8Array | null;
  /** UTF-8 values; of a header that is repeated, the last. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * When the log took the record in, ms since 1970 UTC: Kafka's LogAppendTime or the inbox's insert
   * time. Null where the log vouches for no time (a Kafka record stamped by its sender): the reader
   * then takes the time of first saving, and keeps it.
   */
  readonly appendedAt: number | null;
}

/** Offsets from `from` (inclusive) to `to` (exclusive). */
export interface OffsetRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** Consecutive records of one partition, ascending by offset; offsets may have gaps. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /**
   * The position on which this batch builds: the `nextOffset` of the batch before it, or what
   * `positionOf` answered (where that was null, the first offset that the log keeps). It is the
   * expected value of the compare-and-set.
   */
  readonly startOffset: bigint;
  /** The position to save with this batch: the first offset that it does not cover. */
  readonly nextOffset: bigint;
  /** End of the partition (the offset that the next record gets), as of the fetch. */
  readonly highWatermark: bigint;
  /** When the last of the records was fetched, ms since 1970 UTC, this process's clock. */
  readonly fetchedAt: number;
  /** Records that the log deleted (retention) before they were read; null where none are missing. */
  readonly missing: OffsetRange | null;
}

/** A batch in somebody's hands. Exactly one of `settle` and `fail` must be called, also once revoked. */
export interface DeliveredBatch extends PartitionBatch {
  /** Aborted when the partition is taken away; work that has not been saved may then be dropped. */
  readonly revoked: AbortSignal;
  /** The effect and the position are saved. The partition's next batch may come. */
  settle(): void;
  /**
   * Nothing was saved. After a pause that grows from 0.2 s to 10 s the position is asked again and
   * reading goes on from there, so a batch that was saved by another process is not repeated.
   */
  fail(error: unknown): void;
}

/** How far a partition that is assigned to this subscription has been read. */
export interface PartitionProgress {
  readonly partition: number;
  /** First offset that is not settled yet. */
  readonly position: bigint;
  /** End of the partition as last heard. */
  readonly highWatermark: bigint;
  readonly caughtUpThrough: number | null;
}

/** What keeps a subscription from reading. Each is told once when it begins; `recovered` ends it. */
export type StreamProblem =
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'topic-missing'; readonly message: string }
  | {
      readonly kind: 'position-beyond-end';
      readonly partition: number;
      readonly position: bigint;
      readonly end: bigint;
      readonly message: string;
    }
  | {
      readonly kind: 'records-lost';
      readonly partition: number;
      readonly missing: OffsetRange;
      readonly message: string;
    }
  | { readonly kind: 'recovered'; readonly message: string };

export interface SubscribeOptions {
  readonly topic: string;
  /** Subscriptions with the same group share the topic's partitions. */
  readonly groupId: string;
  /**
   * The saved position of a partition (next offset to read), null where nothing was ever saved:
   * reading then starts at the first record kept. Asked on every assignment and after `fail`.
   */
  positionOf(partition: number): Promise<bigint | null>;
  /** Most records in a batch; default 1,000. */
  readonly maxRecords?: number;
  /** Longest wait of one fetch for new records, ms; default 100 for Kafka, 1,000 between polls of the inbox. */
  readonly maxWaitMs?: number;
  /** How often the end of every partition is asked, which moves `caughtUpThrough`, ms; default 1,000. */
  readonly watermarkEveryMs?: number;
}

export interface LogSubscription {
  /** Partitions newly taken. Emits before their first batch. */
  readonly assigned$: Observable<readonly number[]>;
  /** Partitions given up or taken away, after their `revoked` signal fired. */
  readonly revoked$: Observable<readonly number[]>;
  /**
   * All batches of all assigned partitions. Reading starts when this is subscribed to (once) and
   * stops when it is unsubscribed. Of each partition at most one batch is out at a time: consume
   * with `mergeMap`. Ends with an error only where no retry can help (a topic that is refused,
   * wrong credentials); a server that is away is waited for.
   */
  readonly batches$: Observable<DeliveredBatch>;
  readonly problems$: Observable<StreamProblem>;
  /**
   * The instant up to which the partition was read to its end and settled: every record appended
   * before it is settled. Null: not assigned here, or not known yet.
   */
  caughtUpThrough(partition: number): number | null;
  /** One entry for each assigned partition, ascending. */
  progress(): readonly PartitionProgress[];
  /** Delivers nothing more, waits up to 10 s for batches that are out, leaves the group. */
  close(): Promise<void>;
}

export interface OutgoingRecord {
  /** Decides the partition; records of equal key keep their order. Null: any partition. */
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record that this log can never take; nothing of the same call was published from its chunk on. */
export class RecordRefused extends Error {
  constructor(
    readonly index: number,
    reason: string,
  ) {
    super(`Record ${index} of the batch cannot be published: ${reason}`);
    this.name = 'RecordRefused';
  }
}

/** Partitioned, ordered, replayable log: Kafka in production, a Postgres inbox for small offices. */
export interface EventLog {
  subscribe(options: SubscribeOptions): LogSubscription;
  /**
   * Resolves once every record is durable (all in-sync replicas; committed). After a rejection an
   * unknown part was written: publish again, readers recognise duplicates by (source, id).
   */
  publish(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  /** Number of partitions. Rejects where the topic does not exist. */
  partitions(topic: string): Promise<number>;
  /** Closes every subscription and all connections that this log opened. */
  close(): Promise<void>;
}
