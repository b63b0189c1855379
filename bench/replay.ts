import { once } from 'node:events';
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SimulatedRecord, simulate } from '#simulator/simulate.js';
import { nativeEvents } from '../apps/cli/replay/native-log.js';
import type { BenchOptions } from './bench-options.js';
import { startProgram } from './child-program.js';
import { type Measure, measureOf, type Run } from './measure.js';
import { isReference } from './published-workload.js';

const DEFAULT = { events: 500_000, cases: 150_000 };
const FILING_DAYS = 3;
/** So many more are filed as that the wanted number has begun when the log is cut off. */
const MORE_CASES = 1.1;
const SECONDS = 20;
const MEMORY_MB = 500;
const LOOK_EVERY_MS = 50;

/** `mingcha replay` over a log of many short cases, in a process of its own. */
export async function benchReplay(options: BenchOptions): Promise<Measure[]> {
  const size = { events: options.events ?? DEFAULT.events, cases: options.cases ?? DEFAULT.cases };
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-bench-'));
  try {
    const log = join(folder, 'log.jsonl');
    const written = await writeLog(log, size, options.behaviours);
    const figures: Figures = { seconds: [], cpu: [], memory: [] };
    let findings = 0;
    for (let run = 1; run <= options.runs; run += 1) {
      const limit = await readOnly(log);
      const replayed = await replay(folder, log, options.profile);
      figures.seconds.push({ value: replayed.seconds, limit });
      figures.cpu.push({ value: replayed.cpuSeconds ?? Number.NaN });
      figures.memory.push({ value: replayed.peakMemory ?? Number.NaN });
      findings = replayed.findings;
      process.stderr.write(`replay run ${run}: ${replayed.seconds} s, reading alone ${limit} s\n`);
    }
    return measuresOf(`${told(written)}, ${findings} findings`, figures);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Figures {
  readonly seconds: Run[];
  readonly cpu: Run[];
  readonly memory: Run[];
}

function measuresOf(what: string, { seconds, cpu, memory }: Figures): Measure[] {
  const run = `mingcha replay of ${what}, whole pack, in a process of its own`;
  return [
    measureOf({
      name: 'replay',
      unit: 's',
      runs: seconds.map(({ value }) => ({ value })),
      bound: SECONDS,
      what: `${run}, start and output included; limit: what is demanded`,
    }),
    measureOf({
      name: 'replay-cpu',
      unit: 's',
      runs: cpu,
      what: `${run}; CPU time of all its threads`,
    }),
    measureOf({
      name: 'replay-over-reading',
      unit: 's',
      runs: seconds,
      what: 'the same; limit: reading and decoding the same log, in the same run',
    }),
    measureOf({
      name: 'replay-memory',
      unit: 'MB',
      runs: memory,
      bound: MEMORY_MB,
      what: 'most resident memory of that process (VmHWM); limit: what is demanded',
    }),
  ];
}

interface LogSize {
  readonly events: number;
  readonly cases: number;
}

interface Written extends LogSize {
  readonly megabytes: number;
}

function told({ events, cases, megabytes }: Written): string {
  return `${events} interleaved events in ${cases} cases (${megabytes} MB)`;
}

/**
 * A simulated city as it stands some days after filing began: the first events of each case, in order of receipt, cut
 * off where the wanted number is reached, so that cases are many and short and most of them still within their limits.
 */
function* shortCases(size: LogSize, behaviours: number): Generator<SimulatedRecord> {
  const eventsPerCase = Math.ceil(size.events / size.cases);
  const taken = new Map<string, number>();
  let events = 0;
  const stream = simulate({
    seed: 1,
    cases: Math.ceil(size.cases * MORE_CASES),
    days: FILING_DAYS,
    startOn: '2025-03-03',
    behaviourShare: behaviours,
  });
  for (const record of stream) {
    if (/"type":"feed\./.test(record.value)) continue;
    if (!isReference(record.value)) {
      const before = taken.get(record.key) ?? 0;
      if (before === eventsPerCase || (before === 0 && taken.size === size.cases)) continue;
      taken.set(record.key, before + 1);
      events += 1;
    }
    yield record;
    if (events === size.events) return;
  }
}

async function writeLog(path: string, size: LogSize, behaviours: number): Promise<Written> {
  const out = createWriteStream(path);
  const keys = new Set<string>();
  let events = 0;
  for (const { receivedAt, key, value } of shortCases(size, behaviours)) {
    if (!isReference(value)) {
      keys.add(key);
      events += 1;
    }
    if (!out.write(`${JSON.stringify({ receivedAt, key, value })}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return { events, cases: keys.size, megabytes: Math.round(statSync(path).size / 1e6) };
}

/** Seconds to read and decode the log alone, in this process. */
async function readOnly(log: string): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  for await (const event of nativeEvents(log)) if (event.id !== '') count += 1;
  if (count === 0) throw new Error(`${log} holds no events`);
  return (performance.now() - startedAt) / 1_000;
}

interface Replayed {
  readonly seconds: number;
  /** Of all threads; null where the system does not tell. */
  readonly cpuSeconds: number | null;
  readonly peakMemory: number | null;
  readonly findings: number;
}

async function replay(folder: string, log: string, profile: string | null): Promise<Replayed> {
  const out = join(folder, 'findings.jsonl');
  const logFile = join(folder, 'replay.log');
  const startedAt = performance.now();
  const program = startProgram({
    script: 'apps/cli/main.js',
    args: ['replay', '--log', log, '--out', out],
    env: {},
    logFile,
    profile,
  });
  let cpuSeconds: number | null = null;
  // Nothing is known of a process that has ended.
  const looking = setInterval(() => {
    cpuSeconds = program.cpuSeconds() ?? cpuSeconds;
  }, LOOK_EVERY_MS);
  const code = await program.ended;
  clearInterval(looking);
  const seconds = (performance.now() - startedAt) / 1_000;
  if (code !== 0) throw new Error(`replay ended with ${code}: ${readFileSync(logFile, 'utf8')}`);
  const findings = await linesOf(out);
  return { seconds, cpuSeconds, peakMemory: program.peakMemory(), findings };
}

async function linesOf(path: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>)
    for (const byte of chunk) if (byte === 10) lines += 1;
  return lines;
}
