import type { Pool } from 'pg';
import { type TimestampDigest, timestamp } from '#audit-keys/timestamp.js';
import { parseNote } from '#core/audit/note/signed-note.js';
import { lastTimestamped, saveTimestamp } from '#store/audit-tree/checkpoints.js';
import { pause } from '#streams/retry-pause.js';
import type { Alarms } from './alarms.js';
import type { CheckpointOutcome } from './checkpointer.js';

/** After a failure: how soon it is tried again at the latest, ms. */
const AGAIN_MS = 60_000;

export interface TimestamperOptions {
  readonly pool: Pool;
  readonly url: string;
  readonly digest: TimestampDigest;
  /** Least time between two timestamps, ms. */
  readonly everyMs: number;
  readonly alarms: Alarms;
}

/**
 * Has the newest complete checkpoint timestamped by an authority, as often as `everyMs` allows; checkpoints do not wait for it.
 * One that could not be timestamped is brought again, or a newer one in its place, until the authority answers.
 */
export class Timestamper {
  /** Until then nothing is asked; null: not known yet, since the last time stands in the database. */
  private dueAt: number | null = null;
  private newest: CheckpointOutcome | null = null;
  private isAtWork = false;

  constructor(private readonly options: TimestamperOptions) {}

  /** A checkpoint that was stored. Does not wait and never throws. */
  offer(checkpoint: CheckpointOutcome, stop: AbortSignal): void {
    if (!checkpoint.complete) return;
    this.newest = checkpoint;
    if (!this.isAtWork) void this.work(stop);
  }

  private async work(stop: AbortSignal): Promise<void> {
    const { alarms, everyMs } = this.options;
    this.isAtWork = true;
    while (this.newest !== null && !stop.aborted) {
      try {
        await this.untilDue(stop);
        const checkpoint = this.newest;
        if (stop.aborted) break;
        await this.stamp(checkpoint);
        if (this.newest === checkpoint) this.newest = null;
        alarms.end('timestamp');
      } catch (error) {
        this.dueAt = Date.now() + Math.min(AGAIN_MS, everyMs);
        const why = (error as Error).message;
        alarms.begin('timestamp', `Checkpoint ${this.newest?.size} has no timestamp: ${why}`);
      }
    }
    this.isAtWork = false;
  }

  private async untilDue(stop: AbortSignal): Promise<void> {
    const { pool, everyMs } = this.options;
    this.dueAt ??= ((await lastTimestamped(pool))?.getTime() ?? 0) + everyMs;
    await pause(Math.max(0, this.dueAt - Date.now()), stop);
  }

  private async stamp({ size, note }: CheckpointOutcome): Promise<void> {
    const { pool, url, digest, everyMs } = this.options;
    const { text } = parseNote(note);
    await saveTimestamp(pool, size, await timestamp(url, Buffer.from(text), digest));
    this.dueAt = Date.now() + everyMs;
  }
}
