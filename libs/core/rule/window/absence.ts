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
  for (let index = 0; index < events.length; index += 1) {
    const event = events[index];
    const next = events[index + 1] ?? null;
    if (event === undefined) continue;
    if (next === null && window.source.judge === 'completed') continue;
    scope.anchor = event;
    scope.ending = next;
    scope.windowClock = null;
    if (next !== null && cannotBeLate(window, scope, next.occurredAt - event.occurredAt)) continue;
    if (window.when !== null && window.when(scope) !== true) continue;
    const candidate = gapAfter(window, scope, { event, next });
    if (candidate !== null) found.push(candidate);
  }
  return found;
}

/** n counted days need more than n - 1 whole days: most gaps are told apart without a calendar. */
function cannotBeLate(window: CompiledAbsence, scope: Scope, gap: number): boolean {
  if (window.limit.unit === 'H') return false;
  const least = typeof window.limit.value === 'number' ? window.limit.value : 1;
  return scope.view !== null && gap < (least - 1) * DAY_MS;
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
    clock,
    evidence: next === null ? [event] : [event, next],
    restsOn: next === null ? clock.lateAt : null,
    figures: {},
  };
}
