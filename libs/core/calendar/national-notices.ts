import type { Instant } from '../event/event.js';
import type { CalendarEntry } from './build-calendar.js';
import { parseInstant } from './local-time.js';

/** 国务院办公厅关于某年部分节假日安排的通知. */
export interface YearlyNotice {
  readonly year: number;
  /** The day it became public, China time. */
  readonly publishedOn: string;
  readonly source: string;
}

const GOV = 'http://www.gov.cn/zhengce/zhengceku/';

/**
 * The yearly notices and when they became public, oldest first. 2009 on: the date of publication by the central
 * government's site (2014: the date of the notice, put on the site later). 2007 and 2008: the date of the first
 * press report (the notice for 2007 is dated 2006-12-14). 2004–2006: the day is not known for certain, so the last
 * day of the year before stands, the latest that is possible: nobody is then said to have known it too early.
 * When a new notice is published, add its row here once `chinese-days` lists the year, or load it as entries.
 */
export const YEARLY_NOTICES: readonly YearlyNotice[] = [
  { year: 2004, publishedOn: '2003-12-31', source: '国务院办公厅关于2004年部分节假日安排的通知' },
  { year: 2005, publishedOn: '2004-12-31', source: '国务院办公厅关于2005年部分节假日安排的通知' },
  { year: 2006, publishedOn: '2005-12-31', source: '国务院办公厅关于2006年部分节假日安排的通知' },
  { year: 2007, publishedOn: '2006-12-18', source: `${GOV}2008-03/28/content_1761.htm` },
  { year: 2008, publishedOn: '2007-12-18', source: `${GOV}2008-03/28/content_1645.htm` },
  { year: 2009, publishedOn: '2008-12-10', source: `${GOV}2008-12/10/content_1572.htm` },
  { year: 2010, publishedOn: '2009-12-08', source: `${GOV}2009-12/08/content_1476.htm` },
  { year: 2011, publishedOn: '2010-12-10', source: `${GOV}2010-12/10/content_1423.htm` },
  { year: 2012, publishedOn: '2011-12-06', source: `${GOV}2011-12/06/content_1411.htm` },
  { year: 2013, publishedOn: '2012-12-10', source: `${GOV}2012-12/10/content_1353.htm` },
  { year: 2014, publishedOn: '2013-12-11', source: `${GOV}2014-01/02/content_1194.htm` },
  { year: 2015, publishedOn: '2014-12-16', source: `${GOV}2014-12/16/content_9302.htm` },
  { year: 2016, publishedOn: '2015-12-10', source: `${GOV}2015-12/10/content_10394.htm` },
  { year: 2017, publishedOn: '2016-12-01', source: `${GOV}2016-12/01/content_5141603.htm` },
  { year: 2018, publishedOn: '2017-11-30', source: `${GOV}2017-11/30/content_5243579.htm` },
  { year: 2019, publishedOn: '2018-12-06', source: `${GOV}2018-12/06/content_5346276.htm` },
  { year: 2020, publishedOn: '2019-11-21', source: `${GOV}2019-11/21/content_5454164.htm` },
  { year: 2021, publishedOn: '2020-11-25', source: `${GOV}2020-11/25/content_5564127.htm` },
  { year: 2022, publishedOn: '2021-10-25', source: `${GOV}2021-10/25/content_5644835.htm` },
  { year: 2023, publishedOn: '2022-12-08', source: `${GOV}2022-12/08/content_5730844.htm` },
  { year: 2024, publishedOn: '2023-10-25', source: `${GOV}202310/content_6911528.htm` },
  { year: 2025, publishedOn: '2024-11-12', source: `${GOV}202411/content_6986383.htm` },
  { year: 2026, publishedOn: '2025-11-04', source: `${GOV}202511/content_7047091.htm` },
];

/** Known from 00:00 +08:00 of the day of publication. */
export function noticeInstant(publishedOn: string): Instant {
  return parseInstant(`${publishedOn}T00:00:00+08:00`)!.at;
}

interface DayGroup {
  readonly publishedOn: string;
  readonly source: string;
  readonly name: string;
  readonly notice: number;
  readonly off: readonly string[];
  readonly working: readonly string[];
}

function entriesOf(group: DayGroup): CalendarEntry[] {
  const { name, notice, source } = group;
  const publishedAt = noticeInstant(group.publishedOn);
  return [
    ...group.off.map((date) => ({ date, off: true, name, publishedAt, notice, source })),
    ...group.working.map((date) => ({ date, off: false, name, publishedAt, notice, source })),
  ];
}

const NOTICE_2015 = `${GOV}2015-05/13/content_9742.htm`;
const NOTICE_LABOUR_2019 = `${GOV}2019-03/22/content_5375877.htm`;
const NOTICE_SPRING_2020 = `${GOV}2020-01/27/content_5472352.htm`;

/**
 * Days changed within their year by a further notice, with what the yearly notice had said before. Packages list
 * only the final state; what was believed in between decides alerts of that time.
 */
export const AMENDED_DAYS: readonly CalendarEntry[] = [
  {
    publishedOn: '2015-05-13',
    source: NOTICE_2015,
    name: '抗战胜利纪念日',
    notice: 2015,
    off: ['2015-09-03', '2015-09-04', '2015-09-05'],
    working: ['2015-09-06'],
  },
  {
    publishedOn: '2018-12-06',
    source: `${GOV}2018-12/06/content_5346276.htm`,
    name: '劳动节',
    notice: 2019,
    off: ['2019-05-01'],
    working: [],
  },
  {
    publishedOn: '2019-03-22',
    source: NOTICE_LABOUR_2019,
    name: '劳动节',
    notice: 2019,
    off: ['2019-05-01', '2019-05-02', '2019-05-03', '2019-05-04'],
    working: ['2019-04-28', '2019-05-05'],
  },
  {
    publishedOn: '2019-11-21',
    source: `${GOV}2019-11/21/content_5454164.htm`,
    name: '春节',
    notice: 2020,
    off: [],
    working: ['2020-02-01'],
  },
  {
    publishedOn: '2020-01-27',
    source: NOTICE_SPRING_2020,
    name: '春节',
    notice: 2020,
    off: ['2020-01-31', '2020-02-01', '2020-02-02'],
    working: ['2020-02-03'],
  },
].flatMap(entriesOf);

/** Days that their yearly notice names and `chinese-days` leaves out. */
export const CORRECTED_DAYS: readonly CalendarEntry[] = [
  {
    publishedOn: '2010-12-10',
    source: `${GOV}2010-12/10/content_1423.htm`,
    name: '端午',
    notice: 2011,
    off: ['2011-06-05'],
    working: [],
  },
  {
    publishedOn: '2011-12-06',
    source: `${GOV}2011-12/06/content_1411.htm`,
    name: '端午',
    notice: 2012,
    off: ['2012-06-23'],
    working: [],
  },
].flatMap(entriesOf);
