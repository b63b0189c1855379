import type { Instant } from '#core/event/event.js';
import { loadPositions } from '#store/stream-positions.js';
import type { Resources } from '../server/resources.js';

export interface JudgingTime {
  /** The present: the clock, or in a simulation the instant through which its records were read. */
  readonly asOf: Instant;
  /** Instant through which every partition that was read at all was read; null: none was. */
  readonly readThrough: Instant | null;
  /** What was read lies too far behind the clock for figures to be taken for the present. */
  readonly stale: boolean;
}

const STALE_AFTER_MS = 15 * 60_000;

/** The instant that lists and figures call now. */
export async function judgingTime({
  database,
  settings,
}: Pick<Resources, 'database' | 'settings'>): Promise<JudgingTime> {
  const positions = await loadPositions(database.pool, settings.topic);
  const read = positions.map((one) => one.consumedThrough).filter((through) => through > 0);
  const readThrough = read.length === 0 ? null : Math.min(...read);
  const now = Date.now();
  if (settings.recordTime) return { asOf: readThrough ?? now, readThrough, stale: false };
  return {
    asOf: now,
    readThrough,
    stale: readThrough === null || now - readThrough > STALE_AFTER_MS,
  };
}
