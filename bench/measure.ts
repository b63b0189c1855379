/** One line of a benchmark's output. */
export interface Measure {
  readonly name: string;
  /** Median of the runs. */
  readonly value: number;
  readonly unit: string;
  /** The bare limit measured in the same run, or the bound that is demanded; `what` says which. Null: there is none. */
  readonly limit: number | null;
  /** value / limit. */
  readonly ratio: number | null;
  readonly runs: readonly Run[];
  /** What was run, and what the limit is. */
  readonly what: string;
}

/** One run: its value and, where the limit is measured, the limit beside it. */
export interface Run {
  readonly value: number;
  readonly limit?: number;
}

/** Name, unit and account of a measure whose runs are still to be counted. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly what: string;
  readonly runs: readonly Run[];
  /** A bound that is demanded, the same in every run; without it the limits of the runs count. */
  readonly bound?: number;
}

/** Middle value; the mean of the two middle ones where their number is even. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** The median of runs as a line: value, limit, and the ratio of the two medians. */
export function measureOf({ name, unit, what, runs, bound }: Measured): Measure {
  const limits = runs.flatMap(({ limit }) => (limit === undefined ? [] : [limit]));
  const value = median(runs.map((run) => run.value));
  const limit = bound ?? (limits.length > 0 ? median(limits) : null);
  return {
    name,
    value: rounded(value),
    unit,
    limit: limit === null ? null : rounded(limit),
    ratio: limit === null ? null : rounded(value / limit),
    runs: runs.map((run) => ({
      value: rounded(run.value),
      ...(run.limit === undefined ? {} : { limit: rounded(run.limit) }),
    })),
    what,
  };
}

/** Whole numbers from 1,000 on, otherwise three significant digits. */
function rounded(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3));
}
