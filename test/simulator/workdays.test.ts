import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { addWorkdays, dateOf, dayOf, isWorkday, workdaysAfter } from '#simulator/workdays.js';
import { holidayFolder } from '../calendar/holiday-folder.js';

const published = holidayFolder();
const withPublished = published === null ? it.skip : it;

describe('working days of the simulator', () => {
  it.each([
    ['2024', 251],
    ['2025', 248],
    ['2026', 248],
  ])('counts the working days of %s as the notices do', (year, count) => {
    expect(workdaysAfter(dayOf(`${Number(year) - 1}-12-31`), dayOf(`${year}-12-31`))).toBe(count);
  });

  // Worked examples 1, 2, 3, 4, 5, 11, 15, 18 of the time rules.
  it.each([
    ['2024-02-01', 20, '2024-03-05'],
    ['2024-09-26', 5, '2024-10-09'],
    ['2025-01-24', 5, '2025-02-07'],
    ['2025-04-25', 10, '2025-05-13'],
    ['2025-09-15', 20, '2025-10-17'],
    ['2026-04-29', 5, '2026-05-09'],
    ['2026-02-13', 5, '2026-02-27'],
    ['2025-12-08', 45, '2026-02-10'],
  ])('adds to %s %d working days: %s', (from, n, last) => {
    expect(dateOf(addWorkdays(dayOf(from), n))).toBe(last);
  });

  withPublished.each([2024, 2025, 2026])('agrees with the published calendar of %d', (year) => {
    const file = join(published!, `${year}.json`);
    const { days } = JSON.parse(readFileSync(file, 'utf8')) as {
      days: { date: string; isOffDay: boolean }[];
    };
    const noticed = new Map(days.map(({ date, isOffDay }) => [date, !isOffDay]));
    for (let day = dayOf(`${year}-01-01`); day <= dayOf(`${year}-12-31`); day += 1) {
      const weekday = new Date(day * 86_400_000).getUTCDay();
      const expected = noticed.get(dateOf(day)) ?? (weekday >= 1 && weekday <= 5);
      expect([dateOf(day), isWorkday(day)]).toEqual([dateOf(day), expected]);
    }
  });
});
