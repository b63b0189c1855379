import { CommandError, EXIT } from '../apps/cli/command.js';
import { type BenchOptions, readBenchOptions } from './bench-options.js';
import type { Measure } from './measure.js';

const USAGE = `npm run -s bench -- engine|pipeline|due|replay|audit [options]

Prints one JSON line for each measure; docs/benchmarks.md says how each is taken.
  --runs N          runs, of which the median counts (default 5)
  --events N        events of the workload
  --cases N         cases of the log (replay), open cases in the database (due)
  --event-log X     kafka (default) or inbox
  --behaviours S    share of cases with an injected behaviour or a near miss (default 0, the lawful workload)
  --sealed          received bytes encrypted under case keys
  --sequencer       with sequencer, signer and witness beside the monitor (pipeline)
  --profile FOLDER  a CPU profile of each measured process
`;

type Bench = (options: BenchOptions) => Measure[] | Promise<Measure[]>;

/** Loaded when asked for: an engine's figures are not to depend on what the others bring into memory. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  engine: async () => (await import('./engine.js')).benchEngine,
  pipeline: async () => (await import('./pipeline.js')).benchPipeline,
  due: async () => (await import('./due.js')).benchDue,
  replay: async () => (await import('./replay.js')).benchReplay,
  audit: async () => (await import('./audit.js')).benchAudit,
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  const load = BENCHES[name ?? ''];
  if (load === undefined) {
    process.stderr.write(USAGE);
    return name === '--help' ? EXIT.ok : EXIT.usage;
  }
  const options = readBenchOptions(args);
  const bench = await load();
  for (const measure of await bench(options)) process.stdout.write(`${JSON.stringify(measure)}\n`);
  return EXIT.ok;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const expected = error instanceof CommandError;
  process.stderr.write(`${expected ? error.message : ((error as Error).stack ?? error)}\n`);
  process.exitCode = expected ? error.exitCode : EXIT.failed;
}
