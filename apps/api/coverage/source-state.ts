import type { Instant } from '#core/event/event.js';
import { type City, feedOf, plainFeed } from '#rulebook/city.js';
import type { Language } from '../language/language.js';
import { localTimeText, textOf } from '../language/texts.js';
import type { GroupedCoverage } from './group-lanes.js';

export const SOURCE_STATES = [
  'current',
  'silent',
  'gap',
  'unheard',
  'unreadable',
  'on-change',
] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Under this name the monitors count records whose source could not be read. */
const NO_SOURCE = 'unknown';

/** False where the records named no source. */
export function isNamed({ source }: GroupedCoverage): boolean {
  return source !== NO_SOURCE;
}

/** What a source is judged by: its agreed delay, and the present. */
export interface Judging {
  readonly city: City;
  readonly asOf: Instant;
  /** Sources of catalogue, postings and calendars, which deliver when something changes: their silence says nothing. */
  readonly onChange: ReadonlySet<string>;
}

/** Longest delay that was agreed with a source, in hours. */
export function agreedDelayHours(city: City, source: string): number {
  return (feedOf(city, source) ?? plainFeed(source)).agreedDelayHours;
}

/** How far the evaluation of a source lies behind, in whole minutes; null where it was never heard. */
export function delayMinutes({ evaluatedThrough }: GroupedCoverage, asOf: Instant): number | null {
  if (evaluatedThrough === null) return null;
  return Math.max(0, Math.floor((asOf - evaluatedThrough) / MINUTE_MS));
}

/**
 * The gravest that is true of it: never heard, heard with unreadable records only, silent for longer than agreed, an open
 * gap, or none of these.
 */
export function sourceState(group: GroupedCoverage, judging: Judging): SourceState {
  const { evaluatedThrough, gaps, source } = group;
  const { city, asOf, onChange } = judging;
  if (evaluatedThrough === null) return group.quarantined > 0 ? 'unreadable' : 'unheard';
  const isOnChange = onChange.has(source);
  const isLate = asOf - evaluatedThrough > agreedDelayHours(city, source) * HOUR_MS;
  if (isLate && !isOnChange) return 'silent';
  if (gaps.length > 0) return 'gap';
  return isOnChange ? 'on-change' : 'current';
}

/** A span of minutes in its two largest units. */
export function delayText(minutes: number | null, language: Language): string {
  if (minutes === null) return '—';
  const [d, h, m] = [
    Math.floor(minutes / 1440),
    Math.floor(minutes / 60) % 24,
    Math.floor(minutes) % 60,
  ];
  if (d > 0) return textOf(language, 'delay.days', { d, h });
  return h > 0
    ? textOf(language, 'delay.hours', { h, m })
    : textOf(language, 'delay.minutes', { m });
}

/** The sources that can be relied on, and through when all of them are evaluated; those on change are left out. */
function reliable(groups: readonly GroupedCoverage[], judging: Judging) {
  const states = groups.map((group) => ({ group, state: sourceState(group, judging) }));
  const counted = states.filter(({ group, state }) => state !== 'on-change' && isNamed(group));
  const good = counted.flatMap(({ group, state }) => (state === 'current' ? [group] : []));
  const least = Math.min(...good.map(({ evaluatedThrough }) => evaluatedThrough ?? 0));
  return {
    n: counted.length,
    good: good.length,
    others: counted.length - good.length,
    through: good.length === 0 ? null : localTimeText(least),
  };
}

/** What is known of all sources together, as a sentence that can stand beside a figure. */
export function sourcesSentence(
  groups: readonly GroupedCoverage[],
  judging: Judging,
  language: Language,
): string {
  const known = reliable(groups, judging);
  if (known.n === 0) return textOf(language, 'coverage.no-source');
  if (known.good === 0) return textOf(language, 'coverage.all.none', known);
  return known.others === 0
    ? textOf(language, 'coverage.all.through', known)
    : textOf(language, 'coverage.all.some', known);
}

/** The same in a few words. */
export function sourcesMark(
  groups: readonly GroupedCoverage[],
  judging: Judging,
  language: Language,
): string {
  const known = reliable(groups, judging);
  return known.good === 0
    ? textOf(language, 'coverage.mark.none', known)
    : textOf(language, 'coverage.mark.through', known);
}
