import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventLog } from '#streams/event-log.js';
import { keyPerPartition } from '#streams/key-per-partition.js';
import { cloudEvent, isoOf } from './bench-case.js';
import type { BenchOptions } from './bench-options.js';
import { type BenchServers, PARTITIONS, TOPIC, withClient } from './bench-servers.js';
import { startProgram } from './child-program.js';
import { type Measure, measureOf } from './measure.js';
import { type Background, fillWithOpenCases } from './open-cases.js';
import { JSON_HEADER } from './published-workload.js';

const PER_SECOND = 1_000;
/** Cases fall due together every tenth of a second. */
const EVERY_MS = 100;
const WARM_UP_MS = 10_000;
const RUN_MS = 60_000;
const STEP_HOURS = 2;
const BEAT_MS = 500;
const BOUND_SECONDS = 2;
const MEMORY_MB = 512;
const PREFIX = 'D';
/** Models made first to see how long the others take. */
const TRIAL_MODELS = 50;
const GIVE_UP_AFTER_MS = 600_000;

export interface LatencyBench {
  readonly servers: BenchServers;
  readonly options: BenchOptions;
  readonly large: Background;
}

/** How long a run's cases waited, from the instant at which they fell due to the commit of the tick, ms. */
interface Waited {
  readonly cases: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/**
 * Besides the background, 1,000 cases a second fall due by the real clock, minute after minute, each minute a run. Each
 * is a step over its limit of hours: a finding and an alert. The feed sends a heartbeat twice a second, so that holds
 * are lifted. Commit times are Postgres's own (track_commit_timestamp).
 */
export async function benchLatency(bench: LatencyBench): Promise<Measure[]> {
  const { servers, options, large } = bench;
  const until = WARM_UP_MS + options.runs * RUN_MS;
  const base = await fillDue(large.url, until);
  const log = servers.openLog(large.url);
  const beats = new AbortController();
  await log.createTopics([{ topic: TOPIC, partitions: PARTITIONS }]);
  const beating = beat(log, beats.signal);
  const program = startProgram({
    script: 'apps/monitor/main.js',
    env: { ...servers.envOf(large.url), MINGCHA_GROUP: 'bench-due' },
    logFile: join(servers.folder, 'due.log'),
    profile: options.profile,
  });
  try {
    process.stderr.write(`due: all is made; the monitor is up at ${isoOf(Date.now())}\n`);
    await Promise.race([program.ended, wait(base - Date.now())]);
    const begun = program.cpuSeconds() ?? Number.NaN;
    await allActedUpon(large.url, base + until, program.ended);
    const cpuSeconds = (program.cpuSeconds() ?? Number.NaN) - begun;
    const peakMemory = program.peakMemory() ?? Number.NaN;
    const waited = await readWaited(large.url, base, options.runs);
    const later = await releasedLater(large.url);
    process.stderr.write(
      `due: ${(later * 100).toFixed(1)} % were held and released in a second step\n`,
    );
    const cpu = (cpuSeconds / ((until / 1_000) * PER_SECOND)) * 1e6;
    return measuresOf(bench, waited, { peakMemory, cpu });
  } finally {
    beats.abort();
    await beating;
    await program.stop();
    await log.close();
  }
}

/** Makes the cases that fall due from the instant returned; it lies as far ahead as filling may take. */
async function fillDue(url: string, until: number): Promise<number> {
  const models = until / EVERY_MS;
  const dueFrom = (first: number, count: number) => ({
    entered: Array.from(
      { length: count },
      (_, model) => first + model * EVERY_MS - STEP_HOURS * 3_600_000 - 1,
    ),
    stepHours: STEP_HOURS,
    copies: (PER_SECOND * EVERY_MS) / 1_000,
  });
  const startedAt = Date.now();
  const trial = dueFrom(startedAt + 100 * 3_600_000, TRIAL_MODELS);
  await fillWithOpenCases(url, { prefix: 'T', ...trial });
  const takesMs = 10_000 + ((Date.now() - startedAt) / TRIAL_MODELS) * models * 1.5;
  const base = Math.ceil((Date.now() + takesMs) / 1_000) * 1_000;
  process.stderr.write(
    `due: ${models} times ${trial.copies} cases are to fall due from ${isoOf(base)}\n`,
  );
  await fillWithOpenCases(url, { prefix: PREFIX, ...dueFrom(base, models) });
  await withClient(url, (client) => client.query('vacuum (analyze)'));
  if (Date.now() > base - 5_000)
    throw new Error(
      'making the cases took longer than foreseen: the machine is too busy to measure',
    );
  return base;
}

async function beat(log: EventLog, signal: AbortSignal): Promise<void> {
  const keys = keyPerPartition(PARTITIONS);
  for (let number = 1; !signal.aborted; number += 1) {
    const at = Date.now();
    const data = { from: isoOf(at - BEAT_MS), to: isoOf(at) };
    const value = cloudEvent('BEAT', number, { type: 'feed.heartbeat', at, data });
    await log.publish(
      TOPIC,
      keys.map((key) => ({ key, value, headers: JSON_HEADER })),
    );
    await wait(BEAT_MS - (Date.now() % BEAT_MS));
  }
}

async function allActedUpon(
  url: string,
  end: number,
  ended: Promise<number | null>,
): Promise<void> {
  const failed = ended.then((code) => {
    throw new Error(`the monitor ended with ${code}`);
  });
  await Promise.race([failed, wait(end - Date.now())]);
  await withClient(url, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ waiting: boolean }>(
        'select exists (select from case_state where next_due_at <= to_timestamp($1::float8 / 1000)) as waiting',
        [end],
      );
      if (rows[0]?.waiting === false) return;
      if (Date.now() > end + GIVE_UP_AFTER_MS)
        throw new Error('cases that fell due were not acted upon within ten minutes');
      await Promise.race([failed, wait(250)]);
    }
  });
}

const WAITED = `
  select run, count(*)::int as cases,
    percentile_disc(0.5) within group (order by waited)::float8 as p50,
    percentile_disc(0.99) within group (order by waited)::float8 as p99, max(waited)::float8 as most
  from (
    select floor((model * $2::int - $3::int)::float8 / $4::int) as run, committed - ($1::float8 + model * $2::int) as waited
    from (
      select substr(split_part(case_id, '/', 2), 2, 6)::int as model,
        extract(epoch from min(pg_xact_commit_timestamp(xmin)))::float8 * 1000 as committed
      from finding_change where split_part(case_id, '/', 2) like '${PREFIX}%' and kind = 'raised' group by case_id) found
    ) each_case
  where run >= 0 group by run order by run`;

async function readWaited(url: string, base: number, runs: number): Promise<Waited[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<Waited>(WAITED, [base, EVERY_MS, WARM_UP_MS, RUN_MS]);
    const expected = (RUN_MS / 1_000) * PER_SECOND;
    if (rows.length !== runs || rows.some(({ cases }) => cases !== expected))
      throw new Error(
        `each of ${runs} minutes is to find ${expected} cases, found ${rows.map(({ cases }) => cases)}`,
      );
    return rows;
  });
}

/** Share of the alerts that a transaction of its own released: coverage had not reached their deadlines at the tick. */
async function releasedLater(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ share: number }>(
      `select coalesce(avg((r.xid <> h.xid)::int), 0)::float8 as share
       from alert_event h join alert_event r on r.alert_id = h.alert_id and r.kind = 'released'
       where h.kind = 'held'`,
    );
    return rows[0]?.share ?? Number.NaN;
  });
}

function measuresOf(
  { options, large }: LatencyBench,
  waited: readonly Waited[],
  { peakMemory, cpu }: { readonly peakMemory: number; readonly cpu: number },
): Measure[] {
  const total = large.copies * large.entered.length;
  const what =
    `${PER_SECOND} cases a second falling due by the clock for ${options.runs} times ${RUN_MS / 1_000} s beside ` +
    `${total} other open cases, one monitor, whole pack, a heartbeat every ${BEAT_MS} ms; from the instant due to the ` +
    'commit of its tick';
  const of = (name: string, value: (one: Waited) => number) =>
    measureOf({
      name,
      unit: 's',
      runs: waited.map((one) => ({ value: value(one) / 1_000 })),
      bound: BOUND_SECONDS,
      what: `${what}; limit: what is demanded of the 99th percentile`,
    });
  return [
    of('due-p99', ({ p99 }) => p99),
    of('due-p50', ({ p50 }) => p50),
    of('due-most', ({ most }) => most),
    measureOf({
      name: 'due-cpu',
      unit: 'us/case',
      runs: [{ value: cpu }],
      bound: 1e6 / PER_SECOND,
      what: "CPU time of the monitor's process for each case, heartbeats included; limit: one core, kept busy",
    }),
    measureOf({
      name: 'due-memory',
      unit: 'MB',
      runs: [{ value: peakMemory }],
      bound: MEMORY_MB,
      what: 'most resident memory of the monitor (VmHWM) meanwhile; limit: what is demanded',
    }),
  ];
}
