import type { DayLine } from '#core/calendar/clock.js';
import { dayText } from './texts.js';

/** One day of the arithmetic, as the core counted it. */
export interface ExplainedDay {
  /** Local date, YYYY-MM-DD. */
  readonly date: string;
  readonly kind: DayLine['kind'];
  /** Running number of the counted day; null: the day does not count. */
  readonly count: number | null;
  /** Number of the pause or outage. */
  readonly stop: string | null;
  /** Name of the holiday. */
  readonly note: string | null;
  /** The yearly notice was not published yet. */
  readonly provisional: boolean;
}

/** The days of a clock as they stand in answers. */
export function dayList(lines: readonly DayLine[]): ExplainedDay[] {
  return lines.map(({ day, kind, count, stop, note, provisional }) => ({
    date: dayText(day),
    kind,
    count,
    stop,
    note,
    provisional,
  }));
}
