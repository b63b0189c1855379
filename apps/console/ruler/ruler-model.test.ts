import { describe, expect, it } from '@jest/globals';
import { weekdayOf } from './local-day.js';
import { placeLabels } from './ruler-labels.js';
import { measure, readPoints, withPoint } from './ruler-measure.js';
import { layOut } from './ruler-model.js';
import type { DayLine, Line, Marks, Pin, Slot } from './ruler-types.js';
import { continues } from './same-list.js';

const NO_MARKS: Marks = {
  pins: [],
  steps: [],
  lines: [],
  pauses: [],
  lastOn: null,
  asOfOn: null,
  endedOn: null,
};

function dateAfter(first: string, index: number): string {
  return new Date(Date.parse(`${first}T00:00:00Z`) + index * 86_400_000).toISOString().slice(0, 10);
}

/** A list as the server would give it: numbers are what the test says, never what a calendar would. */
function listOf(first: string, numbers: readonly (number | null)[]): DayLine[] {
  return numbers.map((count, index) => {
    const date = dateAfter(first, index);
    const kind = weekdayOf(date) > 4 ? 'weekend' : 'workday';
    return { date, kind, count, stop: null, note: null, provisional: false };
  });
}

/** Monday to Friday numbered from the second day on. */
function plainList(first: string, length: number): DayLine[] {
  let number = 0;
  return listOf(
    first,
    Array.from({ length }, (_, index) => {
      if (index === 0 || weekdayOf(dateAfter(first, index)) > 4) return null;
      number += 1;
      return number;
    }),
  );
}

function pin(no: number, date: string, more: Partial<Pin> = {}): Pin {
  return {
    key: String(no),
    no,
    text: 'x',
    href: `#event-${no}`,
    date,
    receivedOn: date,
    late: false,
    ...more,
  };
}

const line = (kind: Line['kind'], date: string, part = 0.5): Line => ({
  kind,
  date,
  part,
  text: kind,
});
const wide = { columns: 28, opened: new Set<string>() };

function dayAt(slots: readonly Slot[], date: string) {
  const slot = slots.find((one) => one.type === 'day' && one.day.date === date);
  if (slot?.type !== 'day') throw new Error(`no ${date}`);
  return slot;
}

describe('rows', () => {
  it('show every day of the list once, in order, with the number that the list gives', () => {
    const days = listOf('2025-09-15', [null, 7, 7, null, 3, null, null, 99]);
    const { rows } = layOut(days, NO_MARKS, wide);
    const shown = rows.flatMap(({ slots }) => slots.map((slot) => slot.type === 'day' && slot.day));
    expect(shown).toEqual(days);
  });

  it('hold whole weeks, so that a weekday keeps its column', () => {
    const days = plainList('2025-09-18', 60);
    const { rows, columns } = layOut(days, { ...NO_MARKS }, { columns: 20, opened: new Set() });
    expect(columns % 7).toBe(0);
    expect(columns).toBeLessThanOrEqual(20);
    for (const { slots } of rows)
      for (const slot of slots)
        if (slot.type === 'day') expect(slot.col % 7).toBe(weekdayOf(slot.day.date));
  });

  it('are one week wide where there is room for less', () => {
    const { columns, rows } = layOut(plainList('2025-09-15', 21), NO_MARKS, {
      columns: 3,
      opened: new Set(),
    });
    expect(columns).toBe(7);
    expect(rows).toHaveLength(3);
  });
});

describe('days', () => {
  const days = plainList('2025-09-15', 28);
  const looks = (marks: Partial<Marks>, date: string, list = days) => {
    const { rows } = layOut(list, { ...NO_MARKS, ...marks }, wide);
    return dayAt(
      rows.flatMap(({ slots }) => slots),
      date,
    ).look;
  };

  it('after the last day are over the limit only up to the instant spoken of', () => {
    const marks = { lastOn: '2025-09-22', asOfOn: '2025-09-25' };
    expect(looks(marks, '2025-09-22')).toMatchObject({ over: false, ahead: false });
    expect(looks(marks, '2025-09-23')).toMatchObject({ over: true, ahead: false });
    expect(looks(marks, '2025-09-25')).toMatchObject({ over: true, ahead: false });
    expect(looks(marks, '2025-09-26')).toMatchObject({ over: false, ahead: true });
  });

  it('are never over the limit where it is not known of when the list speaks', () => {
    expect(looks({ lastOn: '2025-09-22' }, '2025-09-24').over).toBe(false);
  });

  it('are over the limit no further than the end of the matter', () => {
    const marks = { lastOn: '2025-09-22', asOfOn: '2025-10-01', endedOn: '2025-09-24' };
    expect(looks(marks, '2025-09-24').over).toBe(true);
    expect(looks(marks, '2025-09-25').over).toBe(false);
  });

  it('are not over the limit by an end that lies after the instant spoken of', () => {
    const marks = { lastOn: '2025-09-22', asOfOn: '2025-09-24', endedOn: '2025-09-30' };
    expect(looks(marks, '2025-09-25')).toMatchObject({ over: false, ahead: true });
  });

  it('tell stops with written notice, without, by outage, and pauses that stop nothing apart', () => {
    const stopped = (stop: string) =>
      days.map((day) => (day.date === '2025-09-18' ? { ...day, stop, count: null } : day));
    const pause = { pauseNo: 'P1', from: '2025-09-16', to: '2025-09-19', told: true };
    const look = (list: readonly DayLine[], told: boolean) =>
      looks({ pauses: [{ ...pause, told }] }, '2025-09-18', [...list]);
    expect(look(stopped('P1'), true)).toMatchObject({ stop: 'told', stopNo: 'P1' });
    expect(look(stopped('P1'), false).stop).toBe('untold');
    expect(look(stopped('OUT-9'), true).stop).toBe('outage');
    expect(look(days, true).stop).toBe('not-stopping');
    expect(look(days, false).stop).toBe('untold');
  });

  it('are not covered by a pause on its own first day or after its end', () => {
    const pauses = [{ pauseNo: 'P1', from: '2025-09-16', to: '2025-09-18', told: true }];
    expect(looks({ pauses }, '2025-09-16').stop).toBeNull();
    expect(looks({ pauses }, '2025-09-18').stop).toBe('not-stopping');
    expect(looks({ pauses }, '2025-09-19').stop).toBeNull();
  });
});

describe('folds', () => {
  const days = plainList('2025-09-15', 20 * 7);
  const first = '2025-09-29';

  it('take the middle of a long time without marks, and leave a week on either side', () => {
    const { folds } = layOut(days, NO_MARKS, wide);
    expect(folds).toHaveLength(1);
    expect(folds[0]?.key).toBe(first);
    expect(folds[0]?.days.at(-1)?.date).toBe('2026-01-18');
  });

  it('hide no day that has a mark', () => {
    const marks: Marks = {
      ...NO_MARKS,
      pins: [pin(1, '2025-10-29', { late: true, receivedOn: '2025-11-26' })],
      lines: [line('deadline', '2025-12-10')],
    };
    const { folds } = layOut(days, marks, wide);
    const hidden = folds.flatMap((fold) => fold.days.map(({ date }) => date));
    for (const date of ['2025-10-29', '2025-11-26', '2025-12-10'])
      expect(hidden).not.toContain(date);
  });

  it('hide neither the beginning nor the end of a stop', () => {
    const paused = days.map((day, index) =>
      index > 50 && index < 58 ? { ...day, stop: 'P' } : day,
    );
    const { folds } = layOut(paused, NO_MARKS, wide);
    const hidden = folds.flatMap((fold) => fold.days.map(({ date }) => date));
    expect(hidden).not.toContain(days[51]?.date);
    expect(hidden).not.toContain(days[58]?.date);
  });

  it('keep the numbers of what they hide, and open', () => {
    const { rows, folds } = layOut(days, NO_MARKS, wide);
    const seen = rows.flatMap(({ slots }) =>
      slots.flatMap((slot) => (slot.type === 'day' ? [slot.day] : [...slot.fold.days])),
    );
    expect(seen).toEqual(days);
    const opened = layOut(days, NO_MARKS, { columns: 28, opened: new Set([folds[0]?.key ?? '']) });
    expect(opened.folds).toHaveLength(0);
    expect(opened.rows.flatMap(({ slots }) => slots)).toHaveLength(days.length);
  });

  it('say that days over the limit are among them', () => {
    const marks = { ...NO_MARKS, lastOn: '2025-09-19', asOfOn: days.at(-1)?.date ?? '' };
    expect(layOut(days, marks, wide).folds.every(({ over }) => over)).toBe(true);
  });

  it('leave a short list whole', () => {
    expect(layOut(plainList('2025-09-15', 35), NO_MARKS, wide).folds).toHaveLength(0);
  });
});

describe('marks', () => {
  const days = plainList('2025-09-15', 28);

  it('outside the list are told apart from those in it', () => {
    const marks = {
      ...NO_MARKS,
      pins: [pin(1, '2025-09-01'), pin(2, '2025-09-16'), pin(3, '2025-12-01')],
      lines: [line('as-of', '2026-01-01'), line('deadline', '2025-10-01')],
    };
    const { before, after, linesOutside, rows } = layOut(days, marks, wide);
    expect(before.map(({ no }) => no)).toEqual([1]);
    expect(after.map(({ no }) => no)).toEqual([3]);
    expect(linesOutside.map(({ kind }) => kind)).toEqual(['as-of']);
    expect(rows.flatMap(({ pins }) => pins.map(({ pin: own }) => own.no))).toEqual([2]);
  });

  it('of one day stand over one another, the fourth and later ones together', () => {
    const pins = [1, 2, 3, 4, 5].map((no) => pin(no, '2025-09-16'));
    const [row] = layOut(days, { ...NO_MARKS, pins }, wide).rows;
    expect(row?.pins.map(({ level, pin: own, more }) => [level, own.no, more.length])).toEqual([
      [0, 1, 0],
      [1, 2, 0],
      [2, 3, 2],
    ]);
  });

  it('of late events stand at the day on which they were received', () => {
    const pins = [pin(1, '2025-09-16', { late: true, receivedOn: '2025-09-19' })];
    const [row] = layOut(days, { ...NO_MARKS, pins }, wide).rows;
    expect(row?.late).toEqual([{ col: 4, pins }]);
  });

  it('put steps that run at the same time in lanes, and steps over two rows in two pieces', () => {
    const steps = [
      { key: 'a', text: 'A', from: '2025-09-15', to: '2025-09-30' },
      { key: 'b', text: 'B', from: '2025-09-17', to: null },
      { key: 'c', text: 'C', from: '2025-10-01', to: '2025-10-02' },
    ];
    const marks = { ...NO_MARKS, steps, asOfOn: '2025-09-20' };
    const { rows } = layOut(days, marks, { columns: 14, opened: new Set() });
    const pieces = rows.flatMap((row) => row.steps);
    expect(pieces.filter(({ step }) => step.key === 'a')).toMatchObject([
      { lane: 0, from: 0, to: 14, begins: true, ends: false },
      { lane: 0, from: 0, to: 2, begins: false, ends: true },
    ]);
    expect(pieces.find(({ step }) => step.key === 'b')).toMatchObject({
      lane: 1,
      to: 6,
      ends: false,
    });
    expect(pieces.find(({ step }) => step.key === 'c')).toMatchObject({ lane: 0 });
  });

  it('draw a line at its part of the day', () => {
    const lines = [line('deadline', '2025-09-17', 1)];
    expect(layOut(days, { ...NO_MARKS, lines }, wide).rows[0]?.lines[0]?.at).toBe(3);
  });
});

describe('labels', () => {
  it('never lie over one another', () => {
    for (const xs of [
      [10, 20, 30, 40],
      [900, 940, 960, 990],
      [0, 500, 510, 995],
      [5, 5, 5],
    ]) {
      const placed = placeLabels(
        xs.map((x, index) => ({ key: String(index), text: '期限 2025-10-17 届满', x })),
        1000,
      );
      for (const one of placed)
        for (const other of placed)
          if (one !== other && one.level === other.level)
            expect(one.left + one.width <= other.left || other.left + other.width <= one.left).toBe(
              true,
            );
      for (const { left, width } of placed) {
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(1000);
      }
    }
  });
});

describe('measuring', () => {
  const list = listOf('2025-09-15', [null, 1, 2, null, 3, null, null, 4]).map((day, index) =>
    index === 3 ? { ...day, stop: 'P1' } : day,
  );

  it('reads the numbers of the list, whichever point was chosen first', () => {
    const expected = {
      from: '2025-09-16',
      to: '2025-09-22',
      countFrom: 1,
      countTo: 4,
      difference: 3,
    };
    expect(measure(list, '2025-09-16', '2025-09-22')).toMatchObject({ ...expected, span: 6 });
    expect(measure(list, '2025-09-22', '2025-09-16')).toMatchObject({
      stopped: 1,
      stops: ['P1'],
      rest: 2,
    });
  });

  it('takes the number reached where a day has none of its own', () => {
    expect(measure(list, '2025-09-15', '2025-09-21')).toMatchObject({ countFrom: 0, countTo: 3 });
  });

  it('gives no numbers where the list has none, and nothing for days that it does not have', () => {
    const hours = list.map((day) => ({ ...day, count: null }));
    expect(measure(hours, '2025-09-15', '2025-09-16')?.difference).toBeNull();
    expect(measure(list, '2025-09-15', '2026-01-01')).toBeNull();
  });

  it('chooses a first day, a second, and then begins anew', () => {
    expect(withPoint([], 'a')).toEqual(['a']);
    expect(withPoint(['a'], 'b')).toEqual(['a', 'b']);
    expect(withPoint(['a'], 'a')).toEqual([]);
    expect(withPoint(['a', 'b'], 'c')).toEqual(['c']);
    expect(readPoints('2025-09-15..2025-10-17')).toEqual(['2025-09-15', '2025-10-17']);
    expect(readPoints('x..<script>')).toEqual([]);
  });
});

describe('a longer list', () => {
  const days = plainList('2025-09-15', 10);

  it('continues another only where that is its beginning, field by field', () => {
    expect(continues(days.slice(0, 5), days)).toBe(true);
    expect(continues(days, days.slice(0, 5))).toBe(false);
    expect(continues([], days)).toBe(false);
    const other = days.map((day, index) => (index === 3 ? { ...day, stop: 'P' } : day));
    expect(continues(days.slice(0, 5), other)).toBe(false);
  });
});
