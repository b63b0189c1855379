import type { Day } from '../event/event.js';
import type { DayKind } from './calendar.js';
import { weekdayOf } from './local-time.js';

const KINDS: readonly DayKind[] = ['workday', 'make-up', 'weekend', 'holiday'];

/** Code of a kind in the table: codes below `REST` are working days. */
export const KIND_CODE = { workday: 0, 'make-up': 1, weekend: 2, holiday: 3 } as const;
const REST = 2;

/** Monday to Friday days up to and including `day`, from a fixed origin. */
function weekdaysThrough(day: Day): number {
  const sinceMonday = day + 3;
  const weeks = Math.floor(sinceMonday / 7);
  return weeks * 5 + Math.min(sinceMonday - weeks * 7 + 1, 5);
}

/** The day on which `weekdaysThrough` reaches `count`. */
function dayOfWeekdayCount(count: number): Day {
  const weeks = Math.floor((count - 1) / 5);
  return weeks * 7 + (count - 1 - weeks * 5) - 3;
}

/**
 * Working-day arithmetic in constant time: prefix sums over day numbers and the list of working days.
 * Outside its range days are plain Monday to Friday, so that every answer is defined.
 */
export class WorkdayTable {
  readonly last: Day;
  /** #prefix[i]: working days among the first i days of the table. */
  readonly #prefix: Int32Array;
  readonly #workdays: Int32Array;
  readonly #total: number;

  constructor(
    readonly first: Day,
    private readonly codes: Uint8Array,
  ) {
    this.last = first + codes.length - 1;
    this.#prefix = new Int32Array(codes.length + 1);
    this.#workdays = new Int32Array(codes.length);
    let total = 0;
    for (let index = 0; index < codes.length; index++) {
      if (codes[index]! < REST) this.#workdays[total++] = first + index;
      this.#prefix[index + 1] = total;
    }
    this.#total = total;
  }

  kindOf(day: Day): DayKind {
    if (day >= this.first && day <= this.last) return KINDS[this.codes[day - this.first]!]!;
    const weekday = weekdayOf(day);
    return weekday === 0 || weekday === 6 ? 'weekend' : 'workday';
  }

  isWorkday(day: Day): boolean {
    if (day >= this.first && day <= this.last) return this.codes[day - this.first]! < REST;
    return this.kindOf(day) === 'workday';
  }

  between(from: Day, to: Day): number {
    return this.#rank(to) - this.#rank(from);
  }

  /** n > 0: the n-th working day after `from`; n < 0: the |n|-th before it; 0: `from` itself. @throws RangeError if n is not whole. */
  add(from: Day, n: number): Day {
    if (n > 0) return this.#dayOfRank(this.#rank(from) + n);
    if (n < 0) return this.#dayOfRank(this.#rank(from - 1) + n + 1);
    return from;
  }

  next(day: Day): Day {
    return this.isWorkday(day) ? day : this.#dayOfRank(this.#rank(day) + 1);
  }

  /** Working days in [first, day]; negative before the table. */
  #rank(day: Day): number {
    if (day > this.last) return this.#total + weekdaysThrough(day) - weekdaysThrough(this.last);
    if (day >= this.first - 1) return this.#prefix[day - this.first + 1]!;
    return weekdaysThrough(day) - weekdaysThrough(this.first - 1);
  }

  #dayOfRank(rank: number): Day {
    if (rank >= 1 && rank <= this.#total) {
      const day = this.#workdays[rank - 1];
      if (day === undefined) throw new RangeError(`${rank} is not a whole number of working days`);
      return day;
    }
    if (!Number.isInteger(rank)) {
      throw new RangeError(`${rank} is not a whole number of working days`);
    }
    return rank < 1
      ? dayOfWeekdayCount(weekdaysThrough(this.first - 1) + rank)
      : dayOfWeekdayCount(weekdaysThrough(this.last) + rank - this.#total);
  }
}
