import { type SimulatedRecord, simulate } from './simulate.js';

export interface WorkloadOptions {
  readonly seed: number;
  readonly casesPerDay: number;
  /** Natural days of filing. */
  readonly days: number;
  /** `YYYY-MM-DD`, 2024 to 2026. */
  readonly startOn: string;
}

/**
 * Lawful cases only, interleaved as they arrive, for benches: about 15 records a case, `casesPerDay` on average with
 * the city's load by day. Reference facts come first. Pure, bounded memory, same bytes for the same options.
 */
export function* workload(options: WorkloadOptions): Generator<SimulatedRecord> {
  yield* simulate({
    seed: options.seed,
    cases: options.casesPerDay * options.days,
    days: options.days,
    startOn: options.startOn,
    behaviourShare: 0,
  });
}
