import type { Clock } from '../../calendar/clock.js';
import { computeClock } from '../../calendar/compute-clock.js';
import { readDate } from '../../calendar/local-time.js';
import type { CaseView } from '../../case/case-view.js';
import { endsElsewhere, isClosing } from '../../case/closing.js';
import { addedBy, outageStops, startOf } from '../../case/limit-clock.js';
import { stopsFor } from '../../case/pause.js';
import type { Day, Event, Instant, Limit } from '../../event/event.js';
import { type Candidate, type LevelStart, NO_CANDIDATES } from '../candidate.js';
import type { CompiledDeadline, CompiledLevel, CompiledLimit } from '../compiled.js';
import type { Scope } from '../scope.js';

interface Anchor {
  readonly event: Event;
  readonly day: Day;
  /** No level can begin before this instant. */
  readonly from: Instant;
}

/** Deadline windows of a case: one candidate per anchor (design.md section 4, Windows). */
export function deadlineCandidates(window: CompiledDeadline, scope: Scope): readonly Candidate[] {
  const { view } = scope;
  if (window.source.from === 'acceptance') {
    const { acceptance } = view;
    if (acceptance === null) return NO_CANDIDATES;
    const { event, on, from } = acceptance;
    return fromAnchors(window, scope, [event], () => ({ event, day: on, from }));
  }
  const { from } = window.source;
  const anchors =
    from.length === 1 ? view.ofType(from[0] ?? '') : from.flatMap((type) => view.ofType(type));
  if (anchors.length === 0) return NO_CANDIDATES;
  return fromAnchors(window, scope, anchors, anchorAt);
}

function anchorAt(event: Event, view: CaseView): Anchor {
  return { event, day: view.dayOf(event), from: event.occurredAt };
}

function fromAnchors(
  window: CompiledDeadline,
  scope: Scope,
  events: readonly Event[],
  anchorOf: (event: Event, view: CaseView) => Anchor,
): readonly Candidate[] {
  const { view } = scope;
  const found: Candidate[] = [];
  for (const event of events) {
    scope.anchor = event;
    scope.ending = null;
    scope.windowClock = null;
    if (window.when !== null && window.when(scope) !== true) continue;
    const anchor = anchorOf(event, view);
    // What ends the window may depend on its clock; where it does not, an early answer spares the arithmetic.
    const plain = window.untilNeedsClock ? null : endingOf(window, scope, anchor.event);
    if (plain !== null && plain.occurredAt < anchor.from) continue;
    const terms = termsOf(window, scope, anchor);
    if (terms === null) continue;
    if (plain !== null && view.dayOf(plain) < earliestDay(window, terms)) continue;
    const clock = clockOf(window, scope, { anchor, ...terms });
    const ending = window.untilNeedsClock ? endingOf(window, scope, anchor.event) : plain;
    const starts = startsOf(window.levels, scope, { clock, anchor });
    if (starts.length === 0) continue;
    if (window.source.judge === 'completed') {
      const late = ending === null ? null : lateCompletion(ending, starts);
      if (late !== null)
        found.push(candidate(scope, { anchor, clock, ending: null, starts: late, by: ending }));
    } else found.push(candidate(scope, { anchor, clock, ending, starts, by: ending }));
  }
  return found;
}

interface Parts {
  readonly anchor: Anchor;
  readonly clock: Clock;
  readonly ending: Event | null;
  readonly starts: readonly LevelStart[];
  readonly by: Event | null;
}

function candidate(scope: Scope, parts: Parts): Candidate {
  const { anchor, clock, ending, starts, by } = parts;
  return {
    key: '',
    anchor: anchor.event,
    anchorless: false,
    starts,
    ending,
    other: by,
    clock,
    evidence: by === null ? [anchor.event] : [anchor.event, by],
    restsOnAbsence: ending === null && by === null,
    figures: { closedOn: by === null ? null : scope.view.dayOf(by) },
  };
}

function lateCompletion(ending: Event, starts: readonly LevelStart[]): LevelStart[] | null {
  const late = starts.filter((start) => start.from <= ending.occurredAt);
  return late.length === 0
    ? null
    : late.map((start) => ({ level: start.level, from: ending.occurredAt }));
}

function endingOf(window: CompiledDeadline, scope: Scope, anchor: Event): Event | null {
  const { view } = scope;
  const order = window.source.order ?? (window.source.from === 'acceptance' ? 'any' : 'after');
  const from = order === 'any' ? 0 : view.events.indexOf(anchor);
  for (let index = from; index < view.events.length; index += 1) {
    const event = view.events[index];
    if (event === undefined || event === anchor) continue;
    if (!ends(window, event)) continue;
    if (!matches(window, anchor, event)) continue;
    if (window.untilWhen !== null) {
      scope.ending = event;
      if (window.untilWhen(scope) !== true) continue;
    }
    scope.ending = event;
    return event;
  }
  return order === 'after' ? sameDayEnding(window, scope, anchor) : null;
}

/** A fact of day precision on the anchor's own date may stand before it in order and still answer it. */
function sameDayEnding(window: CompiledDeadline, scope: Scope, anchor: Event): Event | null {
  const { view } = scope;
  for (let index = view.events.indexOf(anchor) - 1; index >= 0; index -= 1) {
    const event = view.events[index];
    if (event === undefined || view.dayOf(event) !== view.dayOf(anchor)) return null;
    if (event.precision !== 'day' && anchor.precision !== 'day') continue;
    if (!ends(window, event) || !matches(window, anchor, event)) continue;
    scope.ending = event;
    if (window.untilWhen === null || window.untilWhen(scope) === true) return event;
  }
  return null;
}

function ends(window: CompiledDeadline, event: Event): boolean {
  if (window.until.has(event.type)) return true;
  if (!window.untilClosing || !isClosing(event)) return false;
  return window.closesElsewhere || !endsElsewhere(event);
}

function matches(window: CompiledDeadline, anchor: Event, event: Event): boolean {
  const fields = window.source.match;
  if (fields === undefined || !window.until.has(event.type)) return true;
  return fields.every((field) => isSame(anchor.data[field], event.data[field]));
}

/** Equal values; two refs are equal where both name the same object and neither names another authority. */
function isSame(a: unknown, b: unknown): boolean {
  if (!isRef(a) || !isRef(b)) return a === b;
  const known = a.authority !== null && b.authority !== null;
  return a.subject === b.subject && (!known || a.authority === b.authority);
}

function isRef(
  value: unknown,
): value is { readonly authority: unknown; readonly subject: unknown } {
  return typeof value === 'object' && value !== null && 'subject' in value;
}

/** What a clock runs on, before anything moves it. */
interface Terms {
  readonly limit: Limit;
  readonly startDay: Day;
}

function termsOf(window: CompiledDeadline, scope: Scope, anchor: Anchor): Terms | null {
  const limit = limitOf(window, scope);
  const startDay = limit === null ? null : startDayOf(window, scope, anchor);
  return limit === null || startDay === null ? null : { limit, startDay };
}

/**
 * A day before which no level can begin: n counted days take n days at least, and whatever moves the clock makes it
 * longer. A window that ended before that day has nothing to say, and needs no calendar to know it.
 */
function earliestDay(window: CompiledDeadline, { limit, startDay }: Terms): Day {
  if (limit.unit === 'H') return Number.NEGATIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  for (const level of window.levels) least = Math.min(least, daysBefore(level, limit.value));
  return startDay + Math.max(0, least);
}

/** Counted days that pass at least before a level begins (startOfLevel); 0 where only the clock can tell. */
function daysBefore(level: CompiledLevel, total: number): number {
  if (level.share !== undefined) return level.share * total;
  if (level.remaining !== undefined) return total - level.remaining;
  if (level.limit !== null) return typeof level.limit.value === 'number' ? level.limit.value : 0;
  return level.afterDays ?? (level.times ?? 1) * total;
}

function clockOf(
  window: CompiledDeadline,
  scope: Scope,
  { anchor, limit, startDay }: Terms & { readonly anchor: Anchor },
): Clock {
  const { view } = scope;
  const name = window.source.clock ?? 'statutory';
  const movers = window.movers.pauses || window.movers.extensions ? view.movers : null;
  const stops = window.movers.outages ? outageStops(view) : [];
  if (movers !== null && window.movers.pauses) {
    const begun = stopsFor(movers.pauses, name);
    stops.push(...(window.source.from === 'acceptance' ? begun : afterAnchor(view, begun, anchor)));
  }
  const clock = computeClock({
    calendar: view.around.calendar,
    startAt: startOf(view, anchor.event, startDay),
    startDay,
    limit,
    added: movers !== null && window.movers.extensions ? addedBy(movers, name) : 0,
    stops,
    ...(window.source.settings === undefined ? {} : { settings: window.source.settings }),
  });
  scope.windowClock = clock;
  return clock;
}

/** Only pauses that began after the anchor stop a step's or consultation's own clock. */
function afterAnchor<T extends { readonly first: Day }>(
  view: CaseView,
  stops: readonly T[],
  anchor: Anchor,
): T[] {
  const day = view.dayOf(anchor.event);
  return stops.filter((stop) => stop.first > day);
}

function startDayOf(window: CompiledDeadline, scope: Scope, anchor: Anchor): Day | null {
  if (window.startOn === null) return anchor.day;
  return readDate(window.startOn(scope) ?? '');
}

function limitOf(window: CompiledDeadline, scope: Scope): Limit | null {
  if (window.dueOn !== null) {
    const due = readDate(window.dueOn(scope) ?? '');
    if (due === null || scope.anchor === null) return null;
    return { value: Math.max(0, due - scope.view.dayOf(scope.anchor)), unit: 'Z' };
  }
  if (window.source.clock !== undefined) {
    const limit = scope.view.limit(window.source.clock);
    if (limit !== null || window.limit === null) return limit;
  }
  if (window.limit === null) return null;
  if (typeof window.limit === 'function') return window.limit(scope);
  return amountOf(window.limit, scope);
}

export function amountOf(limit: CompiledLimit, scope: Scope): Limit {
  const value = typeof limit.value === 'number' ? limit.value : limit.value(scope);
  return { value, unit: limit.unit };
}

/** Instants at which the levels of a clock begin; never before the anchor exists. */
export function startsOf(
  levels: readonly CompiledLevel[],
  scope: Scope,
  parts: { readonly clock: Clock; readonly anchor: Anchor },
): LevelStart[] {
  const { clock, anchor } = parts;
  const starts: LevelStart[] = [];
  for (const level of levels) {
    if (level.minLimit !== undefined && clock.total < level.minLimit) continue;
    const from = startOfLevel(level, scope, parts);
    if (from !== null)
      starts.push({
        level: level.level,
        from: Math.max(Math.round(from), anchor.from),
        late: level.share === undefined && level.remaining === undefined,
      });
  }
  return starts;
}

function startOfLevel(
  level: CompiledLevel,
  scope: Scope,
  parts: { readonly clock: Clock; readonly anchor: Anchor },
): Instant | null {
  const { clock, anchor } = parts;
  const { calendar } = scope.view.around;
  if (level.share !== undefined) {
    if (clock.unit === 'H') return anchor.event.occurredAt + level.share * clock.total * 3_600_000;
    return calendar.startOf(clock.dayUsing(Math.ceil(level.share * clock.total - 1e-9)));
  }
  if (level.remaining !== undefined) {
    if (clock.unit === 'H') return null;
    return calendar.startOf(clock.dayUsing(Math.max(0, clock.total - level.remaining)));
  }
  if (level.limit !== null) return clock.lateAfter(amountOf(level.limit, scope).value);
  if (level.afterDays !== undefined) return clock.lateAfter(level.afterDays);
  if (level.times !== undefined) return clock.lateAfter(level.times * clock.total);
  const extra = level.after ?? 0;
  if (extra === 0) return clock.lateAt;
  return clock.unit === 'Z'
    ? lateWorkdaysAfter(scope, clock, extra)
    : clock.lateAfter(clock.total + extra);
}

/** n working days after the last day of a limit by date (OD-18, RS). */
function lateWorkdaysAfter(scope: Scope, clock: Clock, n: number): Instant {
  const { calendar } = scope.view.around;
  return calendar.startOf(calendar.addWorkdays(clock.lastDay, n) + 1);
}
