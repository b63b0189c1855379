import { describe, expect, it } from '@jest/globals';
import type { ClockInput, ClockSettings } from './clock.js';
import { computeClock, DEFAULT_CLOCK_SETTINGS } from './compute-clock.js';
import { countBack, countWorkdays, elapsedFloor } from './count-days.js';
import { formatDate, parseDate, parseInstant } from './local-time.js';
import { nationalCalendar } from './national.js';
import { capStop, OPEN_END } from './stops.js';

const calendar = nationalCalendar(parseInstant('2025-12-01T00:00:00+08:00')!.at);
const at = (text: string) => parseInstant(`${text}+08:00`)!.at;
const day = parseDate;

function clockOf(start: string, limit: string, more: Partial<ClockInput> = {}) {
  const [value, unit] = limit.split(' ') as [string, 'G' | 'Z' | 'H'];
  return computeClock({
    calendar,
    startAt: at(start),
    limit: { value: Number(value), unit },
    ...more,
  });
}

const dueWith = (start: string, limit: string, settings: Partial<ClockSettings>) =>
  formatDate(clockOf(start, limit, { settings }).lastDay);

describe('settings', () => {
  it('leave out what is not given', () => {
    expect(dueWith('2025-09-15T10:00:00', '20 G', {})).toBe('2025-10-17');
    const undefinedGiven = { dayZero: undefined } as unknown as Partial<ClockSettings>;
    expect(dueWith('2025-09-15T10:00:00', '20 G', undefinedGiven)).toBe('2025-10-17');
    expect(DEFAULT_CLOCK_SETTINGS.graceMinutes).toBe(0);
  });

  it('dayZero false counts the start day as day 1', () => {
    const clock = clockOf('2025-09-15T10:00:00', '5 G', { settings: { dayZero: false } });
    expect(formatDate(clock.lastDay)).toBe('2025-09-19');
    expect(clock.usedOn(day('2025-09-15'))).toBe(1);
    expect(formatDate(clock.day0)).toBe('2025-09-14');
  });

  it('dayZero false never ends a limit before it starts', () => {
    const clock = clockOf('2025-09-15T10:00:00', '0 G', { settings: { dayZero: false } });
    expect(formatDate(clock.lastDay)).toBe('2025-09-15');
  });

  it('afterHours moves day 0 only at or after the close of business', () => {
    const settings = { afterHours: 'next-working-day' } as const;
    const day0 = (start: string, more: Partial<ClockInput> = {}) =>
      formatDate(clockOf(start, '1 G', { settings, ...more }).day0);
    expect(day0('2025-09-30T16:59:59')).toBe('2025-09-30');
    expect(day0('2025-09-30T17:00:00')).toBe('2025-10-09');
    expect(day0('2025-10-01T20:00:00')).toBe('2025-10-01');
    expect(day0('2025-09-30T17:00:00', { startDay: day('2025-09-26') })).toBe('2025-09-26');
    expect(formatDate(clockOf('2025-09-30T20:00:00', '1 G').day0)).toBe('2025-09-30');
  });

  it('postpone false keeps a rest day as last day; a make-up Sunday is none', () => {
    expect(dueWith('2025-09-12T10:00:00', '15 Z', { postpone: false })).toBe('2025-09-27');
    expect(dueWith('2025-09-12T10:00:00', '15 Z', {})).toBe('2025-09-28');
    expect(dueWith('2025-09-13T10:00:00', '15 Z', {})).toBe('2025-09-28');
  });

  it('graceMinutes and endOfLastDay move lateAt, not the last day', () => {
    const late = (settings: Partial<ClockSettings>) =>
      clockOf('2025-09-15T10:00:00', '20 G', { settings }).lateAt;
    expect(late({})).toBe(at('2025-10-18T00:00:00'));
    expect(late({ graceMinutes: 90 })).toBe(at('2025-10-18T01:30:00'));
    expect(late({ endOfLastDay: 'close-of-business' })).toBe(at('2025-10-17T17:00:00'));
    expect(late({ endOfLastDay: 'close-of-business', graceMinutes: 5 })).toBe(
      at('2025-10-17T17:05:00'),
    );
  });
});

describe('limits', () => {
  it('of no days end on day 0', () => {
    const clock = clockOf('2025-09-15T10:00:00', '0 G');
    expect(clock.lastDay).toBe(clock.day0);
    expect(clock.lateAt).toBe(at('2025-09-16T00:00:00'));
    expect(formatDate(clockOf('2025-09-20T10:00:00', '0 G').lastDay)).toBe('2025-09-20');
    expect(formatDate(clockOf('2025-09-20T10:00:00', '0 Z').lastDay)).toBe('2025-09-22');
  });

  it('by share are used up on the first whole day that reaches them', () => {
    const clock = clockOf('2025-09-15T10:00:00', '5 G');
    expect(formatDate(clock.dayUsing(4.5))).toBe('2025-09-22');
    expect(clock.dayUsing(0)).toBe(clock.day0);
    expect(clock.usedOn(clock.day0 - 3)).toBe(0);
    expect(clock.lateAfter(10)).toBe(at('2025-09-29T00:00:00'));
    expect(clock.lateAfter(9)).toBe(at('2025-09-27T00:00:00'));
  });

  it('in natural days postpone other limits of the same clock too', () => {
    const clock = clockOf('2025-09-01T10:00:00', '60 Z');
    expect(clock.lateAfter(30)).toBe(at('2025-10-10T00:00:00'));
    expect(formatDate(clock.dayUsing(30))).toBe('2025-10-01');
  });

  it('that touch a year without a notice are provisional', () => {
    expect(clockOf('2026-12-24T10:00:00', '5 G').provisional).toBe(false);
    expect(formatDate(clockOf('2026-12-24T10:00:00', '5 G').lastDay)).toBe('2026-12-31');
    expect(clockOf('2026-12-24T10:00:00', '6 G').provisional).toBe(true);
    expect(clockOf('2026-12-24T10:00:00', '200 H').provisional).toBe(false);
    const lines = clockOf('2026-12-31T10:00:00', '1 G').days(day('2027-01-02'));
    expect(lines.map((line) => line.provisional)).toEqual([false, true, true]);
  });

  it('below zero, or from no instant, are refused with the numbers', () => {
    expect(() => clockOf('2025-09-15T10:00:00', '-1 G')).toThrow('a limit of -1 G');
    expect(() => clockOf('2025-09-15T10:00:00', 'x Z')).toThrow('NaN');
    expect(() =>
      computeClock({ calendar, startAt: Number.NaN, limit: { value: 1, unit: 'G' } }),
    ).toThrow('not an instant');
  });
});

describe('hours', () => {
  it('run from the minute of the fact and are late one millisecond after', () => {
    const clock = clockOf('2025-09-30T16:00:00', '24 H', {
      added: 2,
      settings: { graceMinutes: 60 },
    });
    expect(clock.total).toBe(26);
    expect(clock.lateAt).toBe(at('2025-10-01T18:00:00') + 1);
    expect(clock.lateAfter(1.5)).toBe(at('2025-09-30T17:30:00') + 1);
    expect(clock.usedOn(day('2025-09-30'))).toBe(8);
    expect(clock.usedOn(day('2025-10-01'))).toBe(32);
    expect(clock.usedOn(day('2025-09-29'))).toBe(0);
    expect(clock.days(clock.lastDay).map((line) => line.count)).toEqual([null, null]);
    expect(() => clock.dayUsing(1)).toThrow('ask lateAfter');
  });

  it('stand still on stopped days', () => {
    const stop = { first: day('2025-10-01'), last: day('2025-10-02'), cause: 'outage-1' };
    const clock = clockOf('2025-09-30T16:00:00', '24 H', { stops: [stop, stop] });
    expect(clock.lateAt).toBe(at('2025-10-03T16:00:00') + 1);
    expect(clock.usedOn(day('2025-10-02'))).toBe(8);
    expect(clock.lateAfter(8)).toBe(at('2025-10-01T00:00:00') + 1);
    expect(clock.days(day('2025-10-01'))[1]).toMatchObject({ stop: 'outage-1' });
  });
});

describe('stops', () => {
  const pause = { start: day('2025-05-20'), unit: 'G' as const, cause: 'p1' };

  it('of two overlapping pauses stop a day once', () => {
    const one = capStop(calendar, { ...pause, end: day('2025-05-23'), limit: null })!;
    const two = capStop(calendar, {
      ...pause,
      start: day('2025-05-21'),
      end: day('2025-05-26'),
      limit: null,
      cause: 'p2',
    })!;
    // Stopped: 05-21, 22, 23, 26; of the 10 days 05-13 … 05-20 are 6, then 05-27, 28, 29, 30.
    const clock = clockOf('2025-05-12T10:00:00', '10 G', { stops: [one, two] });
    expect(formatDate(clock.lastDay)).toBe('2025-05-30');
    const causes = clock
      .days(day('2025-05-26'))
      .slice(-6)
      .map((line) => line.stop);
    expect(causes).toEqual(['p1', 'p1', 'p1', 'p2', 'p2', 'p2']);
  });

  it('on a natural-day limit stop natural days', () => {
    const stop = capStop(calendar, { ...pause, end: day('2025-05-25'), limit: null, unit: 'Z' })!;
    const clock = clockOf('2025-05-12T10:00:00', '15 Z', { stops: [stop] });
    // 8 days to 05-20, five stopped, 7 more from 05-26: Sunday 06-01 and Monday 06-02 are the 端午 holiday.
    expect(formatDate(clock.dayUsing(15))).toBe('2025-06-01');
    expect(formatDate(clock.lastDay)).toBe('2025-06-03');
  });

  it('are capped in the unit of the pause', () => {
    const capped = (unit: 'G' | 'Z', limit: number | null, end: number | null) => {
      const stop = capStop(calendar, { ...pause, unit, limit, end });
      return stop && `${formatDate(stop.first)} ${formatDate(stop.last)}`;
    };
    expect(capped('G', 5, day('2025-06-30'))).toBe('2025-05-21 2025-05-27');
    expect(capped('Z', 5, day('2025-06-30'))).toBe('2025-05-21 2025-05-25');
    expect(capped('G', 5, day('2025-05-22'))).toBe('2025-05-21 2025-05-22');
    expect(capped('G', 5, null)).toBe('2025-05-21 2025-05-27');
    expect(capped('G', null, null)).toBe(`2025-05-21 ${formatDate(OPEN_END)}`);
    expect(capped('G', null, day('2025-05-20'))).toBeNull();
    expect(capped('G', null, day('2025-05-19'))).toBeNull();
    expect(capped('Z', 0, day('2025-06-30'))).toBeNull();
  });

  it('that never end put the last day beyond them', () => {
    const stop = capStop(calendar, { ...pause, end: null, limit: null })!;
    const clock = clockOf('2025-05-12T10:00:00', '10 G', { stops: [stop] });
    expect(clock.lastDay).toBeGreaterThan(OPEN_END);
    expect(clock.usedOn(day('2030-01-01'))).toBe(6);
    expect(Number.isFinite(clock.lateAt)).toBe(true);
  });

  it('on day 0 or before it stop nothing', () => {
    const stop = { first: day('2025-05-01'), last: day('2025-05-12'), cause: 'x' };
    expect(formatDate(clockOf('2025-05-12T10:00:00', '10 G', { stops: [stop] }).lastDay)).toBe(
      '2025-05-26',
    );
  });
});

describe('counts', () => {
  it('count back from the event day, which is day 0', () => {
    // 行政许可法 48: notice 7 working days before a hearing on Thu 2025-10-16, across the holiday and the make-up 10-11.
    expect(formatDate(countBack(calendar, day('2025-10-16'), 7, 'G'))).toBe('2025-09-30');
    expect(countBack(calendar, day('2025-10-16'), 0, 'G')).toBe(day('2025-10-16'));
    expect(() => countBack(calendar, day('2025-10-16'), -1, 'Z')).toThrow('zero or more');
  });

  it('take working days by local date', () => {
    expect(countWorkdays(calendar, at('2025-09-26T23:59:59'), at('2025-09-28T00:00:00'))).toBe(1);
    expect(countWorkdays(calendar, at('2025-09-28T00:00:00'), at('2025-09-26T23:59:59'))).toBe(-1);
  });

  it('cut elapsed time to whole blocks of 24 hours', () => {
    const day24 = 86_400_000;
    expect([
      elapsedFloor(0, day24 - 1),
      elapsedFloor(0, day24),
      elapsedFloor(day24 * 2, 1),
    ]).toEqual([0, 1, -1]);
  });
});
