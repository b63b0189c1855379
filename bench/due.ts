import type { BenchOptions } from './bench-options.js';
import { type BenchServers, startServers, withClient } from './bench-servers.js';
import { benchCost } from './due-cost.js';
import { benchLatency } from './due-latency.js';
import type { Measure } from './measure.js';
import { type Background, fillWithOpenCases, type OpenCases } from './open-cases.js';

const DEFAULT_CASES = 1_000_000;
const SMALL_CASES = 10_000;
const HOUR = 3_600_000;
/** Models that are not due for days, entered over the last hours. */
const MODELS = 500;
const LATER_HOURS = 400;

/** A million open cases: how soon those that fall due are acted upon, and what an event costs beside ten thousand. */
export async function benchDue(options: BenchOptions): Promise<Measure[]> {
  const servers = await startServers({
    ...options,
    postgres: { track_commit_timestamp: 'on', shared_buffers: '2GB', max_wal_size: '8GB' },
  });
  try {
    const cases = options.cases ?? DEFAULT_CASES;
    const small = await background(servers, 'bench_small', Math.min(SMALL_CASES, cases));
    const large = await background(servers, 'bench_large', cases);
    const latency = await benchLatency({ servers, options, large });
    return [...latency, ...(await benchCost({ servers, options, large, small }))];
  } finally {
    await servers.stop();
  }
}

async function background(servers: BenchServers, name: string, count: number): Promise<Background> {
  const url = await servers.copyDatabase(name);
  const now = Date.now();
  const models = Math.min(MODELS, count);
  const cases: OpenCases = {
    prefix: 'L',
    entered: Array.from(
      { length: models },
      (_, model) => now - 2 * HOUR - Math.floor((model / models) * 16 * HOUR),
    ),
    stepHours: LATER_HOURS,
    copies: Math.ceil(count / models),
  };
  let told = 0;
  await fillWithOpenCases(url, cases, (made) => {
    if (made - told < 100_000) return;
    told = made;
    process.stderr.write(`${name}: ${made} open cases\n`);
  });
  await withClient(url, (client) => client.query('vacuum (analyze)'));
  await withClient(url, (client) => client.query('checkpoint'));
  return { ...cases, url, name };
}
