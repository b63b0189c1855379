import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildCalendar, type CalendarEntry } from '#core/calendar/build-calendar.js';
import type { Calendar } from '#core/calendar/calendar.js';
import type { ClockInput, Stop } from '#core/calendar/clock.js';
import { computeClock } from '#core/calendar/compute-clock.js';
import { countBack } from '#core/calendar/count-days.js';
import { formatDate, parseDate } from '#core/calendar/local-time.js';
import { nationalCalendar, nationalEntries } from '#core/calendar/national.js';
import { capStop } from '#core/calendar/stops.js';

const calendar = nationalCalendar(Number.POSITIVE_INFINITY);
const FIRST = parseDate('2007-01-01');
const LAST = parseDate('2026-12-31');

const day = fc.integer({ min: FIRST, max: LAST });
const days = fc.integer({ min: 0, max: 120 });
const unit = fc.constantFrom('G' as const, 'Z' as const);
const stopNear = (start: number) =>
  fc.tuple(fc.integer({ min: -5, max: 60 }), fc.integer({ min: 0, max: 30 })).map(
    ([after, length]): Stop => ({
      first: start + after,
      last: start + after + length,
      cause: 'p',
    }),
  );
const startAndStops = day.chain((start) =>
  fc.record({ start: fc.constant(start), stops: fc.array(stopNear(start), { maxLength: 4 }) }),
);

function clockFrom(start: number, value: number, more: Partial<ClockInput> = {}) {
  return computeClock({
    calendar,
    startAt: calendar.startOf(start),
    limit: { value, unit: 'G' },
    ...more,
  });
}

describe('working days', () => {
  it('adding n and counting back agree for every date of 2007 to 2026', () => {
    for (let from = FIRST; from <= LAST; from++) {
      for (const n of [1, 2, 5, 20, 45, 60]) {
        const to = calendar.addWorkdays(from, n);
        if (
          calendar.workdaysBetween(from, to) !== n ||
          calendar.workdaysBetween(to, from) !== -n ||
          !calendar.isWorkday(to)
        ) {
          throw new Error(`${formatDate(from)} + ${n}`);
        }
        // Back from there lies the start, or the working day before it where the start is a rest day.
        const back = countBack(calendar, to, n, 'G');
        const expected = calendar.isWorkday(from) ? from : calendar.addWorkdays(from, -1);
        if (back !== expected) throw new Error(`${formatDate(from)} + ${n} - ${n}`);
      }
    }
  });

  it('adding is monotone in n and in the start date', () => {
    fc.assert(
      fc.property(day, days, (from, n) => {
        expect(calendar.addWorkdays(from, n + 1)).toBeGreaterThan(calendar.addWorkdays(from, n));
        expect(calendar.addWorkdays(from + 1, n)).toBeGreaterThanOrEqual(
          calendar.addWorkdays(from, n),
        );
      }),
    );
  });

  it('counts are additive and agree with looking at each day', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 400 }), (from, length) => {
        let seen = 0;
        for (let d = from + 1; d <= from + length; d++) if (calendar.isWorkday(d)) seen++;
        expect(calendar.workdaysBetween(from, from + length)).toBe(seen);
      }),
    );
  });

  it('arithmetic goes on beyond the table, Monday to Friday', () => {
    const small = buildCalendar({
      version: 'small',
      zone: 'Asia/Shanghai',
      entries: [],
      from: parseDate('2024-06-05'),
      to: parseDate('2024-06-20'),
      statutory: false,
    });
    const wide = buildCalendar({
      version: 'wide',
      zone: 'Asia/Shanghai',
      entries: [],
      statutory: false,
    });
    const near = fc.integer({ min: parseDate('2024-05-01'), max: parseDate('2024-08-01') });
    fc.assert(
      fc.property(near, near, fc.integer({ min: -50, max: 50 }), (a, b, n) => {
        expect(small.workdaysBetween(a, b)).toBe(wide.workdaysBetween(a, b));
        expect(small.addWorkdays(a, n)).toBe(wide.addWorkdays(a, n));
        expect(small.nextWorkday(a)).toBe(wide.nextWorkday(a));
        expect(small.kindOf(a)).toBe(wide.kindOf(a));
      }),
    );
    expect(formatDate(wide.addWorkdays(parseDate('9999-12-30'), -1))).toBe('9999-12-29');
    expect(formatDate(wide.nextWorkday(parseDate('0001-01-06')))).toBe('0001-01-08');
  });
});

describe('clocks', () => {
  it('the last day is the first on which the limit is used up, and days() says the same', () => {
    fc.assert(
      fc.property(startAndStops, days, unit, ({ start, stops }, n, of) => {
        const clock = clockFrom(start, n, { stops, limit: { value: n, unit: of } });
        const reached = clock.dayUsing(n);
        expect(clock.usedOn(reached)).toBe(n);
        if (n > 0) expect(clock.usedOn(reached - 1)).toBe(n - 1);
        const counts = clock.days(reached).map((line) => line.count ?? 0);
        expect(Math.max(...counts)).toBe(n);
        if (of === 'G') expect(clock.lastDay).toBe(reached);
        else expect(clock.lastDay).toBe(calendar.nextWorkday(reached));
        expect(clock.lateAfter(n)).toBe(clock.lateAt);
      }),
    );
  });

  it('a pause of zero days changes nothing', () => {
    fc.assert(
      fc.property(startAndStops, day, days, unit, ({ start, stops }, at, n, of) => {
        const zero = capStop(calendar, { start: at, end: at, limit: null, unit: of, cause: 'z' });
        expect(zero).toBeNull();
        const none = capStop(calendar, { start: at, end: at + 9, limit: 0, unit: of, cause: 'z' });
        expect(none).toBeNull();
        const limit = { value: n, unit: of };
        const empty: Stop = { first: at + 1, last: at, cause: 'z' };
        expect(clockFrom(start, n, { stops: [...stops, empty], limit }).lateAt).toBe(
          clockFrom(start, n, { stops, limit }).lateAt,
        );
      }),
    );
  });

  it('splitting a pause in two adjoining parts changes nothing', () => {
    fc.assert(
      fc.property(startAndStops, days, unit, fc.nat(), ({ start, stops }, n, of, cut) => {
        const limit = { value: n, unit: of };
        const split = stops.flatMap((stop): Stop[] => {
          const middle = stop.first + (cut % (stop.last - stop.first + 1));
          return [
            { ...stop, last: middle },
            { ...stop, first: middle + 1 },
          ];
        });
        const whole = clockFrom(start, n, { stops, limit });
        const parts = clockFrom(start, n, { stops: split, limit });
        expect(parts.lateAt).toBe(whole.lateAt);
        expect(parts.days(parts.lastDay)).toEqual(whole.days(whole.lastDay));
      }),
    );
  });

  it('a pause recorded as two adjoining pauses stops the same days', () => {
    fc.assert(
      fc.property(day, days, days, (start, first, second) => {
        const pause = (from: number, to: number) =>
          capStop(calendar, { start: from, end: to, limit: null, unit: 'G', cause: 'p' });
        const whole = [pause(start, start + first + second)];
        const parts = [pause(start, start + first), pause(start + first, start + first + second)];
        const lateWith = (stops: (Stop | null)[]) =>
          clockFrom(start - 3, 20, { stops: stops.filter((stop) => stop !== null) }).lateAt;
        expect(lateWith(parts)).toBe(lateWith(whole));
      }),
    );
  });

  it('the order of stops changes nothing, and a further stop never makes a case late earlier', () => {
    fc.assert(
      fc.property(startAndStops, days, unit, ({ start, stops }, n, of) => {
        const limit = { value: n, unit: of };
        const all = clockFrom(start, n, { stops, limit });
        expect(clockFrom(start, n, { stops: [...stops].reverse(), limit }).lateAt).toBe(all.lateAt);
        expect(clockFrom(start, n, { stops: stops.slice(1), limit }).lateAt).toBeLessThanOrEqual(
          all.lateAt,
        );
      }),
    );
  });

  it('a longer limit is never late earlier', () => {
    fc.assert(
      fc.property(startAndStops, days, unit, ({ start, stops }, n, of) => {
        const late = (value: number) =>
          clockFrom(start, value, { stops, limit: { value, unit: of } }).lateAt;
        expect(late(n + 1)).toBeGreaterThanOrEqual(late(n));
      }),
    );
  });
});

describe('calendar corrections', () => {
  const correction = fc.record({ date: day, off: fc.boolean() });

  it('a correction followed by its undo restores every due date', () => {
    const published = nationalEntries();
    const inForce = (date: string) =>
      published
        .filter((entry) => entry.date === date)
        .sort((a, b) => a.publishedAt - b.publishedAt);
    fc.assert(
      fc.property(correction, fc.array(fc.tuple(day, days), { minLength: 5 }), (changed, cases) => {
        const date = formatDate(changed.date);
        const name = 'correction';
        const asBefore = inForce(date).at(-1) ?? {
          date,
          off: !calendar.isWorkday(changed.date),
          name,
        };
        const corrected: CalendarEntry = { date, off: changed.off, name, publishedAt: 4e12 };
        const undo: CalendarEntry = { ...asBefore, publishedAt: 5e12 };
        const build = (...more: CalendarEntry[]): Calendar =>
          buildCalendar({
            version: 'x',
            zone: 'Asia/Shanghai',
            entries: [...published, ...more],
            from: parseDate('2003-01-01'),
            to: parseDate('2030-12-31'),
          });
        const restored = build(corrected, undo);
        for (const [start, n] of cases) {
          expect(clockFrom(start, n, { calendar: restored }).lateAt).toBe(
            clockFrom(start, n).lateAt,
          );
        }
        expect(build(corrected).isWorkday(changed.date)).toBe(!changed.off);
      }),
      { numRuns: 40 },
    );
  });

  it('the same knowledge date gives the same clock again, whatever was published since', () => {
    fc.assert(
      fc.property(day, days, fc.integer({ min: FIRST, max: LAST }), (start, n, known) => {
        const knownAt = calendar.startOf(known);
        const then = nationalCalendar(knownAt);
        const replay = buildCalendar({
          version: then.version,
          zone: then.zone,
          entries: [...nationalEntries()].reverse(),
          knownAt,
        });
        const a = clockFrom(start, n, { calendar: then });
        const b = clockFrom(start, n, { calendar: replay });
        expect(b.days(b.lastDay)).toEqual(a.days(a.lastDay));
        expect(b.lateAt).toBe(a.lateAt);
      }),
      { numRuns: 40 },
    );
  });
});
