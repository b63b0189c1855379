import { DAY_MS, formatDate, type Zone, zoneOf } from '#core/calendar/local-time.js';
import type { Instant } from '#core/event/event.js';

const MINUTE_MS = 60_000;

/** What a local time that exists twice (the hour that is repeated in autumn) means. */
export const AMBIGUOUS_TIMES = ['earlier', 'later', 'refuse'] as const;
export type AmbiguousTimes = (typeof AMBIGUOUS_TIMES)[number];

export interface LocalFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

export type LocalReading =
  | { readonly at: Instant }
  | { readonly refused: 'no-such-date' | 'ambiguous' | 'skipped' };

/**
 * Reads and writes the local times of one IANA zone for logs, which often leave the offset out.
 * Throws RangeError where the zone does not exist.
 */
export class LocalTime {
  private readonly zone: Zone;

  constructor(name: string) {
    this.zone = zoneOf(name);
  }

  get zoneName(): string {
    return this.zone.name;
  }

  /** Local time minus UTC in milliseconds at an instant. */
  offsetAt(at: Instant): number {
    return Math.round(this.zone.offsetAt(at) * MINUTE_MS);
  }

  /**
   * The instant of a local time. A local time that is skipped in spring is read with the offset before the change
   * (02:30 becomes 03:30), one that exists twice is read as `ambiguous` says; `refuse` refuses both.
   */
  instantOf(fields: LocalFields, ambiguous: AmbiguousTimes): LocalReading {
    const local = utcOf(fields);
    if (local === null) return { refused: 'no-such-date' };
    const before = this.offsetAt(local - DAY_MS);
    const after = this.offsetAt(local + DAY_MS);
    if (before === after) return { at: local - before };
    const first = local - before;
    const second = local - after;
    const firstHolds = this.offsetAt(first) === before;
    const secondHolds = this.offsetAt(second) === after;
    if (firstHolds !== secondHolds) return { at: firstHolds ? first : second };
    if (ambiguous === 'refuse') return { refused: firstHolds ? 'ambiguous' : 'skipped' };
    if (!firstHolds) return { at: first };
    return { at: ambiguous === 'earlier' ? Math.min(first, second) : Math.max(first, second) };
  }

  /** Local date `YYYY-MM-DD` of an instant. */
  dateOf(at: Instant): string {
    return formatDate(this.zone.dayOf(at));
  }

  /** RFC 3339 with the zone's offset and milliseconds; with Z where the offset has seconds, which RFC 3339 cannot write. */
  textOf(at: Instant): string {
    const offset = this.offsetAt(at);
    if (offset % MINUTE_MS !== 0) return new Date(at).toISOString();
    const minutes = Math.abs(offset) / MINUTE_MS;
    const sign = offset < 0 ? '-' : '+';
    const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
    const rest = String(minutes % 60).padStart(2, '0');
    return `${new Date(at + offset).toISOString().slice(0, -1)}${sign}${hours}:${rest}`;
  }
}

/** The fields read as UTC, or null where there is no such date or time of day. */
export function utcOf(fields: LocalFields): Instant | null {
  const { year, month, day, hour, minute, second, millisecond } = fields;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.setUTCHours(hour, minute, second, millisecond);
}
