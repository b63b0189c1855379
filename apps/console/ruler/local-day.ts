const CHINA_OFFSET_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;

/** The date in the time of the city that an instant (RFC 3339) falls on. */
export function dateOf(instant: string): string {
  return new Date(Date.parse(instant) + CHINA_OFFSET_MS).toISOString().slice(0, 10);
}

/** How much of that day has passed at the instant, from 0 to less than 1. */
export function partOfDay(instant: string): number {
  const local = Date.parse(instant) + CHINA_OFFSET_MS;
  return (local - Math.floor(local / DAY_MS) * DAY_MS) / DAY_MS;
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
}
