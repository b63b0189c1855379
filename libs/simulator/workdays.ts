import type { Day, Instant } from '#core/event/event.js';

/**
 * Working days of mainland China for 2024 to 2026, from the yearly notices of the General Office of the State
 * Council (放假安排). Written down for the simulator alone: it must not share the detectors' calendar.
 */
const DAYS_OFF: readonly string[] = [
  '2024-01-01',
  '2024-02-10..2024-02-17',
  '2024-04-04..2024-04-06',
  '2024-05-01..2024-05-05',
  '2024-06-10',
  '2024-09-15..2024-09-17',
  '2024-10-01..2024-10-07',
  '2025-01-01',
  '2025-01-28..2025-02-04',
  '2025-04-04..2025-04-06',
  '2025-05-01..2025-05-05',
  '2025-05-31..2025-06-02',
  '2025-10-01..2025-10-08',
  '2026-01-01..2026-01-03',
  '2026-02-15..2026-02-23',
  '2026-04-04..2026-04-06',
  '2026-05-01..2026-05-05',
  '2026-06-19..2026-06-21',
  '2026-09-25..2026-09-27',
  '2026-10-01..2026-10-07',
];

const MAKE_UP_DAYS: readonly string[] = [
  '2024-02-04',
  '2024-02-18',
  '2024-04-07',
  '2024-04-28',
  '2024-05-11',
  '2024-09-14',
  '2024-09-29',
  '2024-10-12',
  '2025-01-26',
  '2025-02-08',
  '2025-04-27',
  '2025-09-28',
  '2025-10-11',
  '2026-01-04',
  '2026-02-14',
  '2026-02-28',
  '2026-05-09',
  '2026-09-20',
  '2026-10-10',
];

const DAY_MS = 86_400_000;
/** Asia/Shanghai has had +08:00 without daylight saving since 1991. */
const OFFSET_MS = 8 * 3_600_000;

/** `YYYY-MM-DD` as days since 1970-01-01. */
export function dayOf(date: string): Day {
  const ms = Date.parse(`${date}T00:00:00Z`);
  if (!Number.isFinite(ms)) throw new RangeError(`"${date}" is not a date: write YYYY-MM-DD`);
  return ms / DAY_MS;
}

const dates = new Map<Day, string>();

export function dateOf(day: Day): string {
  let date = dates.get(day);
  if (date === undefined) {
    date = new Date(day * DAY_MS).toISOString().slice(0, 10);
    dates.set(day, date);
  }
  return date;
}

/** First and last day the calendar knows, both included. */
export const CALENDAR_FROM = dayOf('2023-01-01');
export const CALENDAR_TO = dayOf('2027-12-31');

function spread(ranges: readonly string[]): Set<Day> {
  const days = new Set<Day>();
  for (const range of ranges) {
    const [from = '', to = from] = range.split('..');
    for (let day = dayOf(from); day <= dayOf(to); day += 1) days.add(day);
  }
  return days;
}

const off = spread(DAYS_OFF);
const makeUp = spread(MAKE_UP_DAYS);

/** Working days from the calendar's first day up to and including each day; and the days by their number. */
const counts: number[] = [];
const workdays: Day[] = [];
for (let day = CALENDAR_FROM; day <= CALENDAR_TO; day += 1) {
  const weekday = (day + 4) % 7;
  const works = makeUp.has(day) || (weekday >= 1 && weekday <= 5 && !off.has(day));
  if (works) workdays.push(day);
  counts.push(workdays.length);
}

function countTo(day: Day): number {
  const count = counts[day - CALENDAR_FROM];
  if (count === undefined) throw new RangeError(`${dateOf(day)} lies outside 2023 to 2027`);
  return count;
}

export function isWorkday(day: Day): boolean {
  return countTo(day) > countTo(day - 1);
}

/** The n-th working day after `day`; for n < 0 the n-th working day before it; `day` itself is never counted. */
export function addWorkdays(day: Day, n: number): Day {
  if (n === 0) return day;
  const index = n > 0 ? countTo(day) + n - 1 : countTo(day - 1) + n;
  const found = workdays[index];
  if (found === undefined) throw new RangeError(`no working day ${n} from ${dateOf(day)}`);
  return found;
}

/** `day` if it is a working day, else the next one. */
export function workdayFrom(day: Day): Day {
  return isWorkday(day) ? day : addWorkdays(day, 1);
}

/** Working days in (from, to]. */
export function workdaysAfter(from: Day, to: Day): number {
  return countTo(to) - countTo(from);
}

/** First instant of a local day. */
export function startOf(day: Day): Instant {
  return day * DAY_MS - OFFSET_MS;
}

export function localDay(at: Instant): Day {
  return Math.floor((at + OFFSET_MS) / DAY_MS);
}

/** The instant of hour and minute on a local day. */
export function instantOn(day: Day, hour: number, minute = 0): Instant {
  return startOf(day) + (hour * 60 + minute) * 60_000;
}

const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

/** RFC 3339 in +08:00; milliseconds only where there are any. */
export function isoOf(at: Instant): string {
  const day = localDay(at);
  let rest = at - startOf(day);
  const millis = rest % 1000;
  rest = (rest - millis) / 1000;
  const seconds = twoDigits[rest % 60];
  const minutes = twoDigits[Math.floor(rest / 60) % 60];
  const hours = twoDigits[Math.floor(rest / 3600)];
  const fraction = millis === 0 ? '' : `.${String(millis).padStart(3, '0')}`;
  return `${dateOf(day)}T${hours}:${minutes}:${seconds}${fraction}+08:00`;
}

/** The yearly notice as `calendar.published` carries it: dates that differ from Monday to Friday. */
export function noticeOf(year: number): Record<string, 'off' | 'work'> {
  const days: Record<string, 'off' | 'work'> = {};
  for (const [set, kind] of [
    [off, 'off'],
    [makeUp, 'work'],
  ] as const)
    for (const day of set) if (dateOf(day).startsWith(String(year))) days[dateOf(day)] = kind;
  return days;
}
