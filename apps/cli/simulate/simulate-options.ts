import { citySettings } from '#simulator/city-settings.js';
import type { SimulateOptions } from '#simulator/simulate.js';
import { CommandError, wholeNumber } from '../command.js';

/** Options that every command with a simulated city takes. */
export const SIMULATE_OPTIONS = {
  seed: { type: 'string' },
  cases: { type: 'string' },
  days: { type: 'string' },
  start: { type: 'string' },
  behaviours: { type: 'string' },
} as const;

export const SIMULATE_USAGE = `  --seed N          the same seed gives the same city, bytes and all (default 1)
  --cases N         cases filed (default 20000)
  --days N          natural days over which they are filed (default 250)
  --start DATE      first day of filing (default 2025-01-06); the run lies within 2024 to 2026
  --behaviours S    share of cases with an injected behaviour or a near miss, 0 to 1 (default 0.3)`;

type Values = { readonly [K in keyof typeof SIMULATE_OPTIONS]?: string | undefined };

export function simulateOptions(values: Values): SimulateOptions {
  const share = values.behaviours === undefined ? undefined : Number(values.behaviours);
  if (share !== undefined && !(share >= 0 && share <= 1))
    throw new CommandError(`--behaviours takes a share from 0 to 1, not '${values.behaviours}'`);
  const options: SimulateOptions = {
    seed: wholeNumber(values.seed, 'seed', { least: 0, most: 2 ** 31, otherwise: 1 }),
    cases: wholeNumber(values.cases, 'cases', { least: 1, most: 5_000_000, otherwise: 20_000 }),
    days: wholeNumber(values.days, 'days', { least: 1, most: 700, otherwise: 250 }),
    startOn: values.start ?? '2025-01-06',
    ...(share === undefined ? {} : { behaviourShare: share }),
  };
  try {
    citySettings(options);
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
  return options;
}
