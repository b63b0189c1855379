import type { Calendar } from '../calendar/calendar.js';
import type { Clock } from '../calendar/clock.js';
import type { Event, Instant } from '../event/event.js';
import { type Explanation, LEVELS, type Level } from '../finding.js';

export interface LevelStart {
  readonly level: Level;
  /** First instant at which the level holds. */
  readonly from: Instant;
  /** True for a limit that has run over: a fact at that very instant is already late. */
  readonly late?: boolean;
}

/** What a window says before its exceptions and before the instant asked about are considered. */
export interface Candidate {
  /** What tells repeats apart besides the anchor (a key, a round); '' where the anchor does. */
  readonly key: string;
  /** Null for findings about the whole case. */
  readonly anchor: Event;
  readonly anchorless: boolean;
  readonly starts: readonly LevelStart[];
  /** Fact that ends the condition, or null. */
  readonly ending: Event | null;
  /** What exceptions name `end`: the fact that ended it, came late, or stands at the other end; or null. */
  readonly other: Event | null;
  readonly clock: Clock | null;
  readonly evidence: readonly Event[];
  /** True where nothing but silence says it: the sources must be covered before it may become an alert. */
  readonly restsOnAbsence: boolean;
  /** Figures of the arithmetic, by name. */
  readonly figures: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Settled {
  readonly level: Level;
  readonly since: Instant;
  readonly until: Instant | null;
  /** When the level now reached began: what an absence rests on. */
  readonly reachedAt: Instant;
}

/**
 * The state of a candidate at `asOf`: null where no level had begun before the ending fact and by `asOf`.
 * A level that would begin after the ending fact never existed, nor one that would begin with it unless it speaks of lateness. `nextAt` is the first instant after `asOf` at
 * which the answer changes by itself, or Infinity.
 */
export function settle(
  candidate: Candidate,
  asOf: Instant,
): { readonly settled: Settled | null; readonly nextAt: Instant } {
  const endAt = candidate.ending === null ? Number.POSITIVE_INFINITY : candidate.ending.occurredAt;
  let since = Number.POSITIVE_INFINITY;
  let level: Level | null = null;
  let reachedAt = Number.NEGATIVE_INFINITY;
  let nextAt = Number.POSITIVE_INFINITY;
  for (const start of candidate.starts) {
    if (start.from > endAt || (start.from === endAt && start.late !== true)) continue;
    if (start.from > asOf) {
      nextAt = Math.min(nextAt, start.from);
      continue;
    }
    since = Math.min(since, start.from);
    reachedAt = Math.max(reachedAt, start.from);
    if (level === null || rank(start.level) > rank(level)) level = start.level;
  }
  if (level === null) return { settled: null, nextAt };
  const until = endAt <= asOf ? endAt : null;
  return { settled: { level, since, until, reachedAt }, nextAt };
}

/** What a window says that has nothing to say. */
export const NO_CANDIDATES: readonly Candidate[] = [];

export function rank(level: Level): number {
  return LEVELS.indexOf(level);
}

/** Arithmetic of a candidate for people: its figures and, where a clock ran, every day of it. */
export function arithmetic(candidate: Candidate, calendar: Calendar): Explanation[] {
  const { clock } = candidate;
  if (clock === null) return [];
  return [
    {
      key: 'clock',
      params: {
        day0: clock.day0,
        lastDay: clock.lastDay,
        lateAt: clock.lateAt,
        total: clock.total,
        unit: clock.unit,
        provisional: clock.provisional,
        calendar: calendar.version,
        ...candidate.figures,
      },
      days: clock.unit === 'H' ? [] : clock.days(clock.lastDay),
    },
  ];
}
