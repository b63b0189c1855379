import { readDate } from './calendar/local-time.js';
import { CALENDAR_TYPES, jurisdictionOf } from './calendar/published.js';
import type { Event, FeedConfig, Instant } from './event/event.js';

const DAY_MS = 86_400_000;

/**
 * The cases that a reference fact may have been judged wrongly in before it was known, though nothing is due there any
 * more. They are asked again when it becomes known; a case that awaits something is asked in time anyway.
 */
export interface Reach {
  /** Prefix of region codes; empty: everywhere. */
  readonly jurisdiction: string;
  /** Agency that the cases were filed with; null: any. */
  readonly agencyCode: string | null;
  /** Authority that numbers the cases; null: any. */
  readonly authority: string | null;
  /** Cases last judged before this instant cannot be touched by it. */
  readonly judgedSince: Instant;
}

/** What is asked of a case: where its row stands, and through when it was judged. */
export interface Reachable {
  readonly caseId: string;
  readonly regionCode: string;
  readonly agencyCode: string;
  readonly asOf: Instant;
}

/**
 * The reach of a calendar notice (its jurisdiction, from the first day that it names; a correction or revocation may
 * concern any), of a posting (cases of the agency that posted the person, from its first day) and of a declared outage (cases of the
 * feed's numbering authority, from the day on which it began). Null for other facts: a version of an item touches the
 * cases of the item, whenever they were judged.
 */
export function reachOf(
  event: Event,
  feeds: ReadonlyMap<string, FeedConfig> | undefined,
): Reach | null {
  const everywhere = { jurisdiction: '', agencyCode: null, authority: null };
  if (event.type === 'calendar.published') {
    const [first] = Object.keys((event.data.days as object | null) ?? {}).sort();
    const jurisdiction = jurisdictionOf(event.regionCode);
    return { ...everywhere, jurisdiction, judgedSince: beginOf(first) };
  }
  if (CALENDAR_TYPES.has(event.type)) return { ...everywhere, judgedSince: 0 };
  if (event.type === 'org.posting-changed') {
    const judgedSince = beginOf(String(event.data.from ?? ''));
    return { ...everywhere, agencyCode: event.agencyCode || null, judgedSince };
  }
  if (event.type === 'feed.outage-declared') {
    const authority = feeds?.get(event.subject)?.authority ?? event.subject;
    return { ...everywhere, authority, judgedSince: beginOf(String(event.data.from ?? '')) };
  }
  return null;
}

/** A day before the date that a text begins with, so that it has begun in no zone; 0 where it names none. */
function beginOf(text: string | undefined): Instant {
  const day = readDate((text ?? '').slice(0, 10));
  return day === null ? 0 : (day - 1) * DAY_MS;
}

/** Case numbers of an authority begin with this. */
export function prefixOf(authority: string): string {
  return `${authority}/`;
}

export function reaches(reach: Reach, of: Reachable): boolean {
  return (
    of.asOf >= reach.judgedSince &&
    of.regionCode.startsWith(reach.jurisdiction) &&
    (reach.agencyCode === null || reach.agencyCode === of.agencyCode) &&
    (reach.authority === null || of.caseId.startsWith(prefixOf(reach.authority)))
  );
}
