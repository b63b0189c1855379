import type { Pool } from 'pg';
import type { PartitionLane } from '../partition-lane.js';
import { pause, retryPauseMs } from '../retry-pause.js';
import type { StreamLogger } from '../stream-logger.js';
import { readChunk } from './inbox-reader.js';

/**
 * Reads one partition into its lane until the lane is retired. Sleeps while there is nothing to read
 * or no room, until woken.
 */
export class InboxFeeder {
  private sleeping = new AbortController();

  constructor(
    private readonly pool: Pool,
    private readonly topic: string,
    readonly lane: PartitionLane,
    private readonly logger: StreamLogger,
  ) {}

  /** There is something to read, or room, or nothing left to do. */
  wake(): void {
    this.sleeping.abort();
  }

  async run(longestSleepMs: number): Promise<void> {
    let failures = 0;
    while (!this.lane.isRetired) {
      // Armed before reading: a wake during the read is not missed.
      this.sleeping = new AbortController();
      const { signal } = this.sleeping;
      if (this.lane.isFull) {
        await pause(longestSleepMs, signal);
        continue;
      }
      try {
        const place = { topic: this.topic, partition: this.lane.partition };
        const chunk = await readChunk(this.pool, place, this.lane.expectedOffset);
        failures = 0;
        if (chunk === null) await pause(longestSleepMs, signal);
        else this.lane.push(chunk);
      } catch (error) {
        // That Postgres is away is told by the session of the subscription, once.
        this.logger.debug(
          { err: error, partition: this.lane.partition },
          'Reading the inbox failed',
        );
        await pause(retryPauseMs(failures++), new AbortController().signal);
      }
    }
  }
}
