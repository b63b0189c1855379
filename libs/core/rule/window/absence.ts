import { computeClock } from '../../calendar/compute-clock.js';
import { outageStops } from '../../case/limit-clock.js';
import { stopsFor } from '../../case/pause.js';
import type { Event } from '../../event/event.js';
import type { Candidate } from '../candidate.js';
import type { CompiledAbsence } from '../compiled.js';
import type { Scope } from '../scope.js';
import { amountOf, startsOf } from './deadline.js';

const DAY_MS = 86_400_000;

/** Gaps after each relevant event: a candidate where the next one is later than the limit allows, or has not come. */
export function absenceCandidates(window: CompiledAbsence, scope: Scope): Candidate[] {
  const { view } = scope;
  const { of } = window;
  const events = of === null ? view.events : view.events.filter((event) => of.has(event.type));
  const found: Candidate[] = [];
  const least = leastGap(window, scope);
  for (let index = 0; index < events.length; index += 1) {
    const event = events[index];
    const next = events[index + 1] ?? null;
    if (event === undefined) continue;
    if (next === null && window.source.judge === 'completed') continue;
    scope.anchor = event;
    scope.ending = next;
    scope.windowClock = null;
    if (next !== null && next.occurredAt - event.occurredAt < least) continue;
    if (window.when !== null && window.when(scope) !== true) continue;
    const candidate = gapAfter(window, scope, { event, next });
    if (candidate !== null) found.push(candidate);
  }
  return found;
}

/** Milliseconds that a gap must have: n counted days need more than n - 1 whole days. Most gaps need no calendar. */
function leastGap(window: CompiledAbsence, scope: Scope): number {
  if (window.limit.unit === 'H') return 0;
  const { value } = window.limit;
  if (typeof value === 'number') return (value - 1) * DAY_MS;
  return /\b(event|end)\b/.test(value.source) ? 0 : (value(scope) - 1) * DAY_MS;
}

function gapAfter(
  window: CompiledAbsence,
  scope: Scope,
  gap: { readonly event: Event; readonly next: Event | null },
): Candidate | null {
  const { view } = scope;
  const { event, next } = gap;
  const stops = window.movers.outages ? outageStops(view) : [];
  if (window.movers.pauses) stops.push(...stopsFor(view.pauses, 'statutory'));
  const clock = computeClock({
    calendar: view.around.calendar,
    startAt: event.occurredAt,
    limit: amountOf(window.limit, scope),
    stops,
  });
  scope.windowClock = clock;
  const anchor = { event, day: view.dayOf(event), from: event.occurredAt };
  const starts = startsOf(window.levels, scope, { clock, anchor });
  const completed = window.source.judge === 'completed';
  if (completed && next !== null && !starts.some((start) => start.from <= next.occurredAt))
    return null;
  return {
    key: '',
    anchor: event,
    anchorless: false,
    starts:
      completed && next !== null
        ? starts.map((start) => ({ level: start.level, from: next.occurredAt }))
        : starts,
    ending: completed ? null : next,
    other: next,
    clock,
    evidence: next === null ? [event] : [event, next],
    restsOnAbsence: next === null,
    figures: {},
  };
}
