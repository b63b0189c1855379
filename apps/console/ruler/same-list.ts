import type { DayLine } from './ruler-types.js';

/** True where the longer list begins with exactly the other one: the same arithmetic, followed further. */
export function continues(list: readonly DayLine[], longer: readonly DayLine[]): boolean {
  return (
    list.length > 0 &&
    longer.length >= list.length &&
    list.every((day, index) => isSame(day, longer[index]))
  );
}

function isSame(one: DayLine, other: DayLine | undefined): boolean {
  return (
    other !== undefined &&
    one.date === other.date &&
    one.kind === other.kind &&
    one.count === other.count &&
    one.stop === other.stop &&
    one.note === other.note &&
    one.provisional === other.provisional
  );
}
