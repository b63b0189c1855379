import { join } from 'node:path';
import { keyPerPartition } from '#streams/key-per-partition.js';
import { cloudEvent, nextFacts, openCaseFacts } from './bench-case.js';
import type { BenchOptions } from './bench-options.js';
import { type BenchServers, PARTITIONS, withClient } from './bench-servers.js';
import { startProgram } from './child-program.js';
import { type Measure, measureOf } from './measure.js';
import { type Background, partitionOfModel, subjectOf } from './open-cases.js';
import { JSON_HEADER, publishWorkload, type RecordToPublish } from './published-workload.js';
import { type Drained, rateBetween, watchPositions } from './watch-positions.js';

/** Cases whose events arrive in turn; then the next ones. */
const ACTIVE = 2_000;
const WARM_UP = 0.2;
const MINUTE = 60_000;
const MOST_RATIO = 1.25;

export interface CostBench {
  readonly servers: BenchServers;
  readonly options: BenchOptions;
  readonly large: Background;
  readonly small: Background;
}

/** One case that is to receive events. */
interface Drawn {
  readonly model: number;
  readonly copy: number;
}

/**
 * The same stream beside a million open cases and beside ten thousand: five further events for as many cases as the
 * small database holds, each case of which nothing is in the cache yet, drawn evenly over all that are open.
 */
export async function benchCost(bench: CostBench): Promise<Measure[]> {
  const { servers, options, large, small } = bench;
  const runs: { readonly many: Drained; readonly few: Drained }[] = [];
  for (let run = 0; run < options.runs; run += 1) {
    const name = `${small.name}_${run}`;
    const copy = { ...small, name, url: await servers.copyDatabase(name, small.name) };
    const few = await pass(bench, copy, draw(small, small, { run: 0, runs: 1 }), run);
    await servers.dropDatabase(name);
    const many = await pass(bench, large, draw(large, small, { run, runs: options.runs }), run);
    runs.push({ many, few });
    process.stderr.write(`due: run ${run + 1}: ${costOf(many)} of ${costOf(few)} us/event\n`);
  }
  return measuresOf(bench, runs);
}

/** As many cases as the small database has, evenly over all copies of every model, never one twice; shuffled. */
function draw(
  from: Background,
  small: Background,
  { run, runs }: { readonly run: number; readonly runs: number },
): Drawn[] {
  const models = small.entered.length;
  const each = small.copies;
  const drawn: Drawn[] = [];
  for (let model = 0; model < models; model += 1)
    for (let number = 0; number < each; number += 1)
      drawn.push({
        model,
        copy: Math.floor(((number * runs + run) * from.copies) / (each * runs)),
      });
  let random = 1;
  for (let last = drawn.length - 1; last > 0; last -= 1) {
    random = (random * 48_271) % 2_147_483_647;
    const other = random % (last + 1);
    [drawn[last], drawn[other]] = [drawn[other] as Drawn, drawn[last] as Drawn];
  }
  return drawn;
}

function* records(of: Background, drawn: readonly Drawn[]): Generator<RecordToPublish> {
  const keys = keyPerPartition(PARTITIONS);
  for (let begin = 0; begin < drawn.length; begin += ACTIVE) {
    const active = drawn.slice(begin, begin + ACTIVE).map(({ model, copy }) => {
      const enteredAt = of.entered[model] as number;
      return {
        key: keys[partitionOfModel(model)] as string,
        subject: subjectOf(of, model, copy),
        begun: openCaseFacts(enteredAt, of.stepHours).length,
        facts: nextFacts(enteredAt + 10 * MINUTE, 10 * MINUTE),
      };
    });
    for (let index = 0; index < (active[0]?.facts.length ?? 0); index += 1)
      for (const { key, subject, begun, facts } of active) {
        const fact = facts[index];
        if (fact === undefined) continue;
        const value = cloudEvent(subject, begun + index + 1, fact);
        yield { keys: [key], value, headers: JSON_HEADER, isEvent: true };
      }
  }
}

async function pass(
  { servers, options }: CostBench,
  of: Background,
  drawn: readonly Drawn[],
  run: number,
): Promise<Drained> {
  const topic = `bench.cost.${of.name}.${run}`;
  const log = servers.openLog(of.url);
  await log.createTopics([{ topic, partitions: PARTITIONS }]);
  const published = await publishWorkload(log, topic, records(of, drawn));
  await log.close();
  const program = startProgram({
    script: 'apps/monitor/main.js',
    env: { ...servers.envOf(of.url), MINGCHA_TOPIC: topic, MINGCHA_GROUP: topic },
    logFile: join(servers.folder, `${topic}.log`),
    profile: options.profile,
  });
  try {
    const warmUp = published.events * WARM_UP;
    return await withClient(of.url, (client) =>
      watchPositions(client, { topic, published, program, warmUp }),
    );
  } finally {
    await program.stop();
  }
}

function costOf({ warm, last }: Drained): number {
  return 1e6 / rateBetween(warm, last);
}

function cpuOf({ warm, last }: Drained): number {
  if (warm.cpuSeconds === null || last.cpuSeconds === null) return Number.NaN;
  return ((last.cpuSeconds - warm.cpuSeconds) / (last.events - warm.events)) * 1e6;
}

function measuresOf(
  { large, small, options }: CostBench,
  runs: readonly { readonly many: Drained; readonly few: Drained }[],
): Measure[] {
  const count = (of: Background) => of.copies * of.entered.length;
  const what =
    `${count(small) * 5} events from ${options.eventLog} for ${count(small)} cases drawn from ${count(large)} open ones, ` +
    `one monitor, whole pack, real clock, the first ${WARM_UP * 100} % are warm-up; limit: the same with ${count(small)} ` +
    `open cases; the ratio is to stay within ${MOST_RATIO}`;
  return [
    measureOf({
      name: 'due-cost',
      unit: 'us/event',
      runs: runs.map(({ many, few }) => ({ value: costOf(many), limit: costOf(few) })),
      what,
    }),
    measureOf({
      name: 'due-cost-cpu',
      unit: 'us/event',
      runs: runs.map(({ many, few }) => ({ value: cpuOf(many), limit: cpuOf(few) })),
      what: "the same in CPU time of the monitor's process",
    }),
  ];
}
