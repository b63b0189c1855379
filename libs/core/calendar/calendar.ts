import type { Day, Instant } from '../event/event.js';

export type DayKind = 'workday' | 'make-up' | 'weekend' | 'holiday';

/**
 * A calendar version of one region at one knowledge time: pure data, O(log n) or better.
 * Days are local dates of `zone`. `provisional` is true where the yearly notice was not yet known.
 */
export interface Calendar {
  /** Names the data it was built from; kept with every finding. */
  readonly version: string;
  readonly zone: string;
  kindOf(day: Day): DayKind;
  isWorkday(day: Day): boolean;
  /** True in a year whose yearly notice was not known: weekends and holidays fixed by law only. */
  isProvisional(day: Day): boolean;
  /** Name of the holiday (for a make-up day, of the holiday it makes up for), or null. */
  noteOf(day: Day): string | null;
  /** Working days in (from, to]; negative of (to, from] when to < from. */
  workdaysBetween(from: Day, to: Day): number;
  /** The n-th working day after `from` (n >= 1); n = 0 gives `from` itself; n < 0 the |n|-th working day before it. */
  addWorkdays(from: Day, n: number): Day;
  /** First working day at or after `day`. */
  nextWorkday(day: Day): Day;
  /** Local date of an instant in `zone`. */
  dayOf(at: Instant): Day;
  /** The instant at which the local day begins. */
  startOf(day: Day): Instant;
  isOfficeTime(at: Instant): boolean;
  /** Instant at which the office closes on that day, or null on a rest day. */
  closeOf(day: Day): Instant | null;
  /** Whole office minutes within [from, to). */
  officeMinutesBetween(from: Instant, to: Instant): number;
  /** The instant at which `minutes` of office time have passed since `from`. */
  addOfficeMinutes(from: Instant, minutes: number): Instant;
}
