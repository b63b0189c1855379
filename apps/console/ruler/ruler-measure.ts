import type { DayLine } from './ruler-types.js';

/** What the API's list says between two of its days. */
export interface Measure {
  readonly from: string;
  readonly to: string;
  /** Number reached on each day, by the list; null where the list numbers no day (limits in hours). */
  readonly countFrom: number | null;
  readonly countTo: number | null;
  readonly difference: number | null;
  /** Entries of the list after the first day up to the second. */
  readonly span: number;
  readonly stopped: number;
  /** Numbers of the pauses and outages among them. */
  readonly stops: readonly string[];
  readonly rest: number;
  readonly provisional: boolean;
}

/** Null where a day is not in the list. The earlier day comes first, whichever was chosen first. */
export function measure(days: readonly DayLine[], one: string, other: string): Measure | null {
  const [from, to] = one <= other ? [one, other] : [other, one];
  const start = days.findIndex(({ date }) => date === from);
  const end = days.findIndex(({ date }) => date === to);
  if (start === -1 || end === -1) return null;
  const between = days.slice(start + 1, end + 1);
  const stopped = between.filter(({ stop }) => stop !== null);
  const numbered = days.some(({ count }) => count !== null);
  const countFrom = numbered ? countOn(days, start) : null;
  const countTo = numbered ? countOn(days, end) : null;
  return {
    from,
    to,
    countFrom,
    countTo,
    difference: countFrom === null || countTo === null ? null : countTo - countFrom,
    span: between.length,
    stopped: stopped.length,
    stops: [...new Set(stopped.map(({ stop }) => stop as string))],
    rest: between.filter(({ kind, count, stop }) => count === null && stop === null && isRest(kind))
      .length,
    provisional: between.some((day) => day.provisional),
  };
}

function isRest(kind: DayLine['kind']): boolean {
  return kind === 'weekend' || kind === 'holiday';
}

/** The number that the list has reached on a day: its own, or the last one before it. */
function countOn(days: readonly DayLine[], index: number): number {
  for (let at = index; at >= 0; at--) {
    const count = days[at]?.count ?? null;
    if (count !== null) return count;
  }
  return 0;
}

/** `2025-09-15..2025-10-17` as an address writes it; either may be missing. */
export function readPoints(text: string): readonly string[] {
  return text
    .split('..')
    .filter((point) => /^\d{4}-\d{2}-\d{2}$/.test(point))
    .slice(0, 2);
}

/** The points after a day was chosen: the second completes the measure, a third begins a new one. */
export function withPoint(points: readonly string[], date: string): readonly string[] {
  if (points.length !== 1) return [date];
  return points[0] === date ? [] : [points[0] as string, date];
}
