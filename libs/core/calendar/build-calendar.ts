import type { Day, Instant } from '../event/event.js';
import type { Calendar, DayKind } from './calendar.js';
import { dateOfDay, dayOfDate, parseDate, weekdayOf, type Zone, zoneOf } from './local-time.js';
import { DEFAULT_OFFICE_HOURS, OfficeHours, type OfficeSpan } from './office-hours.js';
import { statutoryHolidays } from './statutory-holidays.js';
import { KIND_CODE, WorkdayTable } from './workday-table.js';

export type CalendarLayer = 'national' | 'region' | 'agency';

/** What one publication says of one day. Kept with the time it became known; a later publication for the day prevails. */
export interface CalendarEntry {
  /** The day it speaks of, YYYY-MM-DD. */
  readonly date: string;
  /** True: a rest day; false: a working day. */
  readonly off: boolean;
  /** Name of the holiday, also for the make-up days it brings. */
  readonly name: string;
  readonly publishedAt: Instant;
  /** Default 'national'. */
  readonly layer?: CalendarLayer;
  /**
   * The year whose yearly notice of the State Council lists this day. A year with such an entry is announced:
   * no longer provisional, its holidays are those listed and no others. Entries without it, and those of other
   * layers, announce nothing.
   */
  readonly notice?: number;
  /** Address or number of the document. */
  readonly source?: string;
}

export interface CalendarInput {
  readonly version: string;
  /** IANA zone of the local dates. */
  readonly zone: string;
  readonly entries: readonly CalendarEntry[];
  /** Entries and versions of the holiday law published later are not used. Default: everything is known. */
  readonly knownAt?: Instant;
  readonly officeHours?: readonly OfficeSpan[];
  /** First and last day of the table, both included; default 2000-01-01 to 2100-12-31. Outside, days are plain Monday to Friday. */
  readonly from?: Day;
  readonly to?: Day;
  /** False for foreign calendars: no Chinese holidays in years without a notice, and no year is provisional. Default true. */
  readonly statutory?: boolean;
}

/** A calendar that also tells which entries it did not follow. */
export interface BuiltCalendar extends Calendar {
  /** Agency entries that would have removed a working day from a statutory limit (time.md section 2). */
  readonly ignored: readonly CalendarEntry[];
}

const LAYERS: readonly CalendarLayer[] = ['national', 'region', 'agency'];

function layerOf(entry: CalendarEntry): CalendarLayer {
  return entry.layer ?? 'national';
}

/**
 * The entries in force as known at `knownAt` (publishedAt <= knownAt): one per layer and date, the latest published,
 * of equal ones the later in the list; sorted by layer (national, region, agency), then date.
 */
export function calendarAsKnown(
  entries: readonly CalendarEntry[],
  knownAt: Instant,
): CalendarEntry[] {
  const latest = new Map<string, CalendarEntry>();
  for (const entry of entries) {
    if (entry.publishedAt > knownAt) continue;
    const key = LAYERS.indexOf(layerOf(entry)) + entry.date;
    const other = latest.get(key);
    if (!other || other.publishedAt <= entry.publishedAt) latest.set(key, entry);
  }
  return [...latest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

interface Draft {
  readonly first: Day;
  readonly codes: Uint8Array;
  readonly notes: Map<Day, string>;
  readonly announced: Set<number>;
  readonly ignored: CalendarEntry[];
}

function markStatutory(draft: Draft, knownAt: Instant): void {
  const firstYear = dateOfDay(draft.first).year;
  const lastYear = dateOfDay(draft.first + draft.codes.length - 1).year;
  for (let year = firstYear; year <= lastYear; year++) {
    if (draft.announced.has(year)) continue;
    for (const { day, name } of statutoryHolidays(year, knownAt)) {
      const index = day - draft.first;
      if (index < 0 || index >= draft.codes.length) continue;
      draft.codes[index] = KIND_CODE.holiday;
      draft.notes.set(day, name);
    }
  }
}

function markEntry(draft: Draft, entry: CalendarEntry): void {
  const day = parseDate(entry.date);
  const index = day - draft.first;
  const before = draft.codes[index];
  if (before === undefined) {
    throw new RangeError(
      `the calendar entry for ${entry.date} (${entry.name}) lies outside the calendar: widen its range (from, to)`,
    );
  }
  if (entry.off && layerOf(entry) === 'agency' && before < KIND_CODE.weekend) {
    draft.ignored.push(entry);
    return;
  }
  const weekday = weekdayOf(day);
  const working: DayKind = weekday === 0 || weekday === 6 ? 'make-up' : 'workday';
  draft.codes[index] = KIND_CODE[entry.off ? 'holiday' : working];
  draft.notes.set(day, entry.name);
}

function draftCalendar(input: CalendarInput): Draft {
  const first = input.from ?? dayOfDate(2000, 1, 1);
  const last = input.to ?? dayOfDate(2100, 12, 31);
  if (!Number.isInteger(first) || !Number.isInteger(last) || last < first) {
    throw new RangeError(`a calendar from day ${first} to day ${last} has no days`);
  }
  const knownAt = input.knownAt ?? Number.POSITIVE_INFINITY;
  const entries = calendarAsKnown(input.entries, knownAt);
  const codes = new Uint8Array(last - first + 1);
  for (let index = 0, weekday = weekdayOf(first); index < codes.length; index++) {
    if (weekday === 0 || weekday === 6) codes[index] = KIND_CODE.weekend;
    weekday = weekday === 6 ? 0 : weekday + 1;
  }
  const announced = new Set<number>();
  for (const entry of entries) {
    if (entry.notice !== undefined && layerOf(entry) === 'national') announced.add(entry.notice);
  }
  const draft: Draft = { first, codes, notes: new Map(), announced, ignored: [] };
  if (input.statutory ?? true) markStatutory(draft, knownAt);
  for (const entry of entries) markEntry(draft, entry);
  return draft;
}

class TableCalendar implements BuiltCalendar {
  readonly version: string;
  readonly zone: string;
  readonly ignored: readonly CalendarEntry[];
  readonly #zone: Zone;
  readonly #table: WorkdayTable;
  readonly #office: OfficeHours;
  readonly #notes: ReadonlyMap<Day, string>;
  readonly #announced: ReadonlySet<number> | null;

  constructor(input: CalendarInput) {
    const draft = draftCalendar(input);
    this.version = input.version;
    this.zone = input.zone;
    this.ignored = draft.ignored;
    this.#zone = zoneOf(input.zone);
    this.#table = new WorkdayTable(draft.first, draft.codes);
    const spans = input.officeHours ?? DEFAULT_OFFICE_HOURS;
    this.#office = new OfficeHours(this.#zone, this.#table, spans);
    this.#notes = draft.notes;
    this.#announced = (input.statutory ?? true) ? draft.announced : null;
  }

  kindOf(day: Day): DayKind {
    return this.#table.kindOf(day);
  }

  isWorkday(day: Day): boolean {
    return this.#table.isWorkday(day);
  }

  isProvisional(day: Day): boolean {
    return this.#announced !== null && !this.#announced.has(dateOfDay(day).year);
  }

  noteOf(day: Day): string | null {
    return this.#notes.get(day) ?? null;
  }

  workdaysBetween(from: Day, to: Day): number {
    return this.#table.between(from, to);
  }

  addWorkdays(from: Day, n: number): Day {
    return this.#table.add(from, n);
  }

  nextWorkday(day: Day): Day {
    return this.#table.next(day);
  }

  dayOf(at: Instant): Day {
    return this.#zone.dayOf(at);
  }

  startOf(day: Day): Instant {
    return this.#zone.startOf(day);
  }

  isOfficeTime(at: Instant): boolean {
    return this.#office.isOpen(at);
  }

  closeOf(day: Day): Instant | null {
    return this.#office.closeOf(day);
  }

  officeMinutesBetween(from: Instant, to: Instant): number {
    return this.#office.minutesBetween(from, to);
  }

  addOfficeMinutes(from: Instant, minutes: number): Instant {
    return this.#office.addMinutes(from, minutes);
  }
}

/**
 * Builds a calendar from what was published. Layers are applied national, region, agency; an agency may add opening
 * days but not remove a working day. In years without a yearly notice the holidays of 全国年节及纪念日放假办法
 * art. 2 are computed, in the version public at `knownAt`, and every day is provisional.
 * The same input gives the same calendar. @throws RangeError for a date, zone, range or office hours that cannot be used.
 */
export function buildCalendar(input: CalendarInput): BuiltCalendar {
  return new TableCalendar(input);
}
