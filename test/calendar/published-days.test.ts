import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import chineseDays from 'chinese-days';
import { formatDate, parseDate, parseInstant, weekdayOf } from '#core/calendar/local-time.js';
import { nationalCalendar, nationalEntries, nationalVersion } from '#core/calendar/national.js';
import { YEARLY_NOTICES } from '#core/calendar/national-notices.js';
import { holidayFolder } from './holiday-folder.js';

const today = nationalCalendar(Number.POSITIVE_INFINITY);
const folder = holidayFolder();
const withFolder = folder === null ? it.skip : it;
const at = (text: string) => parseInstant(text)!.at;

interface PublishedYear {
  days: { name: string; date: string; isOffDay: boolean }[];
}

function readYear(year: number): PublishedYear {
  return JSON.parse(readFileSync(join(folder!, `${year}.json`), 'utf8')) as PublishedYear;
}

describe('national calendar against the published notices', () => {
  withFolder('agrees on every day of 2007 to 2026', () => {
    const published = new Map<string, boolean>();
    for (let year = 2007; year <= 2026; year++) {
      for (const { date, isOffDay } of readYear(year).days) published.set(date, isOffDay);
    }
    expect(published.size).toBeGreaterThan(600);
    const wrong: string[] = [];
    for (let day = parseDate('2007-01-01'); day <= parseDate('2026-12-31'); day++) {
      const date = formatDate(day);
      const weekend = [0, 6].includes(weekdayOf(day));
      const off = published.get(date) ?? weekend;
      if (today.isWorkday(day) === off) wrong.push(date);
      // Packages leave out some weekend days that a notice names; the calendar must not.
      if (published.get(date) === true && today.kindOf(day) !== 'holiday') wrong.push(date);
      if (published.get(date) === false && weekend && today.kindOf(day) !== 'make-up') {
        wrong.push(date);
      }
      if (today.isProvisional(day)) wrong.push(date);
    }
    expect(wrong).toEqual([]);
  });

  withFolder('knows every day of a yearly notice from its publication on, and not before', () => {
    for (const { year, publishedOn } of YEARLY_NOTICES.filter((notice) => notice.year >= 2007)) {
      const publishedAt = at(`${publishedOn}T00:00:00+08:00`);
      const before = nationalCalendar(publishedAt - 1);
      const after = nationalCalendar(publishedAt);
      const middle = parseDate(`${year}-07-01`);
      expect([year, before.isProvisional(middle)]).toEqual([year, true]);
      expect([year, after.isProvisional(middle)]).toEqual([year, false]);
      // Days changed by a later notice of the year are looked at below.
      const amended = new Set(
        nationalEntries()
          .filter((entry) => entry.notice === year && entry.publishedAt > publishedAt)
          .map((entry) => entry.date),
      );
      for (const { date, isOffDay } of readYear(year).days) {
        if (!amended.has(date))
          expect([date, after.isWorkday(parseDate(date))]).toEqual([date, !isOffDay]);
      }
    }
  });
});

describe('national calendar', () => {
  it.each([
    [2023, 249],
    [2024, 251],
    [2025, 248],
    [2026, 248],
  ])('has in %i %i working days', (year, count) => {
    expect(today.workdaysBetween(parseDate(`${year - 1}-12-31`), parseDate(`${year}-12-31`))).toBe(
      count,
    );
  });

  it.each([
    [2024, '02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12'],
    [2025, '01-26 02-08 04-27 09-28 10-11'],
    [2026, '01-04 02-14 02-28 05-09 09-20 10-10'],
  ])('has the make-up days of %i', (year, list) => {
    const found: string[] = [];
    for (let day = parseDate(`${year}-01-01`); day <= parseDate(`${year}-12-31`); day++) {
      if (today.kindOf(day) === 'make-up') found.push(formatDate(day).slice(5));
    }
    expect(found.join(' ')).toBe(list);
  });

  it('believes of an amended day what had been published at the time', () => {
    const workdayAsKnown = (date: string, known: string) =>
      nationalCalendar(at(`${known}T12:00:00+08:00`)).isWorkday(parseDate(date));
    expect(workdayAsKnown('2015-09-03', '2015-05-12')).toBe(true);
    expect(workdayAsKnown('2015-09-03', '2015-05-13')).toBe(false);
    expect(workdayAsKnown('2019-05-01', '2019-03-21')).toBe(false);
    expect(workdayAsKnown('2019-05-02', '2019-03-21')).toBe(true);
    expect(workdayAsKnown('2019-05-02', '2019-03-22')).toBe(false);
    expect(workdayAsKnown('2019-05-05', '2019-03-21')).toBe(false);
    expect(workdayAsKnown('2019-05-05', '2019-03-22')).toBe(true);
    expect(workdayAsKnown('2020-02-01', '2020-01-26')).toBe(true);
    expect(workdayAsKnown('2020-02-01', '2020-01-27')).toBe(false);
    expect(workdayAsKnown('2020-01-31', '2020-01-26')).toBe(true);
  });

  it('names its knowledge in its version', () => {
    expect(nationalVersion(at('2024-11-11T23:59:59+08:00'))).toBe('cn/2023-10-25');
    expect(nationalVersion(at('2024-11-12T00:00:00+08:00'))).toBe('cn/2024-11-12');
    expect(nationalVersion(Number.POSITIVE_INFINITY)).toBe('cn/2025-11-04');
    expect(nationalVersion(at('1990-01-01T00:00:00+08:00'))).toBe('cn/none');
    expect(nationalCalendar(at('2025-12-01T00:00:00+08:00')).version).toBe('cn/2025-11-04');
  });

  it('lists every year that the package lists, so that a new year cannot go unnoticed', () => {
    const next = YEARLY_NOTICES[YEARLY_NOTICES.length - 1]!.year + 1;
    for (let day = parseDate(`${next}-01-01`); day <= parseDate(`${next}-12-31`); day++) {
      const date = formatDate(day);
      expect([date, chineseDays.getDayDetail(date).name.includes(',')]).toEqual([date, false]);
    }
  });

  it.each([
    'America/New_York',
    'Pacific/Apia',
    'America/Sao_Paulo',
    'Atlantic/Azores',
    'Asia/Shanghai',
  ])('reads the same days from the package on a host in %s', (zone) => {
    // The package depends on the host's zone; what national.ts asks of it must not.
    const script = `
        const { getDayDetail } = require('chinese-days');
        const listed = [];
        for (let at = Date.UTC(2003, 11, 1); at < Date.UTC(2027, 0, 1); at += 86400000) {
          const date = new Date(at).toISOString().slice(0, 10);
          const { name, work } = getDayDetail(date);
          if (name.includes(',')) listed.push([date, !work]);
        }
        process.stdout.write(JSON.stringify(listed));`;
    const host = spawnSync(process.execPath, ['-e', script], {
      env: { ...process.env, TZ: zone, NODE_OPTIONS: '' },
      encoding: 'utf8',
    });
    expect(host.stderr).toBe('');
    const listed = JSON.parse(host.stdout) as [string, boolean][];
    expect(listed.length).toBeGreaterThan(700);
    for (const [date, off] of listed)
      expect([date, !today.isWorkday(parseDate(date))]).toEqual([date, off]);
  });
});
