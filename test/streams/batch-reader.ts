import { setTimeout as sleep } from 'node:timers/promises';
import type {
  DeliveredBatch,
  EventLog,
  LogRecord,
  LogSubscription,
  StreamProblem,
} from '#streams/event-log.js';

export const quietLogger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // Tests read problems$, not the log.
}

export const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

export async function until(condition: () => boolean, withinMs = 40_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Not within ${withinMs} ms: ${condition}`);
    await sleep(10);
  }
}

export interface ReaderOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly maxRecords?: number;
  readonly maxWaitMs?: number;
  readonly watermarkEveryMs?: number;
  /** Stands for the database of the readers that share it: positions move by compare-and-set. */
  readonly positions?: Map<number, bigint>;
  /** True: the batch is failed instead of saved. */
  readonly refuse?: (batch: DeliveredBatch) => boolean;
  /** Nothing is saved before this resolves. */
  readonly hold?: Promise<void>;
  /** Time that saving takes. */
  readonly savingMs?: number;
}

/** Saves each batch the way the monitor does: records and position together, or neither. */
export class BatchReader {
  readonly records: LogRecord[] = [];
  readonly batches: DeliveredBatch[] = [];
  readonly problems: StreamProblem[] = [];
  readonly assigned = new Set<number>();
  readonly subscription: LogSubscription;
  revocations = 0;
  stale = 0;
  mostOut = 0;
  error: unknown = null;
  private readonly out = new Map<number, number>();
  private readonly positions: Map<number, bigint>;

  constructor(
    log: EventLog,
    private readonly options: ReaderOptions,
  ) {
    this.positions = options.positions ?? new Map();
    this.subscription = log.subscribe({
      ...options,
      positionOf: async (partition) => this.positions.get(partition) ?? null,
    });
    this.subscription.assigned$.subscribe((partitions) => {
      for (const partition of partitions) this.assigned.add(partition);
    });
    this.subscription.revoked$.subscribe((partitions) => {
      this.revocations++;
      for (const partition of partitions) this.assigned.delete(partition);
    });
    this.subscription.problems$.subscribe((problem) => this.problems.push(problem));
    this.subscription.batches$.subscribe({
      next: (batch) => void this.save(batch),
      error: (error: unknown) => {
        this.error = error;
      },
    });
  }

  close(): Promise<void> {
    return this.subscription.close();
  }

  private async save(batch: DeliveredBatch): Promise<void> {
    const { partition, startOffset, nextOffset, records } = batch;
    const out = (this.out.get(partition) ?? 0) + 1;
    this.out.set(partition, out);
    this.mostOut = Math.max(this.mostOut, out);
    await this.options.hold;
    if (this.options.savingMs !== undefined) await sleep(this.options.savingMs);
    this.out.set(partition, out - 1);
    if (this.options.refuse?.(batch) === true) return batch.fail(new Error('refused by the test'));
    const saved = this.positions.get(partition);
    if (saved !== undefined && saved !== startOffset) {
      this.stale++;
      return batch.fail(new Error(`position is ${saved}, not ${startOffset}`));
    }
    this.positions.set(partition, nextOffset);
    this.batches.push(batch);
    for (const record of records) this.records.push(record);
    batch.settle();
  }
}
