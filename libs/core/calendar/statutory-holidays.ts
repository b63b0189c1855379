import chineseDays from 'chinese-days';
import type { Day, Instant } from '../event/event.js';
import { dayOfDate, parseInstant } from './local-time.js';

/** A day on which 全国年节及纪念日放假办法 gives every citizen a holiday. */
export interface StatutoryHoliday {
  readonly day: Day;
  readonly name: string;
}

/** One version of 全国年节及纪念日放假办法, art. 2. */
interface HolidayLaw {
  /** State Council decree and the day it became public; known from 00:00 +08:00 of that day. */
  readonly decree: string;
  readonly publishedOn: string;
  /** First year whose holidays it rules. */
  readonly fromYear: number;
  /** Days of 春节 relative to the first day of the first lunar month: 0 is 初一, -1 is 除夕. */
  readonly springFestival: readonly number[];
  /** Days from 1 May. */
  readonly labourDays: number;
  /** 清明, 端午 and 中秋 are holidays. */
  readonly traditional: boolean;
}

/** All versions since 2000, oldest first. 国庆 has had 3 days and 元旦 1 in each. */
const LAWS: readonly HolidayLaw[] = [
  {
    decree: '国务院令第270号',
    publishedOn: '1999-09-18',
    fromYear: 2000,
    springFestival: [0, 1, 2],
    labourDays: 3,
    traditional: false,
  },
  {
    decree: '国务院令第513号',
    publishedOn: '2007-12-16',
    fromYear: 2008,
    springFestival: [-1, 0, 1],
    labourDays: 1,
    traditional: true,
  },
  {
    decree: '国务院令第644号',
    publishedOn: '2013-12-11',
    fromYear: 2014,
    springFestival: [0, 1, 2],
    labourDays: 1,
    traditional: true,
  },
  {
    decree: '国务院令第795号',
    publishedOn: '2024-11-12',
    fromYear: 2025,
    springFestival: [-1, 0, 1, 2],
    labourDays: 2,
    traditional: true,
  },
];

/** Instants at which the versions of the law became public, oldest first. */
export const LAW_PUBLISHED_AT: readonly Instant[] = LAWS.map(
  (law) => parseInstant(`${law.publishedOn}T00:00:00+08:00`)!.at,
);

/** First and last year for which the lunar table of `chinese-days` gives dates. */
export const FIRST_LUNAR_YEAR = 1900;
export const LAST_LUNAR_YEAR = 2100;

/** 1 day of the first lunar month of 1900: 1900-01-31. */
const LUNAR_ORIGIN = dayOfDate(1900, 1, 31);

/** lunarNewYears[i]: 初一 of the lunar year 1900 + i; grown on demand. */
const lunarNewYears: Day[] = [LUNAR_ORIGIN];

// Only integer functions of chinese-days are used (month lengths, leap months): those that take or give dates
// read the host's time zone and would answer one day off west of Greenwich.
function lunarMonthsBefore(year: number, month: number): number {
  const { leapMonth, days } = chineseDays.getYearLeapMonth(year);
  let sum = 0;
  for (let m = 1; m < month; m++) {
    sum += chineseDays.monthDays(year, m);
    if (m === leapMonth) sum += days;
  }
  return sum;
}

/** Local date of a day of a lunar month that is not a leap month. @throws RangeError outside 1900–2100. */
export function dayOfLunarDate(year: number, month: number, day: number): Day {
  if (year < FIRST_LUNAR_YEAR || year > LAST_LUNAR_YEAR) {
    throw new RangeError(
      `no lunar dates are known for ${year}: the table covers ${FIRST_LUNAR_YEAR} to ${LAST_LUNAR_YEAR}`,
    );
  }
  while (lunarNewYears.length <= year - FIRST_LUNAR_YEAR) {
    const known = FIRST_LUNAR_YEAR + lunarNewYears.length - 1;
    lunarNewYears.push(lunarNewYears[lunarNewYears.length - 1]! + lunarMonthsBefore(known, 13));
  }
  return lunarNewYears[year - FIRST_LUNAR_YEAR]! + lunarMonthsBefore(year, month) + day - 1;
}

/**
 * 清明 (solar longitude 15°, China time) of 2000–2100 by the mean-year formula of the almanacs,
 * checked against the sun's position; 2100 falls after midnight on 5 April, which the formula misses.
 */
export function dayOfQingming(year: number): Day {
  if (year === 2100) return dayOfDate(2100, 4, 5);
  const y = year - 2000;
  return dayOfDate(year, 4, Math.floor(y * 0.2422 + 4.81) - Math.floor(y / 4));
}

function lawOf(year: number, knownAt: Instant): HolidayLaw {
  let found = LAWS[0]!;
  LAWS.forEach((law, index) => {
    if (law.fromYear <= year && LAW_PUBLISHED_AT[index]! <= knownAt) found = law;
  });
  return found;
}

/**
 * Holidays of a year, 2000–2100, by the version of the law that was public at `knownAt`. Days that fall on a
 * weekend are listed where they fall: which weekday replaces them only the yearly notice says.
 * Empty outside 2000–2100.
 */
export function statutoryHolidays(year: number, knownAt: Instant): StatutoryHoliday[] {
  if (year < 2000 || year > LAST_LUNAR_YEAR) return [];
  const law = lawOf(year, knownAt);
  const newYear = dayOfLunarDate(year, 1, 1);
  const holidays: StatutoryHoliday[] = [
    { day: dayOfDate(year, 1, 1), name: '元旦' },
    ...law.springFestival.map((shift) => ({ day: newYear + shift, name: '春节' })),
  ];
  if (law.traditional) {
    holidays.push(
      { day: dayOfQingming(year), name: '清明' },
      { day: dayOfLunarDate(year, 5, 5), name: '端午' },
      { day: dayOfLunarDate(year, 8, 15), name: '中秋' },
    );
  }
  for (let i = 0; i < law.labourDays; i++) {
    holidays.push({ day: dayOfDate(year, 5, 1 + i), name: '劳动节' });
  }
  for (let i = 0; i < 3; i++) holidays.push({ day: dayOfDate(year, 10, 1 + i), name: '国庆节' });
  return holidays;
}
