import type { DayLine } from '#core/calendar/clock.js';
import { dayText } from '../language/texts.js';
import type { DayDto } from './explanation.dto.js';

/** The days of a clock as they stand in answers. */
export function dayList(lines: readonly DayLine[]): DayDto[] {
  return lines.map(({ day, kind, count, stop, note, provisional }) => ({
    date: dayText(day),
    kind,
    count,
    stop,
    note,
    provisional,
  }));
}
