import type { TFunction } from 'i18next';
import { weekdayOf } from './local-day.js';
import type { DayLine, DayLook, Fold } from './ruler-types.js';

/** The weekday in words, as tables and labels say it. */
export function weekdayText(t: TFunction, date: string): string {
  return t(`ruler.weekday.${weekdayOf(date)}`);
}

/** Everything that the drawing says of a day, as one sentence. */
export function dayText(t: TFunction, day: DayLine, look: DayLook): string {
  const named = day.note === null ? '' : ` (${day.note})`;
  const parts = [
    `${day.date} ${weekdayText(t, day.date)}`,
    `${t(`ruler.kind.${day.kind}`)}${named}`,
    day.count === null ? t('ruler.day.uncounted') : t('ruler.day.counted', { number: day.count }),
  ];
  if (look.stop !== null) parts.push(t(`ruler.day.stop.${look.stop}`, { no: look.stopNo }));
  if (look.over) parts.push(t('ruler.day.over'));
  if (look.ahead) parts.push(t('ruler.day.ahead'));
  if (day.provisional) parts.push(t('ruler.day.provisional'));
  return parts.join(t('ruler.day.comma'));
}

/** Numbers that a fold hides, by the list. */
export function foldNumbers(fold: Fold): { readonly first: number; readonly last: number } | null {
  const counts = fold.days.flatMap(({ count }) => (count === null ? [] : [count]));
  const [first, last] = [counts[0], counts.at(-1)];
  return first === undefined || last === undefined ? null : { first, last };
}

export function foldText(t: TFunction, fold: Fold): string {
  const numbers = foldNumbers(fold);
  const parts = [
    t('ruler.fold.days', {
      from: fold.days[0]?.date,
      to: fold.days.at(-1)?.date,
      days: fold.days.length,
    }),
  ];
  if (numbers !== null) parts.push(t('ruler.fold.counts', numbers));
  if (fold.over) parts.push(t('ruler.day.over'));
  return parts.join(t('ruler.day.comma'));
}
