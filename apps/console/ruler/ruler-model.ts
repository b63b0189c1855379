import { weekdayOf } from './local-day.js';
import type {
  DayLine,
  DayLook,
  Fold,
  LatePlace,
  Layout,
  Marks,
  Pin,
  PinPlace,
  Row,
  Slot,
  StepPiece,
  StepSpan,
} from './ruler-types.js';

const WEEK = 7;
/** Weeks without a mark that are folded at least; one such week stays open on either side. */
const FOLD_WEEKS = 3;
/** Pins of one day that are drawn one by one. */
const MOST_PINS = 3;

interface Block {
  /** Column in its week of the first day; 0 except in the first week. */
  readonly offset: number;
  readonly days: readonly DayLine[];
}

/** Lays a day list and its marks out in rows of whole weeks, so that weekends stand under one another. */
export function layOut(
  days: readonly DayLine[],
  marks: Marks,
  room: { readonly columns: number; readonly opened: ReadonlySet<string> },
): Layout {
  const { blocks, folds } = foldWeeks(weeksOf(days), marks, {
    marked: markedDates(days, marks),
    opened: room.opened,
  });
  const lanes = lanesOf(marks);
  const rows: Row[] = [];
  // Rows of about the same length, rather than full ones and a rest.
  const fitting = Math.max(1, Math.floor(room.columns / WEEK));
  const perRow = Math.max(1, Math.ceil(blocks.length / Math.ceil(blocks.length / fitting)));
  for (let at = 0; at < blocks.length; at += perRow)
    rows.push(rowOf(blocks.slice(at, at + perRow), folds, { marks, lanes }));
  const [first, last] = [days[0]?.date ?? '', days.at(-1)?.date ?? ''];
  return {
    columns: perRow * WEEK,
    rows,
    folds: [...folds.values()],
    before: marks.pins.filter(({ date }) => date < first),
    after: marks.pins.filter(({ date }) => date > last),
    linesOutside: marks.lines.filter(({ date }) => date < first || date > last),
  };
}

function weeksOf(days: readonly DayLine[]): Block[] {
  const weeks: { offset: number; days: DayLine[] }[] = [];
  for (const day of days) {
    const column = weekdayOf(day.date);
    const week = weeks.at(-1);
    if (week === undefined || column === 0) weeks.push({ offset: column, days: [day] });
    else week.days.push(day);
  }
  return weeks;
}

/** Days that must be seen: those with a mark, the ends of stops, and the ends of the list. */
function markedDates(days: readonly DayLine[], marks: Marks): ReadonlySet<string> {
  const dates = new Set<string>();
  for (const pin of marks.pins) dates.add(pin.date).add(pin.late ? pin.receivedOn : pin.date);
  for (const { from, to } of marks.steps) dates.add(from).add(to ?? from);
  for (const { from, to } of marks.pauses) dates.add(from).add(to ?? from);
  for (const { date } of marks.lines) dates.add(date);
  days.forEach((day, index) => {
    if (day.stop !== (days[index - 1]?.stop ?? null)) dates.add(day.date);
  });
  for (const end of [days[0], days.at(-1)]) if (end !== undefined) dates.add(end.date);
  return dates;
}

function foldWeeks(
  weeks: readonly Block[],
  marks: Marks,
  {
    marked,
    opened,
  }: { readonly marked: ReadonlySet<string>; readonly opened: ReadonlySet<string> },
): { readonly blocks: readonly Block[]; readonly folds: ReadonlyMap<Block, Fold> } {
  const blocks: Block[] = [];
  const folds = new Map<Block, Fold>();
  const isQuiet = (week: Block | undefined) =>
    week !== undefined &&
    week.days.length === WEEK &&
    week.days.every(({ date }) => !marked.has(date));
  let at = 0;
  while (at < weeks.length) {
    let end = at;
    while (isQuiet(weeks[end])) end++;
    const inner = end - at >= FOLD_WEEKS + 2 ? weeks.slice(at + 1, end - 1) : [];
    const key = inner[0]?.days[0]?.date;
    if (key !== undefined && !opened.has(key)) {
      const block = { offset: 0, days: inner.flatMap((week) => week.days) };
      const over = block.days.some(({ date }) => isOver(date, marks));
      folds.set(block, { key, days: block.days, over });
      blocks.push(...weeks.slice(at, at + 1), block, ...weeks.slice(end - 1, end));
    } else blocks.push(...weeks.slice(at, end));
    if (end < weeks.length) blocks.push(...weeks.slice(end, end + 1));
    at = end + 1;
  }
  return { blocks, folds };
}

/** A lane for each step, so that steps that run at the same time lie under one another. */
function lanesOf({ steps, asOfOn }: Marks): ReadonlyMap<StepSpan, number> {
  const lanes = new Map<StepSpan, number>();
  const ends: string[] = [];
  for (const step of [...steps].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const free = ends.findIndex((end) => end < step.from);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = endOf(step, asOfOn);
    lanes.set(step, lane);
  }
  return lanes;
}

/** An open step is drawn up to the day that everything speaks of. */
function endOf(step: StepSpan, asOfOn: string | null): string {
  const end = step.to ?? asOfOn ?? '9999-12-31';
  if (end < step.from) return step.from;
  return end;
}

interface Marking {
  readonly marks: Marks;
  readonly lanes: ReadonlyMap<StepSpan, number>;
}

function rowOf(
  blocks: readonly Block[],
  folds: ReadonlyMap<Block, Fold>,
  { marks, lanes }: Marking,
): Row {
  const slots: Slot[] = [];
  const columnOf = new Map<string, number>();
  blocks.forEach((block, index) => {
    const start = index * WEEK;
    const fold = folds.get(block);
    if (fold !== undefined) {
      slots.push({ type: 'fold', col: start, fold });
      return;
    }
    block.days.forEach((day, nth) => {
      const col = start + block.offset + nth;
      columnOf.set(day.date, col);
      slots.push({ type: 'day', col, day, look: lookOf(day, marks) });
    });
  });
  return {
    slots,
    steps: [...lanes].flatMap(([step, lane]) => pieceOf(step, lane, { slots, marks }) ?? []),
    pins: pinsOf(marks.pins, columnOf),
    late: lateOf(marks.pins, columnOf),
    lines: marks.lines.flatMap((line) => {
      const col = columnOf.get(line.date);
      return col === undefined ? [] : [{ line, at: col + line.part }];
    }),
  };
}

function isOver(date: string, { lastOn, asOfOn, endedOn }: Marks): boolean {
  const until = endedOn ?? asOfOn;
  if (lastOn === null || until === null || date <= lastOn) return false;
  return date <= until && (asOfOn === null || date <= asOfOn);
}

function lookOf(day: DayLine, marks: Marks): DayLook {
  const { date, stop } = day;
  const over = isOver(date, marks);
  const ahead = marks.asOfOn !== null && date > marks.asOfOn;
  if (stop !== null) {
    const pause = marks.pauses.find(({ pauseNo }) => pauseNo === stop);
    const look = pause === undefined ? 'outage' : pause.told ? 'told' : 'untold';
    return { stop: look, stopNo: stop, over, ahead };
  }
  const entered = marks.pauses.find(
    ({ from, to }) => date > from && date <= (to ?? marks.asOfOn ?? from),
  );
  // A rest day says nothing of a pause: it would not have been counted anyway.
  if (entered === undefined || day.count === null) return { stop: null, stopNo: null, over, ahead };
  const look = entered.told ? 'not-stopping' : 'untold';
  return { stop: look, stopNo: entered.pauseNo, over, ahead };
}

const firstOf = (slot: Slot) =>
  slot.type === 'day' ? slot.day.date : (slot.fold.days[0]?.date ?? '');
const lastOf = (slot: Slot) =>
  slot.type === 'day' ? slot.day.date : (slot.fold.days.at(-1)?.date ?? '');

function pieceOf(
  step: StepSpan,
  lane: number,
  { slots, marks }: { readonly slots: readonly Slot[]; readonly marks: Marks },
): StepPiece | null {
  const end = endOf(step, marks.asOfOn);
  const touched = slots.filter((slot) => firstOf(slot) <= end && lastOf(slot) >= step.from);
  const [first, last] = [touched[0], touched.at(-1)];
  if (first === undefined || last === undefined) return null;
  return {
    step,
    lane,
    from: first.col,
    to: last.col + (last.type === 'day' ? 1 : WEEK),
    begins: firstOf(first) <= step.from,
    ends: step.to !== null && lastOf(last) >= step.to,
  };
}

function pinsOf(pins: readonly Pin[], columnOf: ReadonlyMap<string, number>): PinPlace[] {
  const byDay = new Map<number, Pin[]>();
  for (const pin of pins) {
    const col = columnOf.get(pin.date);
    if (col !== undefined) byDay.set(col, [...(byDay.get(col) ?? []), pin]);
  }
  return [...byDay].flatMap(([col, own]) => {
    const alone = own.length > MOST_PINS ? own.slice(0, MOST_PINS - 1) : own;
    const [next, ...more] = own.slice(alone.length);
    const places = alone.map((pin, level) => ({ col, level, pin, more: [] as Pin[] }));
    return next === undefined ? places : [...places, { col, level: alone.length, pin: next, more }];
  });
}

function lateOf(pins: readonly Pin[], columnOf: ReadonlyMap<string, number>): LatePlace[] {
  const byDay = new Map<number, Pin[]>();
  for (const pin of pins) {
    const col = pin.late ? columnOf.get(pin.receivedOn) : undefined;
    if (col !== undefined) byDay.set(col, [...(byDay.get(col) ?? []), pin]);
  }
  return [...byDay].map(([col, own]) => ({ col, pins: own }));
}
