import { setTimeout as wait } from 'node:timers/promises';
import { Random } from '#simulator/random.js';
import { withDatabase } from '../../apps/cli/demo/read-outcome.js';
import type { Fleet } from './fleet.js';
import type { Flow } from './publish.js';
import type { Site } from './site.js';

/** How often each thing is done to a run. */
export interface Disturbances {
  readonly monitorKills: number;
  readonly postgresKills: number;
  readonly brokerKills: number;
  /** Each stops one monitor in good order and starts another: two rebalances. */
  readonly rebalances: number;
  /** Each lets one monitor hang until the others have its partitions, and then go on: a zombie. */
  readonly freezes: number;
}

export type Disturbance = 'kill monitor' | 'kill postgres' | 'kill broker' | 'rebalance' | 'freeze';

/** Longest calm before a disturbance, and longest absence of what was killed, ms. */
const CALM_MS = 1_200;
const AWAY_MS = 800;
/** Longer than the session of a Kafka consumer, 15 s. */
const FROZEN_MS = 18_000;

/** All disturbances in a seeded order. */
export function planOf(wanted: Disturbances, random: Random): Disturbance[] {
  const times = (count: number, what: Disturbance) => Array.from({ length: count }, () => what);
  const plan = [
    ...times(wanted.monitorKills, 'kill monitor'),
    ...times(wanted.postgresKills, 'kill postgres'),
    ...times(wanted.brokerKills, 'kill broker'),
    ...times(wanted.rebalances, 'rebalance'),
    ...times(wanted.freezes, 'freeze'),
  ];
  for (let last = plan.length - 1; last > 0; last -= 1) {
    const other = random.between(0, last);
    [plan[last], plan[other]] = [plan[other] as Disturbance, plan[last] as Disturbance];
  }
  return plan;
}

export interface Disturbing {
  readonly site: Site;
  readonly fleet: Fleet;
  readonly flow: Flow;
  readonly databaseUrl: string;
  /** Records of the whole stream: each disturbance meets its share of them. */
  readonly total: number;
  readonly onDone: (done: number, what: Disturbance) => void;
}

/**
 * Does what is planned, one thing after another, at seeded moments. The stream is let in portion by portion, so that
 * records are being published, worked off or waiting whenever something dies.
 */
export async function disturb(
  plan: readonly Disturbance[],
  random: Random,
  { site, fleet, databaseUrl, flow, total, onDone }: Disturbing,
): Promise<void> {
  const portion = Math.ceil(total / (plan.length + 1));
  for (const [index, what] of plan.entries()) {
    flow.allowed = portion * (index + 1);
    // Monitors are quick: at any moment of a short run the database would hardly ever die under a batch.
    if (what === 'kill postgres') await awaitSaving(databaseUrl);
    else await wait(random.between(0, CALM_MS));
    await cause(what, random, { site, fleet });
    onDone(index + 1, what);
  }
  flow.allowed = Number.POSITIVE_INFINITY;
}

/** Waits until a batch is being saved, for as long as a calm takes at most; ticks write in between all the time. */
async function awaitSaving(databaseUrl: string): Promise<void> {
  const giveUpAt = performance.now() + CALM_MS;
  await withDatabase(databaseUrl, async (client) => {
    for (let isSaving = false; !isSaving && performance.now() < giveUpAt; ) {
      const { rowCount } = await client.query(
        `select from pg_stat_activity
         where datname = current_database() and backend_xid is not null
           and (query ilike 'copy event%' or query ilike 'insert into stream_position%')`,
      );
      isSaving = (rowCount ?? 0) > 0;
    }
  });
}

async function cause(
  what: Disturbance,
  random: Random,
  { site, fleet }: Pick<Disturbing, 'site' | 'fleet'>,
): Promise<void> {
  const away = random.between(0, AWAY_MS);
  const place = random.between(0, 5);
  switch (what) {
    case 'kill monitor':
      await fleet.kill(place);
      await wait(away);
      fleet.start();
      return;
    case 'rebalance':
      fleet.start();
      await wait(away);
      await fleet.dismiss(place);
      return;
    case 'freeze':
      return fleet.freeze(place, FROZEN_MS);
    case 'kill postgres':
      await site.postgres.kill9();
      await wait(away);
      return site.postgres.restart();
    case 'kill broker':
      await site.kafka?.kill9();
      await wait(away);
      return site.kafka?.restart();
  }
}
