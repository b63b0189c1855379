import type { Day } from '#core/event/event.js';
import type { World } from './city/world.js';
import { isWorkday } from './workdays.js';

/** Relative load by weekday from Sunday: Mondays are heaviest, rest days bring online filings only. */
const BY_WEEKDAY = [0.15, 1.3, 1.1, 1.0, 1.0, 0.9, 0.2];

function weightOf(day: Day): number {
  const weight = BY_WEEKDAY[(day + 4) % 7] ?? 1;
  if (!isWorkday(day)) return Math.min(weight, 0.2);
  const rested = [1, 2, 3].filter((n) => !isWorkday(day - n)).length;
  return Math.max(weight, 0.9) * (rested >= 3 ? 1.6 : 1);
}

/** How many cases are filed on each day: they add up to `cases`; peaks after holidays. */
export function filingsPerDay(world: World, cases: number): [Day, number][] {
  const days: Day[] = [];
  for (let day = world.startOn; day <= world.lastFilingOn; day += 1) days.push(day);
  const total = days.reduce((sum, day) => sum + weightOf(day), 0);
  let weight = 0;
  let given = 0;
  return days.map((day) => {
    weight += weightOf(day);
    const upTo = Math.round((weight / total) * cases);
    const count = upTo - given;
    given = upTo;
    return [day, count];
  });
}
