import type { Day, Instant } from '../event/event.js';
import type { Zone } from './local-time.js';
import type { WorkdayTable } from './workday-table.js';

/** Opening hours on a working day: minutes after local midnight, `from` included, `to` excluded. */
export interface OfficeSpan {
  readonly from: number;
  readonly to: number;
}

/** 09:00–12:00 and 13:00–17:00 (time.md section 7: default, configurable). */
export const DEFAULT_OFFICE_HOURS: readonly OfficeSpan[] = [
  { from: 540, to: 720 },
  { from: 780, to: 1020 },
];

const MINUTE_MS = 60_000;

function checkSpans(spans: readonly OfficeSpan[]): void {
  let previous = 0;
  for (const { from, to } of spans) {
    if (!(from >= previous && to > from && to <= 1440)) {
      throw new RangeError(
        `office hours ${from}–${to} are not usable: give minutes after midnight (0–1440), each span after the one before`,
      );
    }
    previous = to;
  }
  if (spans.length === 0) {
    throw new RangeError('office hours are empty: give at least one span, or leave them out');
  }
}

/** Office time of one calendar. The same hours on every working day; none on rest days. */
export class OfficeHours {
  readonly #minutesPerDay: number;

  constructor(
    private readonly zone: Zone,
    private readonly table: WorkdayTable,
    private readonly spans: readonly OfficeSpan[],
  ) {
    checkSpans(spans);
    this.#minutesPerDay = spans.reduce((sum, span) => sum + span.to - span.from, 0);
  }

  isOpen(at: Instant): boolean {
    const day = this.zone.dayOf(at);
    if (!this.table.isWorkday(day)) return false;
    return this.spans.some(
      ({ from, to }) => at >= this.zone.instantAt(day, from) && at < this.zone.instantAt(day, to),
    );
  }

  closeOf(day: Day): Instant | null {
    if (!this.table.isWorkday(day)) return null;
    return this.zone.instantAt(day, this.spans[this.spans.length - 1]!.to);
  }

  minutesBetween(from: Instant, to: Instant): number {
    if (to < from) return -this.minutesBetween(to, from) || 0;
    const first = this.zone.dayOf(from);
    const last = this.zone.dayOf(to);
    const wholeDays = this.table.between(first - 1, last - 1) * this.#minutesPerDay * MINUTE_MS;
    return Math.floor((wholeDays - this.#openMs(first, from) + this.#openMs(last, to)) / MINUTE_MS);
  }

  addMinutes(from: Instant, minutes: number): Instant {
    if (!(minutes >= 0)) {
      throw new RangeError(`cannot add ${minutes} office minutes: give zero or more`);
    }
    if (minutes === 0) return from;
    const day = this.zone.dayOf(from);
    // Counted from the opening of `day`, so that whole days can be skipped in one step.
    const total = minutes * MINUTE_MS + this.#openMs(day, from);
    const perDay = this.#minutesPerDay * MINUTE_MS;
    const wholeDays = Math.ceil(total / perDay) - 1;
    return this.#instantOf(this.table.add(day - 1, wholeDays + 1), total - wholeDays * perDay);
  }

  /** Office time on `day` before `at`. */
  #openMs(day: Day, at: Instant): number {
    if (!this.table.isWorkday(day)) return 0;
    let sum = 0;
    for (const { from, to } of this.spans) {
      const opens = this.zone.instantAt(day, from);
      if (at > opens) sum += Math.min(at - opens, (to - from) * MINUTE_MS);
    }
    return sum;
  }

  /** The instant of a working day at which `ms` (more than 0, at most a whole day) of its office time have passed. */
  #instantOf(day: Day, ms: number): Instant {
    let left = ms;
    for (const { from, to } of this.spans) {
      const length = (to - from) * MINUTE_MS;
      if (left <= length) return this.zone.instantAt(day, from) + left;
      left -= length;
    }
    return this.zone.instantAt(day, this.spans[this.spans.length - 1]!.to);
  }
}
