import { computeClock } from '../../calendar/compute-clock.js';
import { readDate } from '../../calendar/local-time.js';
import { type CaseView, identityKey } from '../../case/case-view.js';
import { touchOf } from '../../case/touch.js';
import type { Event, Instant } from '../../event/event.js';
import { type Candidate, type LevelStart, NO_CANDIDATES } from '../candidate.js';
import type {
  CompiledCondition,
  CompiledCount,
  CompiledOrder,
  CompiledSameActor,
  CompiledSequence,
} from '../compiled.js';
import type { Scope } from '../scope.js';
import { amountOf } from './deadline.js';

function eventsOf(view: CaseView, types: '*' | readonly string[]): readonly Event[] {
  if (types === '*') return view.events;
  if (types.length === 1) return view.ofType(types[0] ?? '');
  return view.events.filter((event) => types.includes(event.type));
}

function look(scope: Scope, anchor: Event, ending: Event | null = null): void {
  scope.anchor = anchor;
  scope.ending = ending;
  scope.windowClock = null;
}

function plain(
  anchor: Event,
  starts: readonly LevelStart[],
  evidence: readonly Event[],
): Candidate {
  return {
    key: '',
    anchor,
    anchorless: false,
    starts,
    ending: null,
    other: null,
    clock: null,
    evidence,
    restsOnAbsence: false,
    figures: {},
  };
}

/** Predicates on single events, judged at once or after a time for companion facts. */
export function conditionCandidates(window: CompiledCondition, scope: Scope): readonly Candidate[] {
  const { view } = scope;
  const events = eventsOf(view, window.source.on);
  if (events.length === 0) return NO_CANDIDATES;
  if (window.source.once !== true) return judgedOneByOne(window, scope, events);
  for (const event of events) {
    const candidate = conditionOf(window, scope, event);
    if (candidate !== null) return [{ ...candidate, anchorless: true }];
  }
  return NO_CANDIDATES;
}

/** What was said of earlier events stands until an event arrives that the window reads; then all are judged anew. */
function judgedOneByOne(
  window: CompiledCondition,
  scope: Scope,
  events: readonly Event[],
): Candidate[] {
  const { view } = scope;
  const { judged } = view;
  let said = judged.get(window);
  if (said === undefined || hasReadSince(window, view, said.seen)) {
    said = { seen: 0, count: 0, found: [] };
    judged.set(window, said);
  }
  said.seen = view.events.length;
  for (; said.count < events.length; said.count += 1) {
    const event = events[said.count];
    const candidate = event === undefined ? null : conditionOf(window, scope, event);
    if (candidate !== null) said.found.push(candidate);
  }
  return said.found as Candidate[];
}

/** True where the window reads one of the events that came after the first `seen`. */
function hasReadSince({ reads }: CompiledCondition, view: CaseView, seen: number): boolean {
  if (reads === null) return true;
  if (reads.size === 0) return false;
  for (let index = seen; index < view.events.length; index += 1) {
    const event = view.events[index];
    if (event === undefined) continue;
    if (reads.has(event.type) || reads.has(`@${touchOf(event, view)}`)) return true;
  }
  return false;
}

function conditionOf(window: CompiledCondition, scope: Scope, event: Event): Candidate | null {
  look(scope, event);
  if (window.when !== null && window.when(scope) !== true) return null;
  let starts: LevelStart[] | null = null;
  for (const { level, when } of window.levels) {
    if (when(scope) !== true) continue;
    starts ??= [];
    starts.push({ level, from: beginsAt(window, scope.view, event) });
  }
  if (starts === null) return null;
  return { ...plain(event, starts, [event]), restsOnAbsence: window.source.absence === true };
}

function beginsAt(window: CompiledCondition, view: CaseView, event: Event): Instant {
  const since = window.source.since ?? 'occurredAt';
  const at =
    since === 'versioned'
      ? (view.conflicts.get(identityKey(event))?.latestAt ?? event.receivedAt)
      : event[since];
  const settle = window.source.settleDays ?? 0;
  if (settle === 0) return at;
  const { calendar } = view.around;
  return Math.max(at, calendar.startOf(calendar.addWorkdays(calendar.dayOf(at), settle) + 1));
}

/** n matching events, per key, in the whole case or within a sliding span of minutes. */
export function countCandidates(window: CompiledCount, scope: Scope): Candidate[] {
  const by = window.source.by ?? 'occurredAt';
  const groups = new Map<string, Event[]>();
  const events = eventsOf(scope.view, window.source.of);
  if (!window.levels.some((level) => events.length >= level.atLeast)) return [];
  for (const event of events) {
    look(scope, event);
    if (window.when !== null && window.when(scope) !== true) continue;
    const key = window.key === null ? '' : window.key(scope);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  const found: Candidate[] = [];
  for (const [key, group] of groups) {
    const candidate = countOf(window, scope, { key, group: group.sort((a, b) => a[by] - b[by]) });
    if (candidate !== null) found.push(candidate);
  }
  return found;
}

function countOf(
  window: CompiledCount,
  scope: Scope,
  counted: { readonly key: string; readonly group: readonly Event[] },
): Candidate | null {
  const { key, group } = counted;
  const starts: LevelStart[] = [];
  let evidence: readonly Event[] = [];
  for (const level of window.levels) {
    const index = reachedAt(window, group, level.atLeast);
    const last = index === null ? undefined : group[index];
    if (last === undefined || index === null) continue;
    look(scope, last);
    if (level.when !== null && level.when(scope) !== true) continue;
    starts.push({ level: level.level, from: last[window.source.by ?? 'occurredAt'] });
    evidence = group.slice(0, index + 1);
  }
  const anchor = evidence.at(-1);
  if (anchor === undefined) return null;
  return {
    ...plain(anchor, starts, evidence),
    key,
    anchorless: true,
    figures: { count: group.length },
  };
}

/** Index of the event with which `n` are reached, within the span where there is one. */
function reachedAt(window: CompiledCount, group: readonly Event[], n: number): number | null {
  const by = window.source.by ?? 'occurredAt';
  const span = window.source.withinMinutes;
  for (let index = n - 1; index < group.length; index += 1) {
    const first = group[index - n + 1];
    const last = group[index];
    if (first === undefined || last === undefined) continue;
    if (span === undefined || last[by] - first[by] <= span * 60_000) return index;
  }
  return null;
}

/** Facts that follow each other too closely, too late, or on a path there and back. */
export function sequenceCandidates(window: CompiledSequence, scope: Scope): Candidate[] {
  return window.pathTo === null ? gapCandidates(window, scope) : pathCandidates(window, scope);
}

function gapCandidates(window: CompiledSequence, scope: Scope): Candidate[] {
  const { view } = scope;
  const found: Candidate[] = [];
  for (const then of eventsOf(view, window.source.then)) {
    look(scope, then);
    if (window.when !== null && window.when(scope) !== true) continue;
    const first = lastBefore(window, scope, then);
    if (first === null) continue;
    look(scope, then, first);
    const { calendar } = view.around;
    const to = readDate(window.thenOn?.(scope) ?? '') ?? view.dayOf(then);
    const from = readDate(window.firstOn?.(scope) ?? '') ?? view.dayOf(first);
    const limit = window.fewerThan ?? window.moreThan;
    if (limit === null) continue;
    const { value, unit } = amountOf(limit, scope);
    const gap =
      unit === 'G'
        ? calendar.workdaysBetween(from, to)
        : unit === 'Z'
          ? to - from
          : (then.occurredAt - first.occurredAt) / 3_600_000;
    if (window.fewerThan !== null ? gap >= value : gap <= value) continue;
    const clock =
      unit === 'H'
        ? null
        : computeClock({
            calendar,
            startAt: calendar.startOf(from),
            startDay: from,
            limit: { value, unit },
          });
    found.push({
      ...plain(then, [{ level: window.source.level, from: then.occurredAt }], [first, then]),
      other: first,
      clock,
      figures: { gap, limit: value, unit },
    });
  }
  return found;
}

function lastBefore(window: CompiledSequence, scope: Scope, then: Event): Event | null {
  const firsts = eventsOf(scope.view, window.source.first ?? []);
  for (let index = firsts.length - 1; index >= 0; index -= 1) {
    const first = firsts[index];
    if (first === undefined || first.occurredAt > then.occurredAt || first === then) continue;
    look(scope, then, first);
    if (window.firstWhen === null || window.firstWhen(scope) === true) return first;
  }
  return null;
}

interface Leg {
  readonly place: string;
  readonly event: Event;
}

/** Each arrival at the place left one stop before: A, B, A over consecutive distinct places. */
function pathCandidates(window: CompiledSequence, scope: Scope): Candidate[] {
  const reset = new Set(window.source.reset ?? []);
  const then = new Set(window.source.then);
  const found: Candidate[] = [];
  let path: Leg[] = [];
  for (const event of scope.view.events) {
    if (reset.has(event.type)) path = [];
    if (!then.has(event.type)) continue;
    look(scope, event);
    if (window.when !== null && window.when(scope) !== true) continue;
    const from = window.pathFrom?.(scope) ?? null;
    const to = window.pathTo?.(scope) ?? '';
    if (from !== null && path.at(-1)?.place !== from) path = [{ place: from, event }];
    if (path.at(-1)?.place === to) continue;
    path.push({ place: to, event });
    const back = path.at(-3);
    const away = path.at(-2);
    if (back === undefined || away === undefined || back.place !== to) continue;
    found.push({
      ...plain(
        event,
        [{ level: window.source.level, from: event.occurredAt }],
        [away.event, event],
      ),
      figures: { place: to, between: away.place },
    });
  }
  return found;
}

/** Facts that stand before what must come first: the anchor is what must, the other is what did. */
export function orderCandidates(window: CompiledOrder, scope: Scope): Candidate[] {
  const { view } = scope;
  const found: Candidate[] = [];
  const laters = eventsOf(view, window.source.later);
  if (laters.length === 0) return found;
  for (const first of eventsOf(view, window.source.earlier)) {
    look(scope, first);
    if (window.earlierWhen !== null && window.earlierWhen(scope) !== true) continue;
    const inverted = laters.find((later) => isInverted(view, later, first));
    if (inverted === undefined) continue;
    look(scope, first, inverted);
    if (window.when !== null && window.when(scope) !== true) continue;
    const start = Math.max(first.occurredAt, inverted.occurredAt);
    const starts = [{ level: window.source.level, from: start }];
    found.push({ ...plain(first, starts, [inverted, first]), other: inverted });
  }
  return found;
}

/** `later` happened before `first`; on one date it counts only where both have second precision. */
function isInverted(view: CaseView, later: Event, first: Event): boolean {
  if (later.precision === 'day' || first.precision === 'day')
    return view.dayOf(later) < view.dayOf(first);
  return later.occurredAt < first.occurredAt;
}

/** The first act of each person in a part, added to those before; of persons who acted in all parts before it. */
function actsOf(
  window: CompiledSameActor,
  scope: Scope,
  at: {
    readonly part: CompiledSameActor['parts'][number];
    readonly before: ReadonlyMap<string, readonly Event[]> | null;
  },
): Map<string, Event[]> {
  const { part, before } = at;
  const acts = new Map<string, Event[]>();
  for (const event of eventsOf(scope.view, part.of)) {
    look(scope, event);
    const actor = window.actor(scope);
    const earlier = before === null ? [] : before.get(actor);
    if (actor === '' || earlier === undefined || acts.has(actor)) continue;
    if (part.when === null || part.when(scope) === true) acts.set(actor, [...earlier, event]);
  }
  return acts;
}

/** One person who acted in every part. */
export function sameActorCandidates(window: CompiledSameActor, scope: Scope): Candidate[] {
  let acts: Map<string, Event[]> | null = null;
  for (const part of window.parts) {
    acts = actsOf(window, scope, { part, before: acts });
    if (acts.size === 0) return [];
  }
  const found: Candidate[] = [];
  for (const [actor, events] of acts ?? []) {
    const last = events.reduce((a, b) => (b.occurredAt > a.occurredAt ? b : a));
    look(scope, last);
    if (window.when !== null && window.when(scope) !== true) continue;
    found.push({
      ...plain(last, [{ level: window.source.level, from: last.occurredAt }], events),
      key: actor,
      anchorless: true,
    });
  }
  return found;
}
