import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { citySettings } from '#simulator/city-settings.js';
import { startAuditProcesses } from '../apps/cli/demo/audit-processes.js';
import type { BenchOptions } from './bench-options.js';
import { type BenchServers, PARTITIONS, startServers, TOPIC, withClient } from './bench-servers.js';
import { startProgram } from './child-program.js';
import { type Measure, measureOf } from './measure.js';
import {
  asPublished,
  CITY,
  type PublishedWorkload,
  publishWorkload,
  workloadRecords,
} from './published-workload.js';
import { type Drained, rateBetween, watchPositions } from './watch-positions.js';

const DEFAULT_EVENTS = 150_000;
/** Share of the events after which counting begins. */
const WARM_UP = 0.2;
const MEMORY_MB = 512;

/** What one process did with the whole topic. */
interface Passage extends Drained {
  readonly peakMemory: number | null;
  /** Case events in the database afterwards; repeats are saved once. */
  readonly saved: number;
}

interface Bench {
  readonly servers: BenchServers;
  readonly published: PublishedWorkload;
  readonly options: BenchOptions;
  readonly city: string;
}

/**
 * From the event log to the commit: one monitor, started on a topic that is already full, each run on a database of its
 * own; before it, in the same run, the bare limit on the same records.
 */
export async function benchPipeline(options: BenchOptions): Promise<Measure[]> {
  const servers = await startServers(options);
  try {
    const published = await fillTopic(servers, options);
    const city = join(servers.folder, 'city.yaml');
    writeFileSync(city, stringify(citySettings(CITY)));
    const bench: Bench = { servers, published, options, city };
    const full: Passage[] = [];
    const bare: Passage[] = [];
    for (let run = 1; run <= options.runs; run += 1) {
      bare.push(await pass(bench, 'bare', run));
      full.push(await pass(bench, 'full', run));
      compare(bare.at(-1) as Passage, full.at(-1) as Passage);
      process.stderr.write(`pipeline run ${run}: ${told(full)} of ${told(bare)} events/s\n`);
    }
    return measuresOf(bench, full, bare);
  } finally {
    await servers.stop();
  }
}

function told(passages: readonly Passage[]): number {
  const last = passages.at(-1);
  return last === undefined ? 0 : Math.round(rateBetween(last.warm, last.last));
}

async function fillTopic(servers: BenchServers, options: BenchOptions): Promise<PublishedWorkload> {
  const log = servers.openLog(servers.templateUrl);
  try {
    await log.createTopics([{ topic: TOPIC, partitions: PARTITIONS }]);
    const records = workloadRecords({
      events: options.events ?? DEFAULT_EVENTS,
      behaviours: options.behaviours,
    });
    return await publishWorkload(log, TOPIC, asPublished(records));
  } finally {
    await log.close();
  }
}

async function pass(bench: Bench, kind: 'bare' | 'full', run: number): Promise<Passage> {
  const { servers, published, options, city } = bench;
  const name = `bench_${kind}_${run}`;
  const url = await servers.copyDatabase(name);
  const program = startProgram({
    script: kind === 'full' ? 'apps/monitor/main.js' : 'bench/bare-limit.js',
    env: {
      ...servers.envOf(url),
      MINGCHA_CITY: city,
      MINGCHA_RECORD_TIME: 'true',
      MINGCHA_GROUP: name,
    },
    logFile: join(servers.folder, `${name}.log`),
    profile: kind === 'full' ? options.profile : null,
  });
  const isWithTrail = options.sequencer && kind === 'full';
  const audit = isWithTrail
    ? await startAuditProcesses(join(servers.folder, `trail_${run}`), url)
    : null;
  try {
    return await withClient(url, async (client) => {
      const drained = await watchPositions(client, {
        topic: TOPIC,
        published,
        program,
        warmUp: published.events * WARM_UP,
      });
      const peakMemory = program.peakMemory();
      const { rows } = await client.query<{ n: string }>(
        "select count(*) as n from event where type !~ '^(feed|catalog|org|calendar)\\.'",
      );
      return { ...drained, peakMemory, saved: Number(rows[0]?.n ?? 0) };
    });
  } finally {
    await program.stop();
    await audit?.stop();
    await servers.dropDatabase(name);
  }
}

/** Both must have saved the same events, or the ratio means nothing. */
function compare(bare: Passage, full: Passage): void {
  if (bare.saved !== full.saved)
    throw new Error(`the bare limit saved ${bare.saved} events, the monitor ${full.saved}`);
}

function cpuPerEvent({ warm, last }: Passage): number {
  if (warm.cpuSeconds === null || last.cpuSeconds === null) return Number.NaN;
  return ((last.cpuSeconds - warm.cpuSeconds) / (last.events - warm.events)) * 1e6;
}

function measuresOf(bench: Bench, full: readonly Passage[], bare: readonly Passage[]): Measure[] {
  const { servers, published, options } = bench;
  const paired = (value: (passage: Passage) => number) =>
    full.map((passage, index) => ({ value: value(passage), limit: value(bare[index] as Passage) }));
  const workload =
    `${published.events} case events of the simulator (${published.records} records, ` +
    `behaviours ${options.behaviours}) from ${servers.eventLog}, ${PARTITIONS} partitions, one monitor, whole pack, ` +
    `${options.sealed ? 'sealed' : 'not sealed'}${options.sequencer ? ', sequencer, signer and witness beside it' : ''}; the first ${WARM_UP * 100} % are warm-up`;
  const limit = 'limit: the same records decoded, event and audit rows inserted, no case, no rule';
  return [
    measureOf({
      name: 'pipeline',
      unit: 'events/s',
      runs: paired(({ warm, last }) => rateBetween(warm, last)),
      what: `${workload}; ${limit}`,
    }),
    measureOf({
      name: 'pipeline-records',
      unit: 'records/s',
      runs: paired(({ warm, last }) => rateBetween(warm, last, 'records')),
      what: 'the same, reference facts of every partition counted too',
    }),
    measureOf({
      name: 'pipeline-with-warm-up',
      unit: 'events/s',
      runs: paired(({ first, last }) => rateBetween(first, last)),
      what: 'the same, from the first commit',
    }),
    measureOf({
      name: 'pipeline-cpu',
      unit: 'us/event',
      runs: paired(cpuPerEvent),
      what: "CPU time of the monitor's process, limit: of the bare limit's",
    }),
    measureOf({
      name: 'pipeline-memory',
      unit: 'MB',
      runs: full.map(({ peakMemory }) => ({ value: peakMemory ?? Number.NaN })),
      bound: MEMORY_MB,
      what: 'most resident memory of the monitor (VmHWM), limit: what is demanded',
    }),
  ];
}
