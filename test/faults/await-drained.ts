import { setTimeout as wait } from 'node:timers/promises';
import { readStanding, type Standing, withDatabase } from '../../apps/cli/demo/read-outcome.js';
import type { Fleet } from './fleet.js';
import type { Stage } from './site.js';

const LOOK_EVERY_MS = 200;
const STALLED_AFTER_MS = 180_000;

/** Where the monitors of a stage stand, or null while the database is away. */
export async function standingOf(stage: Stage): Promise<Standing | null> {
  try {
    return await withDatabase(stage.databaseUrl, (client) => {
      client.on('error', () => undefined);
      return readStanding(client, stage.topic, stage.partitions);
    });
  } catch {
    return null;
  }
}

/**
 * Waits until every partition was read through `until`, nothing is due before it, and nothing held can be released.
 * @throws Error where nothing has moved for three minutes.
 */
export async function awaitDrained(stage: Stage, fleet: Fleet, until: number): Promise<void> {
  let seen = '';
  let changedAt = Date.now();
  for (;;) {
    const standing = await standingOf(stage);
    const through = standing?.readThrough ?? null;
    if (standing !== null && through !== null && through >= until)
      if (standing.due === 0 && standing.releasable === 0) return;
    const now = JSON.stringify(standing);
    if (now !== seen) changedAt = Date.now();
    seen = now;
    if (Date.now() - changedAt > STALLED_AFTER_MS)
      throw new Error(
        `nothing has moved for ${STALLED_AFTER_MS / 1_000} s: ${now}; logs in ${stage.folder}\n` +
          fleet.falls
            .map((fall) => `${fall.monitor} fell (${fall.code}): ${fall.lastWords}`)
            .join('\n'),
      );
    fleet.measure();
    await wait(LOOK_EVERY_MS);
  }
}
