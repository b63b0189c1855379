import chineseDays from 'chinese-days';
import type { Instant } from '../event/event.js';
import { type BuiltCalendar, buildCalendar, type CalendarEntry } from './build-calendar.js';
import { dayOfDate, formatDate, zoneOf } from './local-time.js';
import {
  AMENDED_DAYS,
  CORRECTED_DAYS,
  noticeInstant,
  YEARLY_NOTICES,
  type YearlyNotice,
} from './national-notices.js';
import { LAW_PUBLISHED_AT } from './statutory-holidays.js';

export const NATIONAL_ZONE = 'Asia/Shanghai';

/** What `chinese-days` lists for a day, or null for a day without an entry. */
function listedDay(date: string): { off: boolean; name: string } | null {
  // The package builds its table in the host's zone and looks texts up by the same route, so a text finds its own
  // entry on every host; a Date would not, nor is the date that it gives back to be trusted west of Greenwich.
  const detail = chineseDays.getDayDetail(date);
  // Listed days are named 'English,中文,days'; others only by their weekday.
  const name = detail.name.split(',')[1];
  return name === undefined ? null : { off: !detail.work, name };
}

/** The yearly notice for 元旦 also rules the last days of the year before. */
function noticeOf(date: string, name: string): YearlyNotice | undefined {
  const year = Number(date.slice(0, 4));
  const noticeYear = date.slice(5, 7) === '12' && name.startsWith('元旦') ? year + 1 : year;
  return YEARLY_NOTICES.find((notice) => notice.year === noticeYear);
}

function readPublished(): CalendarEntry[] {
  const restated = new Set([...AMENDED_DAYS, ...CORRECTED_DAYS].map((entry) => entry.date));
  const entries: CalendarEntry[] = [];
  const first = dayOfDate(YEARLY_NOTICES[0]!.year - 1, 12, 1);
  const last = dayOfDate(YEARLY_NOTICES[YEARLY_NOTICES.length - 1]!.year, 12, 31);
  for (let day = first; day <= last; day++) {
    const date = formatDate(day);
    const listed = restated.has(date) ? null : listedDay(date);
    const notice = listed && noticeOf(date, listed.name);
    if (!listed || !notice) continue;
    entries.push({
      date,
      off: listed.off,
      name: listed.name,
      publishedAt: noticeInstant(notice.publishedOn),
      notice: notice.year,
      source: notice.source,
    });
  }
  return [...entries, ...AMENDED_DAYS, ...CORRECTED_DAYS];
}

let published: readonly CalendarEntry[] | null = null;

/**
 * Every day that a notice of the General Office of the State Council has made a holiday or a working day, 2004 on,
 * with the time it became known; days changed by a later notice appear once for each. Read from `chinese-days` once.
 */
export function nationalEntries(): readonly CalendarEntry[] {
  published ??= readPublished();
  return published;
}

/**
 * The national calendar (Asia/Shanghai) as known at an instant. Its version is 'cn/' and the date of the latest
 * notice or law it uses, so two instants with the same knowledge give the same version.
 */
export function nationalCalendar(knownAt: Instant): BuiltCalendar {
  return buildCalendar({
    version: nationalVersion(knownAt),
    zone: NATIONAL_ZONE,
    entries: nationalEntries(),
    knownAt,
  });
}

/** Version of `nationalCalendar(knownAt)`; 'cn/none' before the first publication. */
export function nationalVersion(knownAt: Instant): string {
  let latest = Number.NEGATIVE_INFINITY;
  for (const { publishedAt } of nationalEntries()) {
    if (publishedAt <= knownAt && publishedAt > latest) latest = publishedAt;
  }
  for (const publishedAt of LAW_PUBLISHED_AT) {
    if (publishedAt <= knownAt && publishedAt > latest) latest = publishedAt;
  }
  return latest === Number.NEGATIVE_INFINITY
    ? 'cn/none'
    : `cn/${formatDate(zoneOf(NATIONAL_ZONE).dayOf(latest))}`;
}
