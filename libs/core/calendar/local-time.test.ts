import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addMonths,
  addYears,
  DAY_MS,
  dateOfDay,
  dayOfDate,
  formatDate,
  parseDate,
  parseInstant,
  readDate,
  weekdayOf,
  zoneOf,
} from './local-time.js';

const at = (text: string) => parseInstant(text)!.at;

describe('dates', () => {
  it('agrees with the runtime for every day of four centuries', () => {
    for (let day = dayOfDate(1801, 1, 1); day < dayOfDate(2201, 1, 1); day++) {
      const date = new Date(day * DAY_MS);
      const { year, month, day: dayOfMonth } = dateOfDay(day);
      if (
        year !== date.getUTCFullYear() ||
        month !== date.getUTCMonth() + 1 ||
        dayOfMonth !== date.getUTCDate() ||
        weekdayOf(day) !== date.getUTCDay() ||
        dayOfDate(year, month, dayOfMonth) !== day
      ) {
        throw new Error(String(day));
      }
    }
  });

  it.each([
    ['0001-01-01', -719162],
    ['1970-01-01', 0],
    ['2000-02-29', 11016],
    ['2026-01-01', 20454],
    ['9999-12-31', 2932896],
  ])('reads and writes %s', (text, day) => {
    expect(parseDate(text)).toBe(day);
    expect(formatDate(day)).toBe(text);
  });

  it.each([
    '0000-01-01',
    '2025-02-29',
    '1900-02-29',
    '2025-04-31',
    '2025-13-01',
    '2025-00-10',
    '2025-01-00',
    '2025-1-1',
    '20250101',
    ' 2025-01-01',
    '2025-01-01T00:00:00Z',
    '',
  ])('refuses %j as a date, naming it', (text) => {
    expect(readDate(text)).toBeNull();
    expect(() => parseDate(text)).toThrow(`'${text}' is not a date`);
  });

  it.each([
    ['2025-01-31', 1, '2025-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2025-03-31', 1, '2025-04-30'],
    ['2025-11-30', 3, '2026-02-28'],
    ['2025-12-15', 1, '2026-01-15'],
    ['2025-03-31', -1, '2025-02-28'],
    ['2025-01-10', -1, '2024-12-10'],
  ])('%s and %i months is %s', (from, months, to) => {
    expect(formatDate(addMonths(parseDate(from), months))).toBe(to);
  });

  it('adds years, 29 February becoming the last day of February', () => {
    expect(formatDate(addYears(parseDate('2024-02-29'), 1))).toBe('2025-02-28');
    expect(formatDate(addYears(parseDate('2024-02-29'), 4))).toBe('2028-02-29');
    expect(formatDate(addYears(parseDate('2025-10-08'), -1))).toBe('2024-10-08');
  });
});

describe('instants', () => {
  it.each([
    ['2025-09-30T16:00:00+08:00', Date.UTC(2025, 8, 30, 8), 480],
    ['2025-09-30T16:00:00Z', Date.UTC(2025, 8, 30, 16), 0],
    ['2025-09-30t16:00:00z', Date.UTC(2025, 8, 30, 16), 0],
    ['2025-09-30T16:00:00.1Z', Date.UTC(2025, 8, 30, 16, 0, 0, 100), 0],
    ['2025-09-30T16:00:00.123999Z', Date.UTC(2025, 8, 30, 16, 0, 0, 123), 0],
    ['2025-01-01T00:00:00-05:30', Date.UTC(2025, 0, 1, 5, 30), -330],
    ['2025-01-01T00:00:00-00:00', Date.UTC(2025, 0, 1), 0],
    ['0001-01-01T00:00:00Z', -62135596800000, 0],
    ['9999-12-31T23:59:59.999Z', 253402300799999, 0],
    ['2024-02-29T23:59:59+08:00', Date.UTC(2024, 1, 29, 15, 59, 59), 480],
  ])('reads %s', (text, instant, offsetMinutes) => {
    expect(parseInstant(text)).toStrictEqual({ at: instant, offsetMinutes });
  });

  it.each([
    '2025-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2025-01-01T24:00:00Z',
    '2025-01-01T00:60:00Z',
    '2016-12-31T23:59:60Z',
    '0000-12-31T00:00:00Z',
    '2025-01-01T00:00:00',
    '2025-01-01 00:00:00Z',
    '2025-01-01T00:00Z',
    '2025-01-01T00:00:00.Z',
    '2025-01-01T00:00:00+0800',
    '2025-01-01T00:00:00+24:00',
    '2025-01-01T00:00:00+08:60',
    '2025-01-01',
    '12025-01-01T00:00:00Z',
    '-2025-01-01T00:00:00Z',
    '２０２５-01-01T00:00:00Z',
    '2025-01-01T00:00:00Z\n',
  ])('refuses %j', (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  it('reads back what the runtime writes', () => {
    const date = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true });
    fc.assert(
      fc.property(date, (value) => {
        expect(at(value.toISOString())).toBe(value.getTime());
      }),
    );
  });
});

describe('zones', () => {
  it.each([
    // China: no summer time today, summer time 1986–1991, local mean time before 1901.
    ['Asia/Shanghai', '2025-07-01T00:00:00Z', 480],
    ['Asia/Shanghai', '1986-05-03T17:59:59Z', 480],
    ['Asia/Shanghai', '1986-05-03T18:00:00Z', 540],
    ['Asia/Shanghai', '1991-09-14T16:59:59Z', 540],
    ['Asia/Shanghai', '1991-09-14T17:00:00Z', 480],
    ['Asia/Shanghai', '1900-01-01T00:00:00Z', 485 + 43 / 60],
    // Summer time of the EU starts and ends at 01:00 UTC, of New York at 02:00 local time.
    ['Europe/Amsterdam', '2011-03-27T00:59:59Z', 60],
    ['Europe/Amsterdam', '2011-03-27T01:00:00Z', 120],
    ['Europe/Amsterdam', '2011-10-30T00:59:59Z', 120],
    ['Europe/Amsterdam', '2011-10-30T01:00:00Z', 60],
    ['America/New_York', '2015-03-08T06:59:59Z', -300],
    ['America/New_York', '2015-03-08T07:00:00Z', -240],
    ['America/New_York', '2015-11-01T05:59:59Z', -240],
    ['America/New_York', '2015-11-01T06:00:00Z', -300],
    ['Asia/Kathmandu', '2025-01-01T00:00:00Z', 345],
    ['UTC', '2025-01-01T00:00:00Z', 0],
  ])('%s at %s is %d minutes east', (name, instant, minutes) => {
    expect(zoneOf(name).offsetAt(at(instant))).toBeCloseTo(minutes, 9);
  });

  it.each([
    ['Europe/Rome', '2011-03-27', 23],
    ['Europe/Rome', '2011-10-30', 25],
    ['Europe/Rome', '2011-05-25', 24],
    ['America/New_York', '2015-03-08', 23],
    ['America/New_York', '2015-11-01', 25],
    ['Asia/Shanghai', '1986-05-04', 23],
    ['Asia/Shanghai', '2025-05-04', 24],
    // Midnight itself was skipped, or came twice.
    ['America/Sao_Paulo', '2018-11-04', 23],
    ['America/Sao_Paulo', '2018-02-17', 25],
    ['America/Havana', '2015-11-01', 25],
    // Samoa left out 2011-12-30.
    ['Pacific/Apia', '2011-12-30', 0],
  ])('in %s the day %s has %i hours', (name, date, hours) => {
    const zone = zoneOf(name);
    const day = parseDate(date);
    expect(zone.startOf(day + 1) - zone.startOf(day)).toBe(hours * 3_600_000);
  });

  it.each([
    ['Europe/Amsterdam', '2010-10-01', '2010-10-01T00:00:00+02:00'],
    ['Europe/Amsterdam', '2012-01-31', '2012-01-31T00:00:00+01:00'],
    ['America/New_York', '2015-03-08', '2015-03-08T00:00:00-05:00'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T01:00:00-02:00'],
    ['Asia/Shanghai', '2025-01-01', '2025-01-01T00:00:00+08:00'],
    ['Asia/Shanghai', '1988-07-01', '1988-07-01T00:00:00+09:00'],
  ])('in %s the day %s starts at %s', (name, date, instant) => {
    expect(zoneOf(name).startOf(parseDate(date))).toBe(at(instant));
  });

  it('a day starts at its first instant in any zone', () => {
    const names = [
      'Asia/Shanghai',
      'Europe/Rome',
      'America/New_York',
      'America/Sao_Paulo',
      'Africa/Cairo',
    ];
    const day = fc.integer({ min: parseDate('1970-06-01'), max: parseDate('2040-01-01') });
    fc.assert(
      fc.property(fc.constantFrom(...names), day, (name, local) => {
        const zone = zoneOf(name);
        const start = zone.startOf(local);
        expect(zone.dayOf(start)).toBe(local);
        expect(zone.dayOf(start - 1)).toBe(local - 1);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads the clock on the wall: the earlier of two instants, the change where there is none', () => {
    const rome = zoneOf('Europe/Rome');
    const minute = (date: string, m: number) => rome.instantAt(parseDate(date), m);
    expect(minute('2011-05-25', 540)).toBe(at('2011-05-25T09:00:00+02:00'));
    expect(minute('2011-10-30', 150)).toBe(at('2011-10-30T02:30:00+02:00'));
    expect(minute('2011-03-27', 150)).toBe(at('2011-03-27T03:00:00+02:00'));
    expect(minute('2011-03-27', 540)).toBe(at('2011-03-27T09:00:00+02:00'));
  });

  it('refuses an unknown zone by name', () => {
    expect(() => zoneOf('Asia/Baoding')).toThrow("'Asia/Baoding' is not a time zone");
  });
});
