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
  apps: readonly AppProcess[],
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
    await drained(client, { city, until: published.lastReceivedAt, apps, progress });
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
  /** Monitors and notifier: none of them may end meanwhile. */
  readonly apps: readonly AppProcess[];
  readonly progress: ProgressLine;
}

/**
 * Waits until every partition was read to the end, nothing is due before it, nothing held can be released, and every
 * message has left the outbox.
 */
async function drained(client: Client, { city, until, apps, progress }: Draining): Promise<void> {
  let ended: string | null = null;
  for (const app of apps)
    void app.ended.then((code) => (ended = `the ${app.name} ended with ${code}`));
  let seen = '';
  let changedAt = Date.now();
  for (;;) {
    const standing = await readStanding(client, TOPIC, city.partitions);
    const { readThrough, due, releasable } = standing;
    const isJudged = readThrough !== null && readThrough >= until && due === 0 && releasable === 0;
    if (isJudged && standing.unsent === 0) return;
    const now = JSON.stringify(standing);
    if (now !== seen) changedAt = Date.now();
    seen = now;
    if (ended !== null) throw new Error(`${ended}; its log is in ${city.folder}`);
    if (Date.now() - changedAt > STALLED_AFTER_MS)
      throw new Error(`nothing has moved for ${STALLED_AFTER_MS / 1_000} s: ${now}`);
    progress.show(standing.saved, 'evaluated');
    await wait(200);
  }
}

/** Sends what the monitors put into the outbox to the topic of alerts and that of quarantined records. */
export function startNotifier(city: DemoCity): AppProcess {
  const env = { ...city.env, MINGCHA_OUTBOX_POLL_MS: '100' };
  return startApp('notifier', env, join(city.folder, 'notifier.log'));
}

/** A monitor of the demo. */
export function startMonitor(city: DemoCity, number = 1): AppProcess {
  return startApp(
    'monitor',
    { ...city.env, MINGCHA_LOG_LEVEL: 'info' },
    join(city.folder, `monitor-${number}.log`),
  );
}
