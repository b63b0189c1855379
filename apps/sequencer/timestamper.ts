import type { Pool } from 'pg';
import { type TimestampDigest, timestamp } from '#audit-keys/timestamp.js';
import { parseNote } from '#core/audit/note/signed-note.js';
import { lastTimestamped, saveTimestamp } from '#store/audit-tree/checkpoints.js';
import type { Alarms } from './alarms.js';
import type { CheckpointOutcome } from './checkpointer.js';

/** After a failure: how soon it is tried again, ms. */
const AGAIN_MS = 60_000;

export interface TimestamperOptions {
  readonly pool: Pool;
  readonly url: string;
  readonly digest: TimestampDigest;
  /** Least time between two timestamps, ms. */
  readonly everyMs: number;
  readonly alarms: Alarms;
}

/** Has complete checkpoints timestamped by an authority from time to time; checkpoints do not wait for it. */
export class Timestamper {
  private dueAt: number | null = null;
  private inHand: Promise<void> | null = null;

  constructor(private readonly options: TimestamperOptions) {}

  /** A checkpoint that was stored. Does not wait and never throws. */
  offer(checkpoint: CheckpointOutcome): void {
    if (!checkpoint.complete || this.inHand !== null || Date.now() < (this.dueAt ?? 0)) return;
    const { alarms } = this.options;
    this.inHand = this.stamp(checkpoint)
      .then(() => alarms.end('timestamp'))
      .catch((error: unknown) => {
        this.dueAt = Date.now() + AGAIN_MS;
        alarms.begin(
          'timestamp',
          `Checkpoint ${checkpoint.size} has no timestamp: ${(error as Error).message}`,
        );
      })
      .finally(() => {
        this.inHand = null;
      });
  }

  private async stamp({ size, note }: CheckpointOutcome): Promise<void> {
    const { pool, url, digest, everyMs } = this.options;
    // After a restart the last one counts.
    this.dueAt ??= ((await lastTimestamped(pool))?.getTime() ?? 0) + everyMs;
    if (Date.now() < this.dueAt) return;
    const { text } = parseNote(note);
    await saveTimestamp(pool, size, await timestamp(url, Buffer.from(text), digest));
    this.dueAt = Date.now() + everyMs;
  }
}
