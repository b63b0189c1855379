import type { Day, Instant } from '../event/event.js';
import type { Calendar } from './calendar.js';
import type { Clock, ClockInput, ClockSettings, DayLine, Stop } from './clock.js';
import { HourClock } from './hour-clock.js';
import { dateOfDay, dayOfDate } from './local-time.js';
import { causeOn, type StoppedSpan, uniteStops } from './stops.js';

const MINUTE_MS = 60_000;

/** The defaults of time.md section 3. */
export const DEFAULT_CLOCK_SETTINGS: Required<ClockSettings> = {
  dayZero: true,
  restDayStart: 'calendar',
  afterHours: 'same-day',
  postpone: true,
  graceMinutes: 0,
  endOfLastDay: '24:00',
};

function completeSettings(given: Partial<ClockSettings> | undefined): Required<ClockSettings> {
  if (!given) return DEFAULT_CLOCK_SETTINGS;
  const standard = DEFAULT_CLOCK_SETTINGS;
  return {
    dayZero: given.dayZero ?? standard.dayZero,
    restDayStart: given.restDayStart ?? standard.restDayStart,
    afterHours: given.afterHours ?? standard.afterHours,
    postpone: given.postpone ?? standard.postpone,
    graceMinutes: given.graceMinutes ?? standard.graceMinutes,
    endOfLastDay: given.endOfLastDay ?? standard.endOfLastDay,
  };
}

/** The local date the limit starts from, after `afterHours` and `restDayStart`. */
function startDayOf(input: ClockInput, settings: Required<ClockSettings>): Day {
  const { calendar, startAt } = input;
  let day = input.startDay ?? calendar.dayOf(startAt);
  // A fact with a date of its own has no hour that could be after the close of business.
  if (settings.afterHours === 'next-working-day' && day === calendar.dayOf(startAt)) {
    const closesAt = calendar.closeOf(day);
    if (closesAt !== null && startAt >= closesAt) day = calendar.nextWorkday(day + 1);
  }
  return settings.restDayStart === 'next-working-day' ? calendar.nextWorkday(day) : day;
}

/** True where any day of [first, last] lies in a year whose notice is not known. */
export function touchesProvisional(calendar: Calendar, first: Day, last: Day): boolean {
  if (calendar.isProvisional(first) || calendar.isProvisional(last)) return true;
  const lastYear = dateOfDay(last).year;
  for (let year = dateOfDay(first).year + 1; year < lastYear; year++) {
    if (calendar.isProvisional(dayOfDate(year, 1, 1))) return true;
  }
  return false;
}

class DayClock implements Clock {
  readonly day0: Day;
  readonly total: number;
  readonly unit: 'G' | 'Z';
  readonly lastDay: Day;
  readonly lateAt: Instant;
  readonly #calendar: Calendar;
  readonly #settings: Required<ClockSettings>;
  readonly #startDay: Day;
  readonly #stops: readonly Stop[] | undefined;
  readonly #stopped: readonly StoppedSpan[];

  constructor(input: ClockInput, unit: 'G' | 'Z', total: number) {
    this.#calendar = input.calendar;
    this.#settings = completeSettings(input.settings);
    this.#startDay = startDayOf(input, this.#settings);
    this.day0 = this.#settings.dayZero ? this.#startDay : this.#startDay - 1;
    this.total = total;
    this.unit = unit;
    this.#stops = input.stops;
    this.#stopped = uniteStops(input.stops, this.day0 + 1);
    this.lastDay = this.#lastDayFor(total);
    this.lateAt = this.#lateAfterDay(this.lastDay);
  }

  get provisional(): boolean {
    const first = Math.min(this.day0 + 1, this.lastDay);
    return touchesProvisional(this.#calendar, first, this.lastDay);
  }

  usedOn(day: Day): number {
    if (day <= this.day0) return 0;
    let used = this.#countIn(this.day0 + 1, day);
    for (const { first, last } of this.#stopped) {
      if (first > day) break;
      used -= this.#countIn(first, Math.min(last, day));
    }
    return used;
  }

  dayUsing(n: number): Day {
    const whole = Math.ceil(n);
    if (!(whole > 0)) return this.day0;
    let reached = this.#dayAfter(whole);
    if (this.#stopped.length === 0) return reached;
    let stopped = 0;
    for (const { first, last } of this.#stopped) {
      if (reached < first) break;
      stopped += this.#countIn(first, last);
      reached = this.#dayAfter(whole + stopped);
    }
    return reached;
  }

  lateAfter(n: number): Instant {
    return this.#lateAfterDay(this.#lastDayFor(n));
  }

  days(upTo: Day): DayLine[] {
    const lines: DayLine[] = [];
    let count = 0;
    for (let day = this.day0; day <= upTo; day++) {
      const stop = day > this.day0 ? causeOn(this.#stops, day) : null;
      const counts =
        day > this.day0 && stop === null && (this.unit === 'Z' || this.#calendar.isWorkday(day));
      if (counts) count++;
      lines.push({
        day,
        kind: this.#calendar.kindOf(day),
        count: counts ? count : null,
        stop,
        note: this.#calendar.noteOf(day),
        provisional: this.#calendar.isProvisional(day),
      });
    }
    return lines;
  }

  /** Days of the unit in [first, last]. */
  #countIn(first: Day, last: Day): number {
    return this.unit === 'G' ? this.#calendar.workdaysBetween(first - 1, last) : last - first + 1;
  }

  /** The n-th day of the unit after day 0, stops not looked at. */
  #dayAfter(n: number): Day {
    return this.unit === 'G' ? this.#calendar.addWorkdays(this.day0, n) : this.day0 + n;
  }

  #lastDayFor(n: number): Day {
    const last = Math.max(this.dayUsing(n), this.#startDay);
    return this.unit === 'Z' && this.#settings.postpone ? this.#calendar.nextWorkday(last) : last;
  }

  #lateAfterDay(last: Day): Instant {
    const closesAt =
      this.#settings.endOfLastDay === 'close-of-business' ? this.#calendar.closeOf(last) : null;
    const endsAt = closesAt ?? this.#calendar.startOf(last + 1);
    return endsAt + this.#settings.graceMinutes * MINUTE_MS;
  }
}

/**
 * The clock of one limit. Counts the half-open interval (day 0, last day] in the limit's own unit, stops left out
 * (overlapping stops once), extensions added; no unit is ever converted. G ends on a working day by construction
 * (limit 0: on day 0); Z is postponed to the next working day (民法典 203(1)); H runs from the minute of the fact
 * (民法典 201(2)) and is late 1 ms after the due instant. Limits that are not whole days end with the day begun.
 * With `dayZero` false day 0 is the day before the start day. Constant time without stops, else linear in the stops.
 * @throws RangeError for a limit below 0 or a start that is not an instant.
 */
export function computeClock(input: ClockInput): Clock {
  const { limit, startAt } = input;
  const total = limit.value + (input.added ?? 0);
  if (!(total >= 0 && total < Number.POSITIVE_INFINITY)) {
    throw new RangeError(
      `a limit of ${limit.value} ${limit.unit} with ${input.added ?? 0} added cannot run: give zero or more`,
    );
  }
  if (!Number.isFinite(startAt)) throw new RangeError(`${startAt} is not an instant to start from`);
  return limit.unit === 'H' ? new HourClock(input, total) : new DayClock(input, limit.unit, total);
}
