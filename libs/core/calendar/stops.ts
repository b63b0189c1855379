import type { Day } from '../event/event.js';
import type { Calendar } from './calendar.js';
import type { Stop } from './clock.js';
import { dayOfDate } from './local-time.js';

/** Last day of a stop whose end and limit are both unknown: 9999-12-31. */
export const OPEN_END: Day = dayOfDate(9999, 12, 31);

/** A pause as recorded: the local dates of its start and end, and the limit it was given. */
export interface PauseDays {
  readonly start: Day;
  /** Null while it still runs: it then stops every day up to its limit, or up to `OPEN_END` where it has none. */
  readonly end: Day | null;
  /** Days the pause may stop, in `unit`; null where none was stated or where `capAtLimit` is off. */
  readonly limit: number | null;
  readonly unit: 'G' | 'Z';
  readonly cause: string;
}

/**
 * The days a pause stops: those d with start < d <= end, and of these only the first `limit` (time.md section 5,
 * `capAtLimit`). Null where it stops no day (ended on its start date, a limit of 0). A limit that is not whole
 * is rounded up.
 */
export function capStop(calendar: Calendar, pause: PauseDays): Stop | null {
  const first = pause.start + 1;
  let last = pause.end ?? OPEN_END;
  if (pause.limit !== null) {
    const allowed = Math.max(0, Math.ceil(pause.limit));
    const cap =
      pause.unit === 'G' ? calendar.addWorkdays(pause.start, allowed) : pause.start + allowed;
    last = Math.min(last, cap);
  }
  return last < first ? null : { first, last, cause: pause.cause };
}

/** Days stopped, causes left out: sorted, disjoint, none before `from`. */
export interface StoppedSpan {
  readonly first: Day;
  readonly last: Day;
}

const NO_SPANS: readonly StoppedSpan[] = [];

/** The union of stops from `from` on: a day that several stops cover is stopped once. Empty and reversed stops count for nothing. */
export function uniteStops(stops: readonly Stop[] | undefined, from: Day): readonly StoppedSpan[] {
  if (!stops || stops.length === 0) return NO_SPANS;
  const sorted = stops
    .map(({ first, last }) => ({ first: Math.max(first, from), last }))
    .filter(({ first, last }) => first <= last)
    .sort((a, b) => a.first - b.first);
  const united: { first: Day; last: Day }[] = [];
  for (const span of sorted) {
    const previous = united[united.length - 1];
    if (previous && span.first <= previous.last + 1) {
      previous.last = Math.max(previous.last, span.last);
    } else {
      united.push(span);
    }
  }
  return united;
}

/** Cause of the first stop in the list that covers the day, or null. */
export function causeOn(stops: readonly Stop[] | undefined, day: Day): string | null {
  return stops?.find(({ first, last }) => day >= first && day <= last)?.cause ?? null;
}
