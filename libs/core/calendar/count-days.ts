import type { Day, Instant } from '../event/event.js';
import type { Calendar } from './calendar.js';
import { DAY_MS } from './local-time.js';

/** The four ways to count (time.md section 7); a rule names one. */
export type DayCount = 'workday' | 'calendar-date' | 'elapsed' | 'elapsed-floor';

/** Working days in (date of `from`, date of `to`], dates taken in the zone of the calendar; negative when `to` is earlier. */
export function countWorkdays(calendar: Calendar, from: Instant, to: Instant): number {
  return calendar.workdaysBetween(calendar.dayOf(from), calendar.dayOf(to));
}

/** Difference of the local dates in the zone of the calendar, hours ignored; negative when `to` is earlier. */
export function countCalendarDates(calendar: Calendar, from: Instant, to: Instant): number {
  return calendar.dayOf(to) - calendar.dayOf(from);
}

/** Exact duration in milliseconds; no zone and no calendar. */
export function elapsed(from: Instant, to: Instant): number {
  return to - from;
}

/** Whole blocks of 24 hours in the exact duration, cut towards zero. For comparison with others' figures, never for a rule. */
export function elapsedFloor(from: Instant, to: Instant): number {
  return Math.trunc((to - from) / DAY_MS) || 0;
}

/**
 * The day `n` days before an event day, which is day 0 (行政许可法 48, 50): G the n-th working day before it, Z n natural
 * days before it, not moved where that is a rest day. n = 0 gives the event day. @throws RangeError for n < 0.
 */
export function countBack(calendar: Calendar, eventDay: Day, n: number, unit: 'G' | 'Z'): Day {
  if (!(n >= 0)) throw new RangeError(`cannot count back ${n} days: give zero or more`);
  const whole = Math.ceil(n);
  return unit === 'G' ? calendar.addWorkdays(eventDay, -whole) : eventDay - whole;
}
