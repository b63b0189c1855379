import { effectiveEvents } from '../event/effective.js';
import type { Event, Instant } from '../event/event.js';
import { digestOf } from '../identity.js';
import { buildCalendar, type CalendarEntry } from './build-calendar.js';
import type { Calendar } from './calendar.js';
import { dayOfDate, readDate } from './local-time.js';
import { NATIONAL_ZONE, nationalEntries, nationalVersion } from './national.js';

/** Types whose events say what calendars are known. */
export const CALENDAR_TYPES: ReadonlySet<string> = new Set([
  'calendar.published',
  'calendar.corrected',
  'calendar.revoked',
]);

/** A notice that counts, as it was published for a jurisdiction. */
interface Publication {
  /** Prefix of the region codes that it holds for; empty: everywhere. */
  readonly prefix: string;
  readonly entries: readonly CalendarEntry[];
  readonly key: string;
}

/** First and last day that a calendar keeps (buildCalendar); what a notice says beyond is not read. */
const FIRST = dayOfDate(2000, 1, 1);
const LAST = dayOfDate(2100, 12, 31);

/**
 * The jurisdiction that a region code names, as the prefix of the codes within it: 130000 is 13, 130600 is 1306, 130606
 * itself; 000000 and 100000 are the whole country, the empty prefix.
 */
export function jurisdictionOf(regionCode: string): string {
  if (regionCode === '000000' || regionCode === '100000') return '';
  return regionCode.length === 6 ? regionCode.replace(/(?:00){1,2}$/, '') : regionCode;
}

/** Notices of the General Office of the State Council (国务院办公厅), by whoever passes them on. */
function isStateNotice(basisDocNo: string): boolean {
  return basisDocNo.startsWith('国办') || basisDocNo.includes('国务院办公厅');
}

/** Null where a day cannot be read: then the notice says nothing at all, lest half of it pass for all of it. */
function publicationOf(event: Event): Publication | null {
  const { year, days, basisDocNo } = event.data;
  if (typeof year !== 'number' || typeof days !== 'object' || days === null) return null;
  const name = String(basisDocNo ?? '');
  const prefix = jurisdictionOf(event.regionCode);
  const announces = prefix === '' || isStateNotice(name);
  const entries: CalendarEntry[] = [];
  for (const [date, word] of Object.entries(days)) {
    const day = readDate(date);
    const off = word === 'holiday' || word === 'off';
    if (day === null || (!off && word !== 'workday' && word !== 'work')) return null;
    if (day < FIRST || day > LAST) continue;
    entries.push({
      date,
      off,
      name,
      publishedAt: event.receivedAt,
      layer: announces ? 'national' : 'region',
      source: name,
      ...(announces ? { notice: year } : {}),
    });
  }
  return { prefix, entries, key: `${event.source} ${event.id} ${event.rawDigest}` };
}

/** The calendars known at one instant: the national one, and one per jurisdiction for which something was published. */
export interface KnownCalendars {
  readonly national: Calendar;
  /** False where all regions have the national calendar. */
  readonly differ: boolean;
  /** The same calendar object for all regions in which the same notices hold. */
  in(regionCode: string): Calendar;
}

/**
 * The calendars as known at an instant (included): the notices that this program brings, and those published as events
 * received until then, corrections and revocations applied. A notice holds within the jurisdiction of its region code.
 * One for the whole country, or passed on from the State Council, announces its year there: the year is then no longer
 * provisional. Any other only changes the days that it names. Of several for one day the one received last counts.
 *
 * Versions are those of `nationalCalendar`, followed by `+` and the digest of the published notices that hold, if any.
 */
export function calendarsKnown(events: Iterable<Event>, knownAt: Instant): KnownCalendars {
  const known = [...events].filter(
    (event) => CALENDAR_TYPES.has(event.type) && event.receivedAt <= knownAt,
  );
  const published = effectiveEvents(known)
    .events.flatMap((event) => publicationOf(event) ?? [])
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const built = new Map<string, Calendar>();
  const calendarOf = (holding: readonly Publication[]): Calendar => {
    const digest = digestOf(holding.map(({ key }) => key)).slice(0, 12);
    const base = nationalVersion(knownAt);
    const version = holding.length === 0 ? base : `${base}+${digest}`;
    const same = built.get(version);
    if (same !== undefined) return same;
    const entries = [...nationalEntries(), ...holding.flatMap((one) => one.entries)];
    const calendar = buildCalendar({ version, zone: NATIONAL_ZONE, entries, knownAt });
    built.set(version, calendar);
    return calendar;
  };
  const prefixes = [...new Set(published.map(({ prefix }) => prefix))];
  return {
    national: calendarOf(published.filter(({ prefix }) => prefix === '')),
    differ: prefixes.some((prefix) => prefix !== ''),
    in: (regionCode) =>
      prefixes.some((prefix) => prefix !== '' && regionCode.startsWith(prefix))
        ? calendarOf(published.filter(({ prefix }) => regionCode.startsWith(prefix)))
        : calendarOf(published.filter(({ prefix }) => prefix === '')),
  };
}
