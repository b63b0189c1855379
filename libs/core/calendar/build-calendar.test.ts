import { describe, expect, it } from '@jest/globals';
import { buildCalendar, type CalendarEntry, calendarAsKnown } from './build-calendar.js';
import { formatDate, parseDate, parseInstant } from './local-time.js';
import { nationalCalendar } from './national.js';

const day = parseDate;
const at = (text: string) => parseInstant(text)!.at;

function entry(date: string, off: boolean, more: Partial<CalendarEntry> = {}): CalendarEntry {
  return { date, off, name: 'test', publishedAt: 0, ...more };
}

function build(entries: CalendarEntry[], knownAt?: number) {
  return buildCalendar({ version: 'test', zone: 'Asia/Shanghai', entries, knownAt });
}

describe('years without a notice', () => {
  const calendar = nationalCalendar(at('2025-12-01T00:00:00+08:00'));

  it('are provisional, with weekends and the holidays of the law', () => {
    expect(calendar.isProvisional(day('2026-12-31'))).toBe(false);
    expect(calendar.isProvisional(day('2027-01-01'))).toBe(true);
    expect(calendar.kindOf(day('2027-02-05'))).toBe('holiday');
    expect(calendar.noteOf(day('2027-02-05'))).toBe('春节');
    expect(calendar.kindOf(day('2027-02-09'))).toBe('workday');
    expect(calendar.kindOf(day('2027-02-13'))).toBe('weekend');
    expect(calendar.kindOf(day('2100-10-01'))).toBe('holiday');
  });

  it('2027: 261 weekdays less the 7 holidays of the law that fall on one', () => {
    // 元旦 Fri, 春节 Fri and Mon, 清明 Mon, 端午 Wed, 中秋 Wed, 国庆 Fri; 5-01 and 5-02 are a weekend, as are 10-02 and 10-03.
    expect(calendar.workdaysBetween(day('2026-12-31'), day('2027-12-31'))).toBe(261 - 7);
  });

  it('follow the notice alone once it is published', () => {
    const announced = build([entry('2027-02-08', true, { notice: 2027 })]);
    expect(announced.isProvisional(day('2027-06-01'))).toBe(false);
    expect(announced.isWorkday(day('2027-02-08'))).toBe(false);
    expect(announced.kindOf(day('2027-10-01'))).toBe('workday');
  });

  it('stay provisional after an entry that belongs to no yearly notice, or to another layer', () => {
    const special = build([
      entry('2027-09-03', true),
      entry('2027-09-06', true, { layer: 'region', notice: 2027 }),
    ]);
    expect(special.isProvisional(day('2027-09-03'))).toBe(true);
    expect(special.isWorkday(day('2027-09-03'))).toBe(false);
    expect(special.kindOf(day('2027-10-01'))).toBe('holiday');
  });
});

describe('layers', () => {
  it('a region adds holidays and make-up days over the national layer', () => {
    const calendar = build([
      entry('2026-10-23', false, { notice: 2026 }),
      entry('2026-10-23', true, { layer: 'region', name: '庆祝日' }),
      entry('2026-10-24', false, { layer: 'region' }),
    ]);
    expect(calendar.kindOf(day('2026-10-23'))).toBe('holiday');
    expect(calendar.noteOf(day('2026-10-23'))).toBe('庆祝日');
    expect(calendar.kindOf(day('2026-10-24'))).toBe('make-up');
  });

  it('an agency may add an opening day but not remove a working day', () => {
    const closed = entry('2026-03-03', true, { layer: 'agency', name: '内部会议' });
    const calendar = build([entry('2026-03-07', false, { layer: 'agency' }), closed]);
    expect(calendar.isWorkday(day('2026-03-07'))).toBe(true);
    expect(calendar.isWorkday(day('2026-03-03'))).toBe(true);
    expect(calendar.noteOf(day('2026-03-03'))).toBeNull();
    expect(calendar.ignored).toEqual([closed]);
  });

  it('does not depend on the order of the entries', () => {
    const entries = [
      entry('2026-03-07', false),
      entry('2026-03-07', true, { layer: 'region' }),
      entry('2026-03-07', false, { layer: 'agency' }),
    ];
    expect(build(entries).kindOf(day('2026-03-07'))).toBe('make-up');
    expect(build([...entries].reverse()).kindOf(day('2026-03-07'))).toBe('make-up');
  });
});

describe('calendarAsKnown', () => {
  const first = entry('2026-05-04', true, { publishedAt: 1000 });
  const second = entry('2026-05-04', false, { publishedAt: 2000 });
  const region = entry('2026-05-04', true, { publishedAt: 500, layer: 'region' });

  it('keeps, per layer and date, the latest that was published by then, the instant included', () => {
    const all = [second, region, first];
    expect(calendarAsKnown(all, 499)).toEqual([]);
    expect(calendarAsKnown(all, 500)).toEqual([region]);
    expect(calendarAsKnown(all, 1999)).toEqual([first, region]);
    expect(calendarAsKnown(all, 2000)).toEqual([second, region]);
  });

  it('is what knownAt does', () => {
    expect(build([first, second], 1999).isWorkday(day('2026-05-04'))).toBe(false);
    expect(build([first, second], 2000).isWorkday(day('2026-05-04'))).toBe(true);
    expect(build([first, second]).isWorkday(day('2026-05-04'))).toBe(true);
  });
});

describe('foreign calendars', () => {
  const boston = buildCalendar({
    version: 'boston',
    zone: 'America/New_York',
    entries: [],
    statutory: false,
  });

  it('have no Chinese holidays and nothing provisional', () => {
    expect(boston.isWorkday(day('2015-10-01'))).toBe(true);
    expect(boston.isProvisional(day('2015-10-01'))).toBe(false);
  });

  it('take dates in their own zone', () => {
    expect(formatDate(boston.dayOf(at('2015-07-01T03:59:59Z')))).toBe('2015-06-30');
    expect(formatDate(boston.dayOf(at('2015-07-01T04:00:00Z')))).toBe('2015-07-01');
    expect(boston.startOf(day('2015-07-01'))).toBe(at('2015-07-01T00:00:00-04:00'));
  });
});

describe('office hours', () => {
  const calendar = nationalCalendar(Number.POSITIVE_INFINITY);

  it.each([
    ['2025-09-30T08:59:59+08:00', false],
    ['2025-09-30T09:00:00+08:00', true],
    ['2025-09-30T11:59:59+08:00', true],
    ['2025-09-30T12:00:00+08:00', false],
    ['2025-09-30T13:00:00+08:00', true],
    ['2025-09-30T17:00:00+08:00', false],
    ['2025-10-01T10:00:00+08:00', false],
    ['2025-09-28T10:00:00+08:00', true],
  ])('at %s: open %s', (instant, open) => {
    expect(calendar.isOfficeTime(at(instant))).toBe(open);
  });

  it('close at 17:00 on working days', () => {
    expect(calendar.closeOf(day('2025-09-28'))).toBe(at('2025-09-28T17:00:00+08:00'));
    expect(calendar.closeOf(day('2025-10-01'))).toBeNull();
  });

  it.each([
    ['2025-09-29T08:00:00+08:00', '2025-09-29T18:00:00+08:00', 420],
    ['2025-09-29T11:30:00+08:00', '2025-09-29T13:30:00+08:00', 60],
    ['2025-09-29T16:00:00+08:00', '2025-09-30T10:00:00+08:00', 120],
    ['2025-09-30T16:59:30+08:00', '2025-10-09T09:00:29+08:00', 0],
    ['2025-10-01T00:00:00+08:00', '2025-10-09T00:00:00+08:00', 0],
    ['2025-09-30T10:00:00+08:00', '2025-09-29T16:00:00+08:00', -120],
  ])('from %s to %s: %i minutes', (from, to, minutes) => {
    expect(calendar.officeMinutesBetween(at(from), at(to))).toBe(minutes);
  });

  it.each([
    ['2025-09-29T09:00:00+08:00', 180, '2025-09-29T12:00:00+08:00'],
    ['2025-09-29T09:00:00+08:00', 181, '2025-09-29T13:01:00+08:00'],
    ['2025-09-29T09:00:00+08:00', 420, '2025-09-29T17:00:00+08:00'],
    ['2025-09-29T12:30:00+08:00', 30, '2025-09-29T13:30:00+08:00'],
    ['2025-09-30T18:00:00+08:00', 60, '2025-10-09T10:00:00+08:00'],
    ['2025-10-03T10:00:00+08:00', 840, '2025-10-10T17:00:00+08:00'],
    ['2025-10-03T10:00:00+08:00', 0, '2025-10-03T10:00:00+08:00'],
  ])('%s and %i minutes is %s', (from, minutes, to) => {
    expect(calendar.addOfficeMinutes(at(from), minutes)).toBe(at(to));
  });

  it('follow the clock on the wall where summer time begins', () => {
    const rome = buildCalendar({
      version: 'rome',
      zone: 'Europe/Rome',
      entries: [entry('2011-03-27', false)],
      statutory: false,
      officeHours: [{ from: 60, to: 300 }],
    });
    expect(rome.isOfficeTime(at('2011-03-27T01:00:00+01:00'))).toBe(true);
    expect(rome.isOfficeTime(at('2011-03-27T04:59:59+02:00'))).toBe(true);
    expect(rome.closeOf(day('2011-03-27'))).toBe(at('2011-03-27T05:00:00+02:00'));
  });

  it.each([
    [[]],
    [[{ from: 600, to: 540 }]],
    [[{ from: 0, to: 1441 }]],
    [
      [
        { from: 540, to: 720 },
        { from: 700, to: 800 },
      ],
    ],
  ])('refuses %j', (officeHours) => {
    expect(() =>
      buildCalendar({ version: 'x', zone: 'Asia/Shanghai', entries: [], officeHours }),
    ).toThrow('office hours');
  });
});

describe('what cannot be built', () => {
  it('says which date, zone or range is wrong', () => {
    expect(() => build([entry('2026-02-30', true)])).toThrow("'2026-02-30' is not a date");
    expect(() => build([entry('2150-01-01', true)])).toThrow('widen its range');
    expect(() => buildCalendar({ version: 'x', zone: 'Nowhere', entries: [] })).toThrow(
      "'Nowhere'",
    );
    expect(() =>
      buildCalendar({ version: 'x', zone: 'UTC', entries: [], from: 10, to: 9 }),
    ).toThrow('has no days');
  });

  it('refuses a number of working days that is not whole', () => {
    const calendar = build([]);
    expect(() => calendar.addWorkdays(day('2026-01-05'), 1.5)).toThrow('whole number');
  });
});
