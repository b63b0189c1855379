import { describe, expect, it } from '@jest/globals';
import { buildCalendar } from '#core/calendar/build-calendar.js';
import type { Calendar } from '#core/calendar/calendar.js';
import type { Clock, ClockInput } from '#core/calendar/clock.js';
import { computeClock } from '#core/calendar/compute-clock.js';
import { countBack, countCalendarDates, elapsed, elapsedFloor } from '#core/calendar/count-days.js';
import { formatDate, parseDate, parseInstant } from '#core/calendar/local-time.js';
import { nationalCalendar } from '#core/calendar/national.js';
import { capStop } from '#core/calendar/stops.js';

// The examples are those of the time rules' table; every date is written there, none comes from this code.
const calendar = nationalCalendar(Number.POSITIVE_INFINITY);
const HOUR_MS = 3_600_000;

const at = (text: string) => parseInstant(text)!.at;
const noonOf = (date: string) => at(`${date}T12:00:00+08:00`);
const midnightOf = (date: string) => at(`${date}T00:00:00+08:00`);

function clockOf(date: string, limit: string, more: Partial<ClockInput> = {}): Clock {
  const [value, unit] = limit.split(' ') as [string, 'G' | 'Z' | 'H'];
  return computeClock({
    calendar,
    startAt: noonOf(date),
    limit: { value: Number(value), unit },
    ...more,
  });
}

/** month-day of the counted days up to the last day. */
function counted(clock: Clock): string[] {
  return clock
    .days(clock.lastDay)
    .filter((line) => line.count !== null)
    .map((line) => formatDate(line.day).slice(5));
}

const dueOf = (clock: Clock) => formatDate(clock.lastDay);

describe('due dates', () => {
  it.each([
    ['1', '2024-02-01', '20 G', '2024-03-05'],
    ['2: answer', '2024-09-26', '5 G', '2024-10-09'],
    ['2: back-dated acceptance', '2024-09-26', '20 G', '2024-10-29'],
    ['3', '2025-01-24', '5 G', '2025-02-07'],
    ['4', '2025-04-25', '10 G', '2025-05-13'],
    ['5', '2025-09-15', '20 G', '2025-10-17'],
    ['6: without the pause', '2025-05-12', '10 G', '2025-05-26'],
    ['7', '2025-09-01', '30 Z', '2025-10-09'],
    ['8: first', '2025-09-13', '15 Z', '2025-09-28'],
    ['8: second', '2025-09-12', '15 Z', '2025-09-28'],
    ['10', '2025-03-20', '20 G', '2025-04-18'],
    ['10: wrongly from receipt', '2025-03-03', '20 G', '2025-03-31'],
    ['11', '2026-04-29', '5 G', '2026-05-09'],
    ['15: day 1', '2026-02-13', '1 G', '2026-02-14'],
    ['15: day 2', '2026-02-13', '2 G', '2026-02-24'],
    ['15: day 3', '2026-02-13', '3 G', '2026-02-25'],
    ['15: day 5', '2026-02-13', '5 G', '2026-02-27'],
    ['16', '2025-09-26', '3 G', '2025-09-30'],
    ['17', '2025-08-16', '5 G', '2025-08-22'],
    ['18', '2025-12-08', '45 G', '2026-02-10'],
    ['19', '2025-09-05', '30 Z', '2025-10-09'],
  ])('example %s: %s and %s are due %s', (_name, start, limit, due) => {
    const clock = clockOf(start, limit);
    expect(dueOf(clock)).toBe(due);
    expect(clock.lateAt).toBe(midnightOf(due) + 24 * HOUR_MS);
    expect(clock.provisional).toBe(false);
  });

  it.each([
    [
      '1',
      '2024-02-01',
      '20 G',
      '02-02 02-04 02-05 02-06 02-07 02-08 02-09 02-18 02-19 02-20 02-21 02-22 02-23 02-26 02-27 02-28 02-29 03-01 03-04 03-05',
    ],
    ['2', '2024-09-26', '5 G', '09-27 09-29 09-30 10-08 10-09'],
    ['3', '2025-01-24', '5 G', '01-26 01-27 02-05 02-06 02-07'],
    ['4', '2025-04-25', '10 G', '04-27 04-28 04-29 04-30 05-06 05-07 05-08 05-09 05-12 05-13'],
    ['11', '2026-04-29', '5 G', '04-30 05-06 05-07 05-08 05-09'],
    ['16', '2025-09-26', '3 G', '09-28 09-29 09-30'],
  ])('example %s counts these days from %s for %s', (_name, start, limit, days) => {
    expect(counted(clockOf(start, limit))).toEqual(days.split(' '));
  });
});

describe('worked examples in detail', () => {
  it('1: make-up Sundays count, the spring holiday does not; Monday to Friday alone would say 02-29', () => {
    const clock = clockOf('2024-02-01', '20 G');
    const lines = clock.days(clock.lastDay);
    const kinds = (date: string) => lines.find((line) => line.day === parseDate(date))!;
    expect(kinds('2024-02-04')).toMatchObject({ kind: 'make-up', count: 2, note: '春节' });
    expect(kinds('2024-02-18')).toMatchObject({ kind: 'make-up', count: 8 });
    for (let day = parseDate('2024-02-10'); day <= parseDate('2024-02-17'); day++) {
      expect(kinds(formatDate(day))).toMatchObject({ kind: 'holiday', count: null, note: '春节' });
    }
    expect(lines[0]).toMatchObject({ day: parseDate('2024-02-01'), count: null });
    const weekdays = buildCalendar({
      version: 'weekdays',
      zone: 'Asia/Shanghai',
      entries: [],
      statutory: false,
    });
    expect(dueOf(clockOf('2024-02-01', '20 G', { calendar: weekdays }))).toBe('2024-02-29');
  });

  it('2: notice at the end of day 4, red at 00:00 on 10-10', () => {
    const clock = clockOf('2024-09-26', '5 G');
    expect(formatDate(clock.dayUsing(4))).toBe('2024-10-08');
    expect(clock.lateAfter(4)).toBe(midnightOf('2024-10-09'));
    expect(clock.lateAt).toBe(midnightOf('2024-10-10'));
  });

  it('3: the make-up Saturday after the last day would be day 6', () => {
    expect(clockOf('2025-01-24', '5 G').usedOn(parseDate('2025-02-08'))).toBe(6);
  });

  it('5: 90 % is the 18th day, one day is left on 10-16, an extension of 10 days moves the end', () => {
    const clock = clockOf('2025-09-15', '20 G');
    expect(formatDate(clock.dayUsing(18))).toBe('2025-10-15');
    expect(clock.total - clock.usedOn(parseDate('2025-10-16'))).toBe(1);
    expect(dueOf(clockOf('2025-09-15', '20 G', { added: 10 }))).toBe('2025-10-31');
  });

  it('6: an expert review stops 11 days; with a notice of 10 days the 11th counts', () => {
    const pause = {
      start: parseDate('2025-05-20'),
      end: parseDate('2025-06-05'),
      unit: 'G' as const,
      cause: 'review-1',
    };
    const whole = capStop(calendar, { ...pause, limit: null })!;
    const clock = clockOf('2025-05-12', '10 G', { stops: [whole] });
    expect(dueOf(clock)).toBe('2025-06-11');
    expect(clock.usedOn(parseDate('2025-05-20'))).toBe(6);
    expect(clock.usedOn(parseDate('2025-06-05'))).toBe(6);
    expect(counted(clock).join(' ')).toBe(
      '05-13 05-14 05-15 05-16 05-19 05-20 06-06 06-09 06-10 06-11',
    );
    const stopped = clock
      .days(clock.lastDay)
      .filter((line) => line.stop === 'review-1' && line.kind === 'workday')
      .map((line) => formatDate(line.day).slice(5));
    expect(stopped.join(' ')).toBe(
      '05-21 05-22 05-23 05-26 05-27 05-28 05-29 05-30 06-03 06-04 06-05',
    );
    const capped = capStop(calendar, { ...pause, limit: 10 })!;
    expect(formatDate(capped.last)).toBe('2025-06-04');
    expect(dueOf(clockOf('2025-05-12', '10 G', { stops: [capped] }))).toBe('2025-06-10');
  });

  it('7: the 30th natural day is the holiday 10-01 before postponement', () => {
    const clock = clockOf('2025-09-01', '30 Z');
    expect(formatDate(clock.dayUsing(30))).toBe('2025-10-01');
    expect(dueOf(clockOf('2025-09-01', '30 Z', { settings: { postpone: false } }))).toBe(
      '2025-10-01',
    );
  });

  it.each([
    ['2024-11-01', '2025-01-27', '2025-01-26'],
    ['2024-11-05', '2025-02-03', '2025-02-05'],
  ])('9: accepted %s is due %s before the notice and %s after it', (start, before, after) => {
    const dueAsKnown = (known: Calendar) => clockOf(start, '45 G', { calendar: known, added: 15 });
    const provisional = dueAsKnown(nationalCalendar(at('2024-11-06T09:00:00+08:00')));
    expect(dueOf(provisional)).toBe(before);
    expect(provisional.provisional).toBe(true);
    const official = dueAsKnown(nationalCalendar(at('2024-11-13T09:00:00+08:00')));
    expect(dueOf(official)).toBe(after);
    expect(official.provisional).toBe(false);
  });

  it('10: the acceptance date drives the clock though the case arrived earlier', () => {
    const clock = computeClock({
      calendar,
      startAt: noonOf('2025-03-03'),
      startDay: parseDate('2025-03-20'),
      limit: { value: 20, unit: 'G' },
    });
    expect(dueOf(clock)).toBe('2025-04-18');
    expect(calendar.kindOf(parseDate('2025-04-04'))).toBe('holiday');
    expect(calendar.noteOf(parseDate('2025-04-04'))).toBe('清明');
  });

  it('11: 5 working days more', () => {
    expect(dueOf(clockOf('2026-04-29', '5 G', { added: 5 }))).toBe('2026-05-15');
  });

  it('12: renewal 30 natural days before expiry', () => {
    expect(formatDate(countBack(calendar, parseDate('2026-10-08'), 30, 'Z'))).toBe('2026-09-08');
  });

  it.each([
    ['13', '2011-03-26T00:00:00+01:00', '2011-05-25T00:00:00+02:00', 60, 59 * 24 + 23, 59],
    ['14', '2011-09-01T00:00:00+02:00', '2011-10-31T00:00:00+01:00', 60, 60 * 24 + 1, 60],
  ])(
    '%s: in Rome from %s to %s the definitions differ',
    (_name, from, to, dates, hours, blocks) => {
      const rome = buildCalendar({
        version: 'rome',
        zone: 'Europe/Rome',
        entries: [],
        statutory: false,
      });
      expect(countCalendarDates(rome, at(from), at(to))).toBe(dates);
      expect(elapsed(at(from), at(to))).toBe(hours * HOUR_MS);
      expect(elapsedFloor(at(from), at(to))).toBe(blocks);
      const clock = computeClock({
        calendar: rome,
        startAt: at(from),
        limit: { value: 60, unit: 'Z' },
        settings: { postpone: false },
      });
      expect(clock.lateAt).toBeGreaterThan(at(to));
      expect(formatDate(clock.lastDay)).toBe(to.slice(0, 10));
    },
  );

  it('15: 02-15 to 02-23 are off', () => {
    for (let day = parseDate('2026-02-15'); day <= parseDate('2026-02-23'); day++) {
      expect(calendar.isWorkday(day)).toBe(false);
    }
  });

  it('17: a start on Saturday keeps its date, or moves to Monday where so configured', () => {
    expect(formatDate(clockOf('2025-08-16', '5 G').day0)).toBe('2025-08-16');
    const moved = clockOf('2025-08-16', '5 G', { settings: { restDayStart: 'next-working-day' } });
    expect(formatDate(moved.day0)).toBe('2025-08-18');
    expect(dueOf(moved)).toBe('2025-08-25');
  });

  it('18: 15 working days more', () => {
    expect(dueOf(clockOf('2025-12-08', '45 G', { added: 15 }))).toBe('2026-03-09');
  });

  it('19: late from 10-10; the 30th day is the holiday 10-05', () => {
    const clock = clockOf('2025-09-05', '30 Z');
    expect(formatDate(clock.dayUsing(30))).toBe('2025-10-05');
    expect(clock.lateAt).toBe(midnightOf('2025-10-10'));
  });

  it('20: 24 hours run through the holiday; 8 office hours do not', () => {
    const clock = computeClock({
      calendar,
      startAt: at('2025-09-30T16:00:00+08:00'),
      limit: { value: 24, unit: 'H' },
    });
    expect(clock.lateAt).toBe(at('2025-10-01T16:00:00+08:00') + 1);
    expect(dueOf(clock)).toBe('2025-10-01');
    const from = at('2025-09-30T15:00:00+08:00');
    const until = at('2025-10-09T16:00:00+08:00');
    expect(calendar.addOfficeMinutes(from, 480)).toBe(until);
    expect(calendar.officeMinutesBetween(from, until)).toBe(480);
    expect(calendar.officeMinutesBetween(from, at('2025-09-30T17:00:00+08:00'))).toBe(120);
  });
});
