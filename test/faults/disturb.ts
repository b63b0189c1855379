import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
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
/** Longer than monitors need to share the partitions anew after one that has died or hangs. */
const HELD_UP_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 5;

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
  readonly topic: string;
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
  disturbing: Disturbing,
): Promise<void> {
  const { site, fleet, flow, total, onDone } = disturbing;
  const portion = Math.ceil(total / (plan.length + 1));
  for (const [index, what] of plan.entries()) {
    // One record at least: there is always something to save.
    const letIn = () => {
      flow.allowed = Math.max(portion * (index + 1), flow.sent + 1);
    };
    if (what === 'kill postgres') await killWhileSaving(random, letIn, disturbing);
    else {
      letIn();
      await wait(random.between(0, CALM_MS));
      await cause(what, random, { site, fleet });
    }
    onDone(index + 1, what);
  }
  flow.allowed = Number.POSITIVE_INFINITY;
}

/**
 * Kills Postgres while a monitor is saving a batch: monitors are quick, and at any other moment of a short run it would
 * hardly ever die under one. A lock holds up either the first statement of saving, in one partition while others go on,
 * or the last before the commit. Postgres dies under whoever is seen waiting for it.
 * @throws Error where no batch comes.
 */
async function killWhileSaving(
  random: Random,
  letIn: () => void,
  { site, databaseUrl, topic }: Disturbing,
): Promise<void> {
  const atFirst = random.between(0, 1) === 0;
  const place = random.between(0, 5);
  const away = random.between(0, AWAY_MS);
  await withDatabase(databaseUrl, async (holder) => {
    await holder.query('begin');
    if (!(atFirst && (await holdPartition(holder, topic, place))))
      await holder.query('lock table source_coverage in share mode');
    letIn();
    await awaitHeldUp(holder);
    await site.postgres.kill9();
  });
  await wait(away);
  await site.postgres.restart();
}

/** Locks the position of one partition; false while none has been read. */
async function holdPartition(holder: Client, topic: string, place: number): Promise<boolean> {
  const { rows } = await holder.query<{ partition: number }>(
    'select "partition" from stream_position where topic = $1 order by "partition"',
    [topic],
  );
  const partition = rows[place % Math.max(1, rows.length)]?.partition;
  const held = await holder.query(
    'select from stream_position where topic = $1 and "partition" = $2 for update',
    [topic, partition],
  );
  return held.rowCount === 1;
}

/** Waits until another connection waits for what this one holds. */
async function awaitHeldUp(holder: Client): Promise<void> {
  const giveUpAt = performance.now() + HELD_UP_WITHIN_MS;
  while (performance.now() < giveUpAt) {
    const { rowCount } = await holder.query(
      'select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
    );
    if (rowCount !== 0) return;
    await wait(LOOK_EVERY_MS);
  }
  throw new Error(
    `no monitor has saved a batch for ${HELD_UP_WITHIN_MS / 1_000} s: there was nothing to kill the database under`,
  );
}

async function cause(
  what: Exclude<Disturbance, 'kill postgres'>,
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
    case 'kill broker':
      await site.kafka?.kill9();
      await wait(away);
      return site.kafka?.restart();
  }
}
