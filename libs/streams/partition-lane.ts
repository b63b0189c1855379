import type {
  DeliveredBatch,
  LogRecord,
  OffsetRange,
  PartitionBatch,
  PartitionProgress,
} from './event-log.js';
import { ReadMarks } from './read-marks.js';

/** What one fetch brought for one partition. `nextOffset` also covers records that are not shown. */
export interface FetchedChunk {
  readonly records: readonly LogRecord[];
  readonly nextOffset: bigint;
  readonly highWatermark: bigint;
  readonly fetchedAt: number;
}

export interface LaneOptions {
  readonly topic: string;
  readonly partition: number;
  /** What `positionOf` answered; `readFrom` where nothing was ever saved. */
  readonly savedPosition: bigint;
  /** Where reading starts: the saved position, or later where records are missing. */
  readonly readFrom: bigint;
  readonly missing: OffsetRange | null;
  readonly maxRecords: number;
  /** The lane asks for no more while it holds this many bytes. */
  readonly capacityBytes: number;
  deliver(batch: DeliveredBatch): void;
  /** The lane was full and has room again (half of its capacity). */
  onRoom(): void;
  onFailed(error: unknown): void;
}

/** Memory that a record takes besides its value. */
const RECORD_OVERHEAD_BYTES = 200;

const sizeOf = (record: LogRecord): number =>
  RECORD_OVERHEAD_BYTES + (record.value?.byteLength ?? 0);

/**
 * Everything between the fetches of one partition and the hands that settle its batches: a bounded
 * buffer, one batch out at a time, and the account of how far the partition was read. A lane lives
 * from one assignment to the next; a new assignment or a failed batch makes a new lane.
 */
export class PartitionLane {
  readonly partition: number;
  private readonly chunks: FetchedChunk[] = [];
  private head = 0;
  private bufferedBytes = 0;
  private wasFull = false;
  private current: DeliveredBatch | null = null;
  private pumping = false;
  private retired = false;
  private readonly abort = new AbortController();
  private readonly idleWaiters: (() => void)[] = [];
  private readonly marks = new ReadMarks();
  private savedPosition: bigint;
  private settledAny = false;
  private readTo: bigint;
  private highWatermark: bigint;
  private missing: OffsetRange | null;

  constructor(private readonly options: LaneOptions) {
    this.partition = options.partition;
    this.savedPosition = options.savedPosition;
    this.readTo = options.readFrom;
    this.highWatermark = options.readFrom;
    this.missing = options.missing;
  }

  /** The offset at which the next chunk has to start. */
  get expectedOffset(): bigint {
    return this.readTo;
  }

  get isFull(): boolean {
    return this.bufferedBytes >= this.options.capacityBytes;
  }

  get isRetired(): boolean {
    return this.retired;
  }

  /** Whether any batch of this lane was saved. */
  get hasSettled(): boolean {
    return this.settledAny;
  }

  /** Takes what a fetch brought. A retired lane drops it: it is read again after the next assignment. */
  push(chunk: FetchedChunk): void {
    if (this.retired) return;
    this.readTo = chunk.nextOffset;
    if (chunk.highWatermark > this.highWatermark) this.highWatermark = chunk.highWatermark;
    if (chunk.records.length === 0) return;
    for (const record of chunk.records) this.bufferedBytes += sizeOf(record);
    if (this.isFull) this.wasFull = true;
    this.chunks.push(chunk);
    this.pump();
  }

  /**
   * The partition ended at `highWatermark`, or later, at the instant `at`. (A broker that hides
   * uncommitted transactions answers an earlier end than a fetch has already shown.)
   */
  mark(highWatermark: bigint, at: number): void {
    if (highWatermark > this.highWatermark) this.highWatermark = highWatermark;
    this.marks.add(this.highWatermark, at);
  }

  /**
   * No further batch is delivered and the buffer is dropped. `takenAway` fires the `revoked` signal
   * of the batch that is out; without it that batch may still be saved.
   */
  retire(takenAway: boolean): void {
    this.retired = true;
    this.readTo = this.chunks[0]?.records[this.head]?.offset ?? this.readTo;
    this.chunks.length = 0;
    this.head = 0;
    this.bufferedBytes = 0;
    if (takenAway) this.abort.abort();
  }

  /** Resolves when no batch of this lane is out. */
  whenIdle(): Promise<void> {
    if (this.current === null) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  progress(): PartitionProgress {
    const position = this.position();
    return {
      partition: this.partition,
      position,
      highWatermark: this.highWatermark,
      caughtUpThrough: this.marks.reached(position),
    };
  }

  private position(): bigint {
    if (this.current !== null) return this.current.records[0]?.offset ?? this.current.nextOffset;
    const waiting = this.chunks[0]?.records[this.head];
    return waiting === undefined ? this.readTo : waiting.offset;
  }

  /** A loop, not a recursion: `settle` may be called from within `deliver`. */
  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    try {
      while (!this.retired && this.current === null && this.chunks.length > 0) {
        this.current = this.handOut(this.takeBatch());
        this.options.deliver(this.current);
      }
    } finally {
      this.pumping = false;
    }
  }

  private takeBatch(): PartitionBatch {
    const { topic, partition, maxRecords } = this.options;
    const records: LogRecord[] = [];
    let last: FetchedChunk | undefined;
    let nextOffset = this.readTo;
    while (records.length < maxRecords) {
      const chunk = this.chunks[0];
      if (chunk === undefined) break;
      const end = Math.min(chunk.records.length, this.head + maxRecords - records.length);
      for (let index = this.head; index < end; index++) {
        const record = chunk.records[index];
        if (record === undefined) break;
        records.push(record);
        this.bufferedBytes -= sizeOf(record);
      }
      last = chunk;
      if (end === chunk.records.length) {
        nextOffset = chunk.nextOffset;
        this.chunks.shift();
        this.head = 0;
      } else {
        nextOffset = (records.at(-1)?.offset ?? nextOffset) + 1n;
        this.head = end;
      }
    }
    const startOffset = this.savedPosition;
    const missing = this.missing;
    this.savedPosition = nextOffset;
    this.missing = null;
    return {
      topic,
      partition,
      records,
      startOffset,
      nextOffset,
      highWatermark: this.highWatermark,
      fetchedAt: last?.fetchedAt ?? 0,
      missing,
    };
  }

  private handOut(batch: PartitionBatch): DeliveredBatch {
    let open = true;
    const finish = (): boolean => {
      if (!open) return false;
      open = false;
      this.current = null;
      for (const resolve of this.idleWaiters.splice(0)) resolve();
      return true;
    };
    return {
      ...batch,
      revoked: this.abort.signal,
      settle: () => {
        if (!finish()) return;
        this.settledAny = true;
        if (this.retired) return;
        this.pump();
        this.announceRoom();
      },
      fail: (error) => {
        if (!finish()) return;
        const wasRetired = this.retired;
        this.retire(false);
        this.readTo = batch.records[0]?.offset ?? this.readTo;
        if (!wasRetired) this.options.onFailed(error);
      },
    };
  }

  private announceRoom(): void {
    if (!this.wasFull || this.bufferedBytes > this.options.capacityBytes / 2) return;
    this.wasFull = false;
    this.options.onRoom();
  }
}
