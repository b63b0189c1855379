import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { type SimulateOptions, simulate } from '#simulator/simulate.js';
import { ProgressLine } from '../progress-line.js';
import { type DemoCity, TOPIC } from './demo-city.js';
import { type AppProcess, startApp } from './monitor-process.js';
import { publishSimulation } from './publish-simulation.js';
import {
  type Outcome,
  readFindings,
  readOutcome,
  readStanding,
  type SavedFinding,
  withDatabase,
} from './read-outcome.js';

export interface DemoRun {
  readonly outcome: Outcome;
  readonly findings: readonly SavedFinding[];
  readonly seconds: number;
  readonly events: number;
}

const STALLED_AFTER_MS = 120_000;

/** Publishes the simulated stream, lets the monitors work it off to its end, and reads what they left. */
export async function runDemo(
  city: DemoCity,
  options: SimulateOptions,
  monitors: readonly AppProcess[],
): Promise<DemoRun> {
  const startedAt = performance.now();
  const progress = new ProgressLine('records');
  const publishing = publishSimulation(city.log, simulate(options), {
    topic: TOPIC,
    partitions: city.partitions,
    onProgress: (count) => progress.show(count, 'published'),
  });
  const published = await publishing;
  return withDatabase(city.databaseUrl, async (client) => {
    await drained(client, { city, until: published.lastReceivedAt, monitors, progress });
    progress.end();
    return {
      outcome: await readOutcome(client),
      findings: await readFindings(client),
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
      events: published.events,
    };
  });
}

interface Draining {
  readonly city: DemoCity;
  readonly until: number;
  readonly monitors: readonly AppProcess[];
  readonly progress: ProgressLine;
}

/** Waits until every partition was read to the end, nothing is due before it, and nothing held can be released. */
async function drained(
  client: Client,
  { city, until, monitors, progress }: Draining,
): Promise<void> {
  let ended: string | null = null;
  for (const monitor of monitors)
    void monitor.ended.then((code) => (ended = `${monitor.name} ended with ${code}`));
  let seen = '';
  let changedAt = Date.now();
  for (;;) {
    const standing = await readStanding(client, TOPIC, city.partitions);
    const { readThrough, due, releasable } = standing;
    if (readThrough !== null && readThrough >= until && due === 0 && releasable === 0) return;
    const now = JSON.stringify(standing);
    if (now !== seen) changedAt = Date.now();
    seen = now;
    if (ended !== null)
      throw new Error(`${ended}; its log is in ${join(city.folder, 'monitor.log')}`);
    if (Date.now() - changedAt > STALLED_AFTER_MS)
      throw new Error(`nothing has moved for ${STALLED_AFTER_MS / 1_000} s: ${now}`);
    progress.show(standing.saved, 'evaluated');
    await wait(200);
  }
}

/** A monitor of the demo. */
export function startMonitor(city: DemoCity, number = 1): AppProcess {
  return startApp(
    'monitor',
    { ...city.env, LOG_LEVEL: 'info' },
    join(city.folder, `monitor-${number}.log`),
  );
}
