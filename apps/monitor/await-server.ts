import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Ways in which a connection tells that the other side is away, or not ready yet. */
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // PostgreSQL: shutting down, crashed, starting up, too many connections
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);
const LOST = /connection terminated|timeout expired/i;

/** True where a database is away and may come back by itself: waiting helps, and nothing is wrong with the settings. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && AWAY.has(error.code)) return true;
  return LOST.test(error.message);
}

const LONGEST_PAUSE_MS = 2_000;

/**
 * Asks until the server answers, telling once that it is away and once that it is back. Throws what waiting cannot
 * help, and ends quietly where `stopped` says so.
 */
export async function untilThere(
  server: string,
  ask: () => Promise<void>,
  { logger, stopped }: { readonly logger: Logger; readonly stopped: () => boolean },
): Promise<void> {
  for (let attempt = 1; !stopped(); attempt += 1) {
    try {
      await ask();
      if (attempt > 1) logger.info(`${server} is there`);
      return;
    } catch (error) {
      if (stopped()) return;
      if (!isAway(error)) throw error;
      if (attempt === 1)
        logger.warn({ err: error }, `${server} is away: waiting until it is there`);
      await wait(Math.min(LONGEST_PAUSE_MS, 100 * attempt));
    }
  }
}
