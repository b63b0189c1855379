import type { Day, Instant } from '../event/event.js';

export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A date of the proleptic Gregorian calendar: month 1–12, day 1–31. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Day number of a date that exists; does not check it. Days-from-civil after H. Hinnant, exact for every year. */
export function dayOfDate(year: number, month: number, day: number): Day {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}

/** Inverse of `dayOfDate`. */
export function dateOfDay(day: Day): CivilDate {
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

/** 0 = Sunday … 6 = Saturday. */
export function weekdayOf(day: Day): number {
  return (((day + 4) % 7) + 7) % 7;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function existingDay(year: number, month: number, day: number): Day | null {
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return null;
  if (day > daysInMonth(year, month)) return null;
  return dayOfDate(year, month, day);
}

/** Reads 'YYYY-MM-DD', years 0001–9999; null for any other form and for dates that do not exist. */
export function readDate(text: string): Day | null {
  if (text.length !== 10 || !isAt(text, 4, '-') || !isAt(text, 7, '-')) return null;
  return existingDay(digitsAt(text, 0, 4), digitsAt(text, 5, 2), digitsAt(text, 8, 2));
}

/** Same as `readDate` for text that must be a date. @throws RangeError naming the text. */
export function parseDate(text: string): Day {
  const day = readDate(text);
  if (day === null) {
    throw new RangeError(
      `'${text}' is not a date: write YYYY-MM-DD, a day that exists, years 0001 to 9999`,
    );
  }
  return day;
}

/** Dates come again and again; what was written once is kept, within bounds. */
const KEPT_TEXTS = 20_000;
const texts = new Map<Day, string>();

/** 'YYYY-MM-DD'; outside the years 0–9999 a sign and six digits, as ISO 8601 has it. */
export function formatDate(day: Day): string {
  let text = texts.get(day);
  if (text === undefined) {
    text = writeDate(day);
    if (texts.size >= KEPT_TEXTS) texts.clear();
    texts.set(day, text);
  }
  return text;
}

function writeDate(day: Day): string {
  const { year, month, day: dayOfMonth } = dateOfDay(day);
  const digits = String(Math.abs(year));
  const yyyy =
    year >= 0 && year <= 9999
      ? digits.padStart(4, '0')
      : (year < 0 ? '-' : '+') + digits.padStart(6, '0');
  return `${yyyy}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;
}

const ZERO = 0x30;

/** The number that `count` digits at a place write; NaN where one of them is none, also beyond the end. */
function digitsAt(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function isAt(text: string, at: number, letters: string): boolean {
  return at < text.length && letters.includes(text.charAt(at));
}

/** Digits of a fraction of a second that begins at a place: how many, and the whole milliseconds that they write. */
function fractionAt(text: string, at: number): { readonly length: number; readonly ms: number } {
  let [length, ms] = [0, 0];
  for (let digit = digitsAt(text, at, 1); !Number.isNaN(digit); ) {
    if (length < 3) ms += digit * 10 ** (2 - length);
    length += 1;
    digit = digitsAt(text, at + length, 1);
  }
  return { length, ms };
}

/** Minutes east of Greenwich that the text ends with from a place on; NaN where it does not end with an offset. */
function offsetAt(text: string, at: number): number {
  if (isAt(text, at, 'Zz')) return text.length === at + 1 ? 0 : Number.NaN;
  if (!isAt(text, at, '+-') || !isAt(text, at + 3, ':') || text.length !== at + 6)
    return Number.NaN;
  const [hour, minute] = [digitsAt(text, at + 1, 2), digitsAt(text, at + 4, 2)];
  if (!(hour <= 23 && minute <= 59)) return Number.NaN;
  const magnitude = hour * 60 + minute;
  return text.charAt(at) === '-' && magnitude > 0 ? -magnitude : magnitude;
}

/**
 * Reads an RFC 3339 section 5.6 date-time; the offset is required. Years 0001–9999 of the written local date.
 * Fractions are cut to whole milliseconds. Null for impossible dates and times: hour 24, second 60 (a leap
 * second names no instant that can be stored), 30 February, an offset beyond ±23:59.
 * Letter by letter: every record has several of them, and a regular expression makes ten texts of each.
 */
export function parseInstant(text: string): { at: Instant; offsetMinutes: number } | null {
  if (!isAt(text, 4, '-') || !isAt(text, 7, '-') || !isAt(text, 10, 'Tt')) return null;
  if (!isAt(text, 13, ':') || !isAt(text, 16, ':')) return null;
  const day = existingDay(digitsAt(text, 0, 4), digitsAt(text, 5, 2), digitsAt(text, 8, 2));
  const hour = digitsAt(text, 11, 2);
  const minute = digitsAt(text, 14, 2);
  const second = digitsAt(text, 17, 2);
  if (day === null || !(hour <= 23 && minute <= 59 && second <= 59)) return null;
  let [end, ms] = [19, 0];
  if (isAt(text, 19, '.')) {
    const fraction = fractionAt(text, 20);
    if (fraction.length === 0) return null;
    end = 20 + fraction.length;
    ms = fraction.ms;
  }
  const offsetMinutes = offsetAt(text, end);
  if (Number.isNaN(offsetMinutes)) return null;
  const minutes = hour * 60 + minute - offsetMinutes;
  return { at: day * DAY_MS + minutes * MINUTE_MS + second * 1000 + ms, offsetMinutes };
}

/** The same date `months` later (earlier when negative), or the last day of the month reached (民法典 202). */
export function addMonths(day: Day, months: number): Day {
  const { year, month, day: dayOfMonth } = dateOfDay(day);
  const index = year * 12 + (month - 1) + months;
  const reachedYear = Math.floor(index / 12);
  const reachedMonth = index - reachedYear * 12 + 1;
  const last = daysInMonth(reachedYear, reachedMonth);
  return dayOfDate(reachedYear, reachedMonth, Math.min(dayOfMonth, last));
}

/** The same date `years` later, or 28 February where 29 February does not exist (民法典 202). */
export function addYears(day: Day, years: number): Day {
  return addMonths(day, years * 12);
}

/** Local time of one IANA time zone, from the tables of the runtime (`Intl`); independent of the host's zone. */
export interface Zone {
  readonly name: string;
  /** Minutes east of UTC; a fraction where local mean time had seconds. */
  offsetAt(at: Instant): number;
  /** Local date of the instant. */
  dayOf(at: Instant): Day;
  /** First instant of the local day; where local midnight was skipped, the instant of the skip. */
  startOf(day: Day): Instant;
  /** Instant of `minute` minutes after local midnight by the clock on the wall; the earlier one of two, the skip itself where skipped. */
  instantAt(day: Day, minute: number): Instant;
}

/** Offsets are looked up by weeks: no zone changes its offset twice within one. */
const SPAN_MS = 7 * DAY_MS;
const MAX_SPANS = 8192;

interface Span {
  readonly before: number;
  readonly after: number;
  /** First instant with offset `after`. */
  readonly changeAt: Instant;
}

class IanaZone implements Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #spans = new Map<number, Span>();

  constructor(
    readonly name: string,
    /** From this instant on the zone keeps `fixedMs` for ever; Infinity where that is not known. */
    private readonly fixedFrom: Instant,
    private readonly fixedMs: number,
  ) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  }

  offsetAt(at: Instant): number {
    return this.#offsetMs(at) / MINUTE_MS;
  }

  dayOf(at: Instant): Day {
    const offset = at >= this.fixedFrom ? this.fixedMs : this.#offsetMs(at);
    return Math.floor((at + offset) / DAY_MS);
  }

  startOf(day: Day): Instant {
    return this.#resolve(day * DAY_MS);
  }

  instantAt(day: Day, minute: number): Instant {
    return this.#resolve(day * DAY_MS + minute * MINUTE_MS);
  }

  #resolve(local: number): Instant {
    if (local - DAY_MS >= this.fixedFrom) return local - this.fixedMs;
    const before = this.#offsetMs(local - DAY_MS);
    const after = this.#offsetMs(local + DAY_MS);
    const early = local - Math.max(before, after);
    if (before === after || early + this.#offsetMs(early) === local) return early;
    const late = local - Math.min(before, after);
    if (late + this.#offsetMs(late) === local) return late;
    return this.#firstChange(early, late);
  }

  #offsetMs(at: Instant): number {
    if (at >= this.fixedFrom) return this.fixedMs;
    const index = Math.floor(at / SPAN_MS);
    let span = this.#spans.get(index);
    if (!span) {
      span = this.#readSpan(index * SPAN_MS);
      if (this.#spans.size >= MAX_SPANS) this.#spans.clear();
      this.#spans.set(index, span);
    }
    return at < span.changeAt ? span.before : span.after;
  }

  #readSpan(start: Instant): Span {
    const before = this.#ask(start);
    const after = this.#ask(start + SPAN_MS);
    const changeAt = before === after ? start + SPAN_MS : this.#firstChange(start, start + SPAN_MS);
    return { before, after, changeAt };
  }

  /** First instant in (from, to] whose offset differs from that of `from`; offsets differ at the two ends. */
  #firstChange(from: Instant, to: Instant): Instant {
    const before = this.#ask(from);
    let low = from;
    let high = to;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#ask(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  #ask(at: Instant): number {
    const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(this.#format.format(at));
    if (!match) throw new RangeError(`no offset of ${this.name} is known for instant ${at}`);
    const seconds =
      Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    return match[1] === '-' ? -seconds * 1000 : seconds * 1000;
  }
}

const zones = new Map<string, Zone>();

/** China keeps +08:00 since its last summer time ended on 1991-09-15. */
const CHINA_FIXED_FROM = Date.UTC(1992, 0, 1);

/** The zone of an IANA name ('Asia/Shanghai', 'Europe/Rome'); the same object every time. @throws RangeError for an unknown name. */
export function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  try {
    const fixedFrom = name === 'Asia/Shanghai' ? CHINA_FIXED_FROM : Number.POSITIVE_INFINITY;
    const zone = new IanaZone(name, fixedFrom, 8 * 3_600_000);
    zones.set(name, zone);
    return zone;
  } catch {
    throw new RangeError(
      `'${name}' is not a time zone: use an IANA name such as 'Asia/Shanghai' or 'Europe/Rome'`,
    );
  }
}
