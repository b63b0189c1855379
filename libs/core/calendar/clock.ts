import type { Day, Instant, Limit } from '../event/event.js';
import type { Calendar } from './calendar.js';

/** Days that stop a clock, both ends included (time.md section 5: start date < d <= end date is already applied). */
export interface Stop {
  readonly first: Day;
  readonly last: Day;
  /** What stopped it: a pause number, an outage id. */
  readonly cause: string;
}

export interface ClockSettings {
  /** The day of the starting fact is day 0 and not counted. Default true. */
  readonly dayZero: boolean;
  /** Start on a rest day: 'calendar' keeps it as day 0; 'next-working-day' moves day 0. Default 'calendar'. */
  readonly restDayStart: 'calendar' | 'next-working-day';
  /** Start after close of business: 'same-day' (default) or 'next-working-day' moves day 0. */
  readonly afterHours: 'same-day' | 'next-working-day';
  /** Natural-day limits that end on a rest day end on the next working day. Default true. */
  readonly postpone: boolean;
  /** Minutes after the last day before anything is late; not used by limits in hours. Default 0. */
  readonly graceMinutes: number;
  /** Where the last day ends: at '24:00' (default) or at the close of business (民法典 203(2)); 24:00 where that day has none. */
  readonly endOfLastDay?: '24:00' | 'close-of-business';
}

export interface ClockInput {
  readonly calendar: Calendar;
  readonly startAt: Instant;
  /** Local date of the start fact where it differs from that of `startAt` (day-precision facts, back-dated acceptance). */
  readonly startDay?: Day;
  readonly limit: Limit;
  /** Days (or hours) added by lawful extensions, in the unit of the limit. */
  readonly added?: number;
  readonly stops?: readonly Stop[];
  readonly settings?: Partial<ClockSettings>;
}

/** One line of the arithmetic shown to people: every day between day 0 and the end, in order. */
export interface DayLine {
  readonly day: Day;
  readonly kind: 'workday' | 'make-up' | 'weekend' | 'holiday';
  /** Running number of the counted day, or null where the day does not count. */
  readonly count: number | null;
  /** Cause of the stop, or null. */
  readonly stop: string | null;
  readonly note: string | null;
  readonly provisional: boolean;
}

export interface Clock {
  readonly day0: Day;
  /** Limit with extensions, in its unit. */
  readonly total: number;
  readonly unit: 'G' | 'Z' | 'H';
  /** Last day of the limit, included; for H the local date of the due instant. */
  readonly lastDay: Day;
  /** First instant at which an open matter is late: 00:00 after lastDay plus grace; for H the due instant + 1 ms. */
  readonly lateAt: Instant;
  readonly provisional: boolean;
  /** Counted days in (day0, day], stops left out (for H: whole hours elapsed at the end of that day). */
  usedOn(day: Day): number;
  /** First day on which `n` days are used (n >= 0); n = 0 gives day0. No postponement. For G and Z only. */
  dayUsing(n: number): Day;
  /** First instant at which more than `n` of the unit are used up (limits other than the clock's own, with postponement for Z). */
  lateAfter(n: number): Instant;
  /** Day-by-day arithmetic from day0 to `upTo`, both included. */
  days(upTo: Day): DayLine[];
}
