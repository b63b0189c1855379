import { CaseView, type Conflict, identityKey } from './case/case-view.js';
import { touchOf } from './case/touch.js';
import { diffFindings } from './diff.js';
import {
  admits,
  type Evaluation,
  evaluateAll,
  evaluateRule,
  mayFind,
  NOTHING,
  type RuleAnswer,
} from './evaluate.js';
import { compareEvents, type EffectiveEvents, effectiveEvents } from './event/effective.js';
import type { Event, EventRef, Instant } from './event/event.js';
import { VOCABULARY } from './event/vocabulary.js';
import type { Finding, FindingChange } from './finding.js';
import type { Surroundings } from './reference.js';
import type { Rulebook, TouchedRule } from './rule/compile.js';
import type { CompiledRule } from './rule/compiled.js';

/** Everything that decides besides the events of the case. */
export interface Law {
  readonly rulebook: Rulebook;
  readonly around: Surroundings;
  /**
   * Where on the way from `after` (exclusive) until `until` (inclusive) something became known that concerns the case, in
   * order; absent: nothing ever does.
   */
  readonly turns?: (state: CaseState, after: Instant, until: Instant) => readonly Turn[];
  /** True where the case's own law said of it all that this one says; absent: not known. */
  readonly saysTheSame?: (state: CaseState) => boolean;
}

/** An instant at which something that concerns a case became known: a calendar, an item, a posting, an outage. */
export interface Turn {
  readonly at: Instant;
  /** The law since then. */
  law(): Law;
  /** True where the case is to be asked again even if it awaits nothing. */
  wakes(): boolean;
}

const NEVER = Number.POSITIVE_INFINITY;
const NONE: readonly Finding[] = [];
const NO_STALE: ReadonlyMap<number, readonly Finding[]> = new Map();
const NO_EVENTS: readonly Event[] = [];
/** So many events are looked through as fast as a table of them is asked. */
const FEW = 40;

/**
 * The working state of one case: its received events and, derived from them, what the rules say at `asOf`. It can be
 * thrown away and restored from events and findings at any time; the functions below change it in place.
 */
export interface CaseState {
  readonly caseId: string;
  readonly received: Event[];
  asOf: Instant;
  /** The next instant at which the answer can change by itself; Infinity where it cannot. */
  nextDueAt: Instant;
  /** What the view was made in, before the region of the case was looked at. */
  around: Surroundings;
  view: CaseView;
  ahead: CaseView | null;
  rootOf: (event: EventRef) => EventRef;
  /** True while every identity came once, nothing was corrected and nothing concerns it from another case. */
  plain: boolean;
  /** Received events by identity; null while they are few enough to look through. */
  seen: Map<string, Event[]> | null;
  /** By the rule's place in the rulebook; of a rule that is not there: nothing found and nothing awaited. */
  answers: Map<number, RuleAnswer>;
  /** How many findings they hold. */
  found: number;
  /** Findings that were saved but differ from what the rules in force now say; settled by the next step. */
  stale: ReadonlyMap<number, readonly Finding[]>;
}

/** A case of which nothing is known yet. */
export function newCase(caseId: string, law: Law): CaseState {
  return {
    caseId,
    received: [],
    asOf: Number.NEGATIVE_INFINITY,
    nextDueAt: NEVER,
    around: law.around,
    view: new CaseView(caseId, [], law.around),
    ahead: null,
    rootOf: ({ source, id }) => ({ source, id }),
    plain: true,
    seen: null,
    answers: new Map(),
    found: 0,
    stale: NO_STALE,
  };
}

export interface SavedCase {
  readonly caseId: string;
  readonly received: readonly Event[];
  readonly findings: readonly Finding[];
  readonly asOf: Instant;
}

/**
 * Restores a case from what was saved. Where rules, calendar or reference facts have changed since, the difference
 * is reported by the next `acceptEvent` or `advance`, not lost.
 */
export function restoreCase(saved: SavedCase, law: Law): CaseState {
  const state = newCase(saved.caseId, law);
  for (const event of saved.received) remember(state, event);
  state.asOf = saved.asOf;
  rebuild(state, law);
  evaluateAll(law.rulebook, evaluationOf(state)).forEach((now, index) => {
    setAnswer(state, index, now);
  });
  setNextDue(state);
  markStale(state, saved.findings, law);
  return state;
}

function markStale(state: CaseState, findings: readonly Finding[], law: Law): void {
  if (findings.length === 0 && state.found === 0) return;
  const byRule = new Map<string, Finding[]>();
  for (const finding of findings)
    byRule.set(finding.ruleId, [...(byRule.get(finding.ruleId) ?? []), finding]);
  const stale = new Map<number, readonly Finding[]>();
  law.rulebook.rules.forEach((rule, index) => {
    const saved = (byRule.get(rule.id) ?? []).filter((one) => one.ruleVersion === rule.version);
    const now = state.answers.get(index)?.findings ?? [];
    if (diffFindings(saved, now, state.asOf).length > 0) stale.set(index, saved);
  });
  if (stale.size > 0) state.stale = stale;
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

/**
 * Takes in one event at the instant it was received: first everything that fell due until then (included), then the
 * event. The outcome depends on the set of events and their times of receipt only, never on batches.
 * Bytes seen before change nothing. `alongside`: versions of the event's chain of corrections that stand in other cases
 * and concern this one only now that the event is here.
 */
export function acceptEvent(
  state: CaseState,
  event: Event,
  law: Law,
  alongside: readonly Event[] = [],
): FindingChange[] {
  const changes = advance(state, event.receivedAt, law);
  const asOf = Math.max(state.asOf, event.receivedAt);
  const more = alongside.filter((one) => !isDuplicate(state, one));
  const versions = versionsOf(state, event);
  const known = holds(versions, event);
  if (known && more.length === 0) {
    state.asOf = asOf;
    return changes;
  }
  const grows = more.length === 0 && versions.length === 0 && appends(state, event, asOf);
  for (const one of more) remember(state, one);
  if (!known) remember(state, event, versions);
  state.asOf = asOf;
  if (grows) {
    if (state.view.events.length === 0) enterRegion(state, event);
    state.view.append(event);
    answer(state, touchedBy(state, event, law), law, changes);
  } else {
    rebuild(state, law);
    answer(state, law.rulebook.rules.keys(), law, changes);
  }
  return changes;
}

/**
 * Rules that an event which comes last can touch, in order: by its type, unless their windows judge events one by one and
 * have nothing to say of this one; and those that have found something, for a finding names people and sources of the
 * whole case.
 */
function touchedBy(state: CaseState, event: Event, law: Law): number[] {
  const { rules, touchedBy } = law.rulebook;
  const evaluation = evaluationOf(state);
  const touched: number[] = [];
  let added = false;
  for (const one of touchedBy(event.type, touchOf(event, state.view))) {
    const rule = rules[one.index];
    if (rule === undefined) continue;
    if (!state.answers.has(one.index) && !mayFind(rule, evaluation)) continue;
    if (mayAdd(one, rule, event, evaluation)) touched.push(one.index);
  }
  if (state.found === 0) return touched;
  for (const [index, { findings }] of state.answers) {
    if (findings.length === 0 || touched.includes(index)) continue;
    touched.push(index);
    added = true;
  }
  return added ? touched.sort((a, b) => a - b) : touched;
}

function mayAdd(
  { arrivals }: TouchedRule,
  rule: CompiledRule,
  event: Event,
  evaluation: Evaluation,
): boolean {
  if (arrivals === null) return true;
  for (const window of arrivals) if (admits(rule, window, event, evaluation)) return true;
  return false;
}

/** Brings a case forward to `to` (included), instant by instant, asking each time only the rules that are due. */
export function advance(state: CaseState, to: Instant, law: Law): FindingChange[] {
  const changes: FindingChange[] = [];
  if (state.around !== law.around) underNewLaw(state, law, changes);
  if (state.stale.size > 0 && state.asOf > Number.NEGATIVE_INFINITY)
    answer(state, [...state.stale.keys()], law, changes);
  while (state.nextDueAt <= to) {
    state.asOf = Math.max(state.asOf, state.nextDueAt);
    const first = state.ahead?.events.find((event) => !state.view.events.includes(event));
    if (first !== undefined && first.occurredAt <= state.asOf) {
      rebuild(state, law);
      answer(state, law.rulebook.rules.keys(), law, changes);
      continue;
    }
    const due: number[] = [];
    for (const [index, { nextAt }] of state.answers) if (nextAt <= state.asOf) due.push(index);
    answer(
      state,
      due.sort((a, b) => a - b),
      law,
      changes,
    );
  }
  return changes;
}

/**
 * Calendar or reference facts became known since the case was last looked at: everything is asked anew, unless nothing of
 * it concerns the case.
 */
function underNewLaw(state: CaseState, law: Law, changes: FindingChange[]): void {
  if (law.saysTheSame?.(state) === true) {
    state.around = law.around;
    const { view, ahead } = state;
    const around = aroundOf(view.events[0] ?? ahead?.events[0], law.around);
    view.around = around;
    if (ahead !== null) ahead.around = around;
    return;
  }
  rebuild(state, law);
  if (state.received.length > 0) answer(state, law.rulebook.rules.keys(), law, changes);
}

/** Findings of a case at its `asOf`, sorted by rule and occurrence. */
export function findingsOf(state: CaseState): Finding[] {
  return [...state.answers.values()].flatMap((one) => one.findings).sort(compareFindings);
}

export function compareFindings(a: Finding, b: Finding): number {
  if (a.ruleId !== b.ruleId) return a.ruleId < b.ruleId ? -1 : 1;
  return a.occurrence < b.occurrence ? -1 : a.occurrence > b.occurrence ? 1 : 0;
}

function answer(
  state: CaseState,
  touched: Iterable<number>,
  law: Law,
  changes: FindingChange[],
): void {
  const evaluation = evaluationOf(state);
  for (const index of touched) {
    const rule = law.rulebook.rules[index];
    if (rule === undefined) continue;
    const before = state.stale.get(index) ?? state.answers.get(index)?.findings ?? NONE;
    const now = evaluateRule(rule, evaluation);
    setAnswer(state, index, now);
    if (state.stale.has(index)) state.stale = without(state.stale, index);
    if (before.length > 0 || now.findings.length > 0)
      changes.push(...diffFindings(before, now.findings, state.asOf));
  }
  setNextDue(state);
}

function setAnswer(state: CaseState, index: number, now: RuleAnswer): void {
  const before = state.answers.get(index);
  if (before === now || (before === undefined && now === NOTHING)) return;
  state.found += now.findings.length - (before?.findings.length ?? 0);
  if (now === NOTHING) state.answers.delete(index);
  else state.answers.set(index, now);
}

function evaluationOf(state: CaseState): Evaluation {
  return { view: state.view, ahead: state.ahead, asOf: state.asOf, rootOf: state.rootOf };
}

function setNextDue(state: CaseState): void {
  let next = NEVER;
  for (const { nextAt } of state.answers.values()) if (nextAt < next) next = nextAt;
  for (const event of state.ahead?.events ?? [])
    if (event.occurredAt > state.asOf) {
      next = Math.min(next, event.occurredAt);
      break;
    }
  state.nextDueAt = next;
}

/** What the case received under an identity, in the order of receipt. */
export function versionsOf(state: CaseState, event: EventRef): readonly Event[] {
  const { received } = state;
  if (received.length > FEW && state.seen === null) state.seen = byIdentity(received);
  if (state.seen !== null) return state.seen.get(identityKey(event)) ?? NO_EVENTS;
  let versions: Event[] | null = null;
  for (const one of received)
    if (one.id === event.id && one.source === event.source) {
      versions ??= [];
      versions.push(one);
    }
  return versions ?? NO_EVENTS;
}

function byIdentity(events: readonly Event[]): Map<string, Event[]> {
  const identities = new Map<string, Event[]>();
  for (const event of events) addTo(identities, event);
  return identities;
}

function addTo(identities: Map<string, Event[]>, event: Event): void {
  const key = identityKey(event);
  const versions = identities.get(key);
  if (versions === undefined) identities.set(key, [event]);
  else versions.push(event);
}

/** True where the case holds these very bytes. */
export function isDuplicate(state: CaseState, event: Event): boolean {
  return holds(versionsOf(state, event), event);
}

function holds(versions: readonly Event[], event: Event): boolean {
  return versions.some((one) => one.rawDigest === event.rawDigest);
}

function remember(state: CaseState, event: Event, versions = versionsOf(state, event)): void {
  // A fact of another case: a correction moves it here, now or later.
  if (versions.length > 0 || !states(event) || event.caseId !== state.caseId) state.plain = false;
  if (state.seen !== null) addTo(state.seen, event);
  state.received.push(event);
}

/** True for a fact; false for what corrects or revokes one. */
function states(event: Event): boolean {
  return (VOCABULARY.get(event.type)?.effect ?? 'states') === 'states';
}

/** True where the event comes last in legal order and changes nothing that stands before it. */
function appends(state: CaseState, event: Event, asOf: Instant): boolean {
  if (!state.plain || state.ahead !== null || event.occurredAt > asOf) return false;
  if (event.caseId !== state.caseId || !states(event)) return false;
  const last = state.view.events.at(-1);
  return last === undefined || compareEvents(last, event) < 0;
}

function rebuild(state: CaseState, law: Law): void {
  const effective = effectiveEvents(state.received);
  const own = effective.events.filter((event) => event.caseId === state.caseId);
  const conflicts = conflictsOf(effective);
  const visible = own.filter((event) => event.occurredAt <= state.asOf);
  state.rootOf = effective.rootOf;
  state.around = law.around;
  const around = aroundOf(visible[0] ?? own[0], law.around);
  state.view = new CaseView(state.caseId, visible, around, conflicts);
  state.ahead =
    visible.length === own.length ? null : new CaseView(state.caseId, [...own], around, conflicts);
}

/** The first event says which region's calendar holds. */
function enterRegion(state: CaseState, first: Event): void {
  const around = aroundOf(first, state.around);
  if (around !== state.view.around) state.view = new CaseView(state.caseId, [], around);
}

/** What a case is judged in: the calendar is that of the region of its first event in legal order. */
export function aroundOf(first: Event | undefined, around: Surroundings): Surroundings {
  return (first && around.inRegion?.(first.regionCode)) ?? around;
}

function conflictsOf(effective: EffectiveEvents): Map<string, Conflict> {
  const conflicts = new Map<string, Conflict>();
  for (const { ref, versions } of effective.conflicts)
    conflicts.set(identityKey(ref), {
      versions: versions.length,
      latestAt: Math.max(...versions.map((version) => version.receivedAt)),
    });
  return conflicts;
}
