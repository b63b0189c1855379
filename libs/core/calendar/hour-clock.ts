import type { Day, Instant } from '../event/event.js';
import type { Calendar } from './calendar.js';
import type { Clock, ClockInput, DayLine, Stop } from './clock.js';
import { causeOn, uniteStops } from './stops.js';

const HOUR_MS = 3_600_000;

interface StoppedTime {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * Clock of a limit in hours: exact durations from the minute of the start fact, rest days and nights included.
 * A stopped day stops it from local midnight to local midnight. Settings of day limits do not apply.
 */
export class HourClock implements Clock {
  readonly day0: Day;
  readonly unit = 'H' as const;
  readonly lastDay: Day;
  readonly lateAt: Instant;
  readonly #calendar: Calendar;
  readonly #startAt: Instant;
  readonly #stops: readonly Stop[] | undefined;
  readonly #stopped: readonly StoppedTime[];

  constructor(
    input: ClockInput,
    readonly total: number,
  ) {
    const { calendar, startAt } = input;
    this.#calendar = calendar;
    this.#startAt = startAt;
    this.#stops = input.stops;
    const startDay = calendar.dayOf(startAt);
    this.day0 = input.startDay ?? startDay;
    this.#stopped = uniteStops(input.stops, startDay).map(({ first, last }) => ({
      from: Math.max(startAt, calendar.startOf(first)),
      to: calendar.startOf(last + 1),
    }));
    const dueAt = this.#instantUsing(total);
    this.lastDay = calendar.dayOf(dueAt);
    this.lateAt = dueAt + 1;
  }

  /** Hours do not depend on working days, so no notice can move them. */
  get provisional(): boolean {
    return false;
  }

  usedOn(day: Day): number {
    const end = this.#calendar.startOf(day + 1);
    let used = end - this.#startAt;
    for (const { from, to } of this.#stopped) {
      if (from < end) used -= Math.min(to, end) - from;
    }
    return Math.max(0, Math.floor(used / HOUR_MS));
  }

  /** @throws RangeError: hours are not counted in days. */
  dayUsing(n: number): Day {
    throw new RangeError(
      `a limit in hours has no day on which ${n} days are used: ask lateAfter(hours) instead`,
    );
  }

  lateAfter(n: number): Instant {
    return this.#instantUsing(n) + 1;
  }

  days(upTo: Day): DayLine[] {
    const lines: DayLine[] = [];
    for (let day = this.day0; day <= upTo; day++) {
      lines.push({
        day,
        kind: this.#calendar.kindOf(day),
        count: null,
        stop: causeOn(this.#stops, day),
        note: this.#calendar.noteOf(day),
        provisional: this.#calendar.isProvisional(day),
      });
    }
    return lines;
  }

  /** First instant at which `hours` have run. */
  #instantUsing(hours: number): Instant {
    let reached = this.#startAt + Math.max(0, hours) * HOUR_MS;
    for (const { from, to } of this.#stopped) {
      if (reached <= from) break;
      reached += to - from;
    }
    return reached;
  }
}
