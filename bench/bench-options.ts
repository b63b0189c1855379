import { CommandError, readOptions, wholeNumber } from '../apps/cli/command.js';

/** Options of every benchmark; each takes from them what it needs. */
export interface BenchOptions {
  readonly runs: number;
  /** Events of the workload; null: the benchmark's default. */
  readonly events: number | null;
  /** Cases of the workload or open cases in the database; null: the benchmark's default. */
  readonly cases: number | null;
  readonly eventLog: 'kafka' | 'inbox';
  /** Share of cases with an injected behaviour or a near miss; 0: the lawful workload. */
  readonly behaviours: number;
  /** Received bytes encrypted under case keys. */
  readonly sealed: boolean;
  /** Sequencer, signer and witness run beside the monitor. */
  readonly sequencer: boolean;
  /** Folder for CPU profiles of the measured processes; null: none are taken. */
  readonly profile: string | null;
}

const MOST = 10_000_000;

/** @throws CommandError naming the option and what it takes. */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = readOptions(args, {
    runs: { type: 'string' },
    events: { type: 'string' },
    cases: { type: 'string' },
    'event-log': { type: 'string' },
    behaviours: { type: 'string' },
    sealed: { type: 'boolean' },
    sequencer: { type: 'boolean' },
    profile: { type: 'string' },
  });
  const eventLog = values['event-log'] ?? 'kafka';
  if (eventLog !== 'kafka' && eventLog !== 'inbox')
    throw new CommandError(`--event-log takes kafka or inbox, not '${eventLog}'`);
  const behaviours = Number(values.behaviours ?? 0);
  if (!(behaviours >= 0 && behaviours <= 1))
    throw new CommandError(`--behaviours takes a share from 0 to 1, not '${values.behaviours}'`);
  const count = (text: string | undefined, name: string) =>
    text === undefined ? null : wholeNumber(text, name, { least: 1, most: MOST, otherwise: 1 });
  return {
    runs: wholeNumber(values.runs, 'runs', { least: 1, most: 99, otherwise: 5 }),
    events: count(values.events, 'events'),
    cases: count(values.cases, 'cases'),
    eventLog,
    behaviours,
    sealed: values.sealed === true,
    sequencer: values.sequencer === true,
    profile: values.profile ?? null,
  };
}
