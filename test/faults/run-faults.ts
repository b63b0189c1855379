import { Random } from '#simulator/random.js';
import type { SimulateOptions } from '#simulator/simulate.js';
import { withDatabase } from '../../apps/cli/demo/read-outcome.js';
import { awaitDrained } from './await-drained.js';
import { compareSnapshots, countByKind, describeDifferences, sizesOf } from './compare.js';
import { type Disturbances, disturb, planOf } from './disturb.js';
import { Fleet } from './fleet.js';
import { appendsOf, endsOf, type Flow, publishFlow } from './publish.js';
import { openSite, openStage, type Site, type Stage } from './site.js';
import { findFaults, type Snapshot, takeSnapshot } from './snapshot.js';
import { streamWithMoves } from './stream.js';

export interface FaultRun {
  readonly eventLog: 'kafka' | 'inbox';
  readonly city: SimulateOptions;
  readonly partitions: number;
  /** Monitors that share the partitions of the disturbed run. */
  readonly monitors: number;
  readonly disturbances: Disturbances;
  readonly seed: number;
  readonly say: (text: string) => void;
}

/** What came of it; `differences` and `faults` are empty where the disturbed run left what the undisturbed one left. */
export interface FaultOutcome {
  readonly eventLog: 'kafka' | 'inbox';
  readonly events: number;
  readonly kills: number;
  readonly disturbances: Disturbances;
  readonly compared: Readonly<Record<string, number>>;
  readonly differences: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  /** Monitors that ended by themselves and were started again. */
  readonly falls: readonly { readonly monitor: string; readonly code: number | null }[];
  /** Batches of the disturbed run that were under way when something died, and were read again by the same monitor. */
  readonly interrupted: number;
  readonly repeatedAppends: number;
  readonly peakMonitorMiB: number;
  readonly seconds: { readonly undisturbed: number; readonly disturbed: number };
  /** The first differences, for people. */
  readonly report: string;
}

/** Works a simulated stream off twice, once in peace and once with everything dying, and compares what is left. */
export async function runFaults(run: FaultRun): Promise<FaultOutcome> {
  const site = await openSite(run.eventLog);
  const stages: Stage[] = [];
  try {
    const calm = await openStage(site, { ...run, name: 'undisturbed' });
    stages.push(calm);
    const peace = await workOff(calm, run, null);
    const rough = await openStage(site, { ...run, name: 'disturbed' });
    stages.push(rough);
    const storm = await workOff(rough, run, site);
    const differences = compareSnapshots(peace.snapshot, storm.snapshot);
    return {
      eventLog: run.eventLog,
      events: peace.events,
      kills: killsOf(run.disturbances),
      disturbances: run.disturbances,
      compared: sizesOf(peace.snapshot),
      differences: countByKind(differences),
      faults: [...peace.faults, ...storm.faults],
      falls: storm.fleet.falls.map(({ monitor, code }) => ({ monitor, code })),
      interrupted: storm.fleet.interrupted(),
      repeatedAppends: storm.flow.repeated,
      peakMonitorMiB: Math.max(peace.fleet.peakMiB, storm.fleet.peakMiB),
      seconds: { undisturbed: peace.seconds, disturbed: storm.seconds },
      report: await describeDifferences(differences, [calm, rough]),
    };
  } finally {
    for (const stage of stages) await stage.close();
    await site.stop();
  }
}

function killsOf({ monitorKills, postgresKills, brokerKills }: Disturbances): number {
  return monitorKills + postgresKills + brokerKills;
}

interface WorkedOff {
  readonly events: number;
  readonly snapshot: Snapshot;
  readonly faults: readonly string[];
  readonly fleet: Fleet;
  readonly flow: Flow;
  readonly seconds: number;
}

/** Publishes the stream to the stage and lets monitors work it off; with a site, everything on it is disturbed. */
async function workOff(stage: Stage, run: FaultRun, site: Site | null): Promise<WorkedOff> {
  const startedAt = performance.now();
  const random = new Random(run.seed, 77);
  // Small batches and quick ticks where kills are to fall between them; the usual ones where nothing does.
  const fleet = new Fleet(stage, site === null ? {} : SMALL_STEPS);
  const flow: Flow = { sent: 0, allowed: Number.POSITIVE_INFINITY, repeated: 0 };
  try {
    if (site !== null) flow.allowed = 0;
    for (let n = 0; n < (site === null ? 1 : run.monitors); n += 1) fleet.start();
    const publishing = publishFlow(stage, streamWithMoves(run.city, stage.partitions), flow);
    if (site !== null) {
      const plan = planOf(run.disturbances, random);
      const total = appendsOf(streamWithMoves(run.city, stage.partitions), stage.partitions);
      const onDone = (done: number, what: string) =>
        run.say(`${done} of ${plan.length}: ${what}; ${flow.sent} of ${total} records published`);
      const { databaseUrl, topic } = stage;
      await disturb(plan, random, { site, fleet, databaseUrl, topic, flow, total, onDone });
    }
    const { lastReceivedAt } = await publishing;
    run.say(`${stage.name}: all is published, the monitors work off the rest`);
    await awaitDrained(stage, fleet, lastReceivedAt);
    await fleet.stop();
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    run.say(`${stage.name}: worked off in ${seconds} s`);
    const snapshot = await takeSnapshot(stage);
    const faults = await findFaults(stage, await endsOf(stage));
    return {
      events: await countEvents(stage),
      snapshot,
      faults: faults.map((one) => `${stage.name}: ${one}`),
      fleet,
      flow,
      seconds,
    };
  } finally {
    flow.allowed = Number.POSITIVE_INFINITY;
    await fleet.stop();
  }
}

const SMALL_STEPS = { MINGCHA_BATCH: '120', MINGCHA_TICK_MS: '50' };

async function countEvents(stage: Stage): Promise<number> {
  return withDatabase(stage.databaseUrl, async (client) => {
    const { rows } = await client.query<{ n: string }>('select count(*) as n from event');
    return Number(rows[0]?.n ?? 0);
  });
}
