import { describe, expect, it } from '@jest/globals';
import { dateOfDay, formatDate, parseDate, parseInstant } from './local-time.js';
import { dayOfLunarDate, dayOfQingming, statutoryHolidays } from './statutory-holidays.js';

const EVER = Number.POSITIVE_INFINITY;

/** Apparent longitude of the sun in degrees, J. Meeus, Astronomical Algorithms, ch. 25 (low accuracy, 0.01°). */
function solarLongitude(julianDay: number): number {
  const t = (julianDay - 2451545) / 36525;
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const mean = 280.46646 + 36000.76983 * t + 0.0003032 * t * t;
  const anomaly = radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t);
  const centre =
    (1.914602 - 0.004817 * t) * Math.sin(anomaly) +
    (0.019993 - 0.000101 * t) * Math.sin(2 * anomaly) +
    0.000289 * Math.sin(3 * anomaly);
  const node = radians(125.04 - 1934.136 * t);
  return (((mean + centre - 0.00569 - 0.00478 * Math.sin(node)) % 360) + 360) % 360;
}

/** Days since 1970 in China time at which the sun stands at 15°, as a fraction. */
function qingmingOf(year: number): number {
  let low = parseDate(`${year}-04-01`);
  let high = parseDate(`${year}-04-09`);
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (solarLongitude(middle + 2440587.5) >= 15) high = middle;
    else low = middle;
  }
  return high + 8 / 24;
}

describe('lunar dates', () => {
  // Published by the Hong Kong Observatory and the State Council's notices.
  it.each([
    [2007, '2007-02-18', '2007-06-19', '2007-09-25'],
    [2020, '2020-01-25', '2020-06-25', '2020-10-01'],
    [2023, '2023-01-22', '2023-06-22', '2023-09-29'],
    [2024, '2024-02-10', '2024-06-10', '2024-09-17'],
    [2025, '2025-01-29', '2025-05-31', '2025-10-06'],
    [2026, '2026-02-17', '2026-06-19', '2026-09-25'],
    [2027, '2027-02-06', '2027-06-09', '2027-09-15'],
    [2033, '2033-01-31', '2033-06-01', '2033-09-08'],
    [2034, '2034-02-19', '2034-06-20', '2034-09-27'],
  ])('%i: 春节, 端午, 中秋', (year, spring, dragonBoat, midAutumn) => {
    expect(formatDate(dayOfLunarDate(year, 1, 1))).toBe(spring);
    expect(formatDate(dayOfLunarDate(year, 5, 5))).toBe(dragonBoat);
    expect(formatDate(dayOfLunarDate(year, 8, 15))).toBe(midAutumn);
  });

  it('agrees with the lunar calendar of the runtime in every year of 2000 to 2100 but 2027 and 2030', () => {
    // There the runtime's own new moon falls on the wrong side of midnight.
    const format = new Intl.DateTimeFormat('en-u-ca-chinese', {
      timeZone: 'UTC',
      month: 'numeric',
      day: 'numeric',
    });
    const differing = new Set<number>();
    for (let year = 2000; year <= 2100; year++) {
      for (const [month, day] of [
        [1, 1],
        [5, 5],
        [8, 15],
      ] as const) {
        const written = format.format(dayOfLunarDate(year, month, day) * 86_400_000);
        if (written !== `${month}/${day}`) differing.add(year);
      }
    }
    for (const year of differing) expect([2027, 2030]).toContain(year);
  });

  it('refuses years that the table does not cover', () => {
    expect(() => dayOfLunarDate(2101, 1, 1)).toThrow('1900 to 2100');
    expect(() => dayOfLunarDate(1899, 1, 1)).toThrow('1900 to 2100');
  });
});

describe('清明', () => {
  it('is the day on which the sun stands at 15° in China time, 2000 to 2100', () => {
    for (let year = 2000; year <= 2100; year++) {
      const moment = qingmingOf(year);
      const intoDay = (moment - Math.floor(moment)) * 24;
      // 0.01° of the sun's way is a quarter of an hour; 2071 is nearer to midnight (00:06) than that.
      if (intoDay < 0.25 || intoDay > 23.75) {
        expect(year).toBe(2071);
        continue;
      }
      expect([year, formatDate(dayOfQingming(year))]).toEqual([
        year,
        formatDate(Math.floor(moment)),
      ]);
    }
  });
});

describe('statutory holidays', () => {
  const namesOf = (year: number, knownAt: number) =>
    statutoryHolidays(year, knownAt).map(({ day, name }) => `${name} ${formatDate(day).slice(5)}`);

  it('gives 13 days from 2025 on (办法 2024, art. 2)', () => {
    expect(namesOf(2027, EVER)).toEqual([
      '元旦 01-01',
      '春节 02-05',
      '春节 02-06',
      '春节 02-07',
      '春节 02-08',
      '清明 04-05',
      '端午 06-09',
      '中秋 09-15',
      '劳动节 05-01',
      '劳动节 05-02',
      '国庆节 10-01',
      '国庆节 10-02',
      '国庆节 10-03',
    ]);
  });

  it('uses the version of the law that was public: 2025 as seen before and after 2024-11-12', () => {
    const before = parseInstant('2024-11-11T23:59:59+08:00')!.at;
    const spring = (knownAt: number) =>
      namesOf(2025, knownAt).filter((line) => line.startsWith('春节'));
    expect(spring(before)).toEqual(['春节 01-29', '春节 01-30', '春节 01-31']);
    expect(spring(before + 1000)).toEqual(['春节 01-28', '春节 01-29', '春节 01-30', '春节 01-31']);
    expect(namesOf(2025, before)).toHaveLength(11);
    expect(namesOf(2025, EVER)).toHaveLength(13);
  });

  it.each([
    [2007, 10, '春节 02-18', '劳动节 05-03'],
    [2008, 11, '春节 02-06', '劳动节 05-01'],
    [2013, 11, '春节 02-09', '劳动节 05-01'],
    [2014, 11, '春节 01-31', '劳动节 05-01'],
    [2024, 11, '春节 02-10', '劳动节 05-01'],
  ])('in %i gives %i days, from %s, to %s', (year, count, firstSpring, lastLabour) => {
    const names = namesOf(year, EVER);
    expect(names).toHaveLength(count);
    expect(names.find((line) => line.startsWith('春节'))).toBe(firstSpring);
    expect(names.filter((line) => line.startsWith('劳动节')).at(-1)).toBe(lastLabour);
  });

  it('knows nothing outside 2000 to 2100', () => {
    expect(statutoryHolidays(1999, EVER)).toEqual([]);
    expect(statutoryHolidays(2101, EVER)).toEqual([]);
    expect(dateOfDay(statutoryHolidays(2100, EVER)[0]!.day).year).toBe(2100);
  });
});
