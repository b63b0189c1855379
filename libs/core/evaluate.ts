import { formatDate } from './calendar/local-time.js';
import { answerableFor } from './case/answerable.js';
import type { CaseView } from './case/case-view.js';
import type { Event, EventRef, Instant } from './event/event.js';
import type { Explanation, Finding } from './finding.js';
import { digestOf, findingId } from './identity.js';
import { arithmetic, type Candidate, type Settled, settle } from './rule/candidate.js';
import type { Rulebook } from './rule/compile.js';
import type { CompiledException, CompiledRule, CompiledWindow } from './rule/compiled.js';
import { readFrom } from './rule/functions.js';
import { Scope } from './rule/scope.js';
import { absenceCandidates } from './rule/window/absence.js';
import { deadlineCandidates } from './rule/window/deadline.js';
import {
  conditionCandidates,
  countCandidates,
  orderCandidates,
  sameActorCandidates,
  sequenceCandidates,
} from './rule/window/event-windows.js';

/** What one rule says of a case at an instant, and the next instant at which that can change by itself. */
export interface RuleAnswer {
  readonly findings: readonly Finding[];
  readonly nextAt: Instant;
}

const NO_PARAMS = {};
export const NOTHING: RuleAnswer = { findings: [], nextAt: Number.POSITIVE_INFINITY };

export interface Evaluation {
  readonly view: CaseView;
  /** Events dated after asOf, which only rules about impossible times look at. */
  readonly ahead: CaseView | null;
  readonly asOf: Instant;
  readonly rootOf: (event: Event) => EventRef;
  /** Scope of `view`, made when first needed and used by all rules of the evaluation. */
  scope?: Scope;
}

function scopeOf(evaluation: Evaluation, view: CaseView): Scope {
  if (view !== evaluation.view) return new Scope(view);
  evaluation.scope ??= new Scope(view);
  return evaluation.scope;
}

/** All rules on a case, each answer in the place that its rule has in the rulebook. */
export function evaluateAll(rulebook: Rulebook, evaluation: Evaluation): RuleAnswer[] {
  return rulebook.rules.map((rule) => evaluateRule(rule, evaluation));
}

/**
 * One rule on a case. A predicate that fails is a finding of its own (level `data`, explanation `rule.unevaluable`):
 * could not evaluate is an outcome, not silence.
 */
export function evaluateRule(rule: CompiledRule, evaluation: Evaluation): RuleAnswer {
  let findings: Finding[] | null = null;
  let nextAt = Number.POSITIVE_INFINITY;
  if (evaluation.view.events.length === 0 && evaluation.ahead === null) return NOTHING;
  for (const window of rule.windows) {
    const view = isAboutFuture(window) ? (evaluation.ahead ?? evaluation.view) : evaluation.view;
    if (!view.hasAny(window.anchorTypes)) continue;
    const scope = scopeOf(evaluation, view);
    scope.params = rule.source.params ?? NO_PARAMS;
    readFrom(scope);
    try {
      for (const candidate of candidatesOf(window, scope)) {
        if (!isInForce(rule, view, candidate.anchor)) continue;
        const { settled, nextAt: next } = settle(candidate, evaluation.asOf);
        if (settled === null && next === Number.POSITIVE_INFINITY) continue;
        if (exceptionFor(window.exceptions, scope, candidate) !== null) continue;
        nextAt = Math.min(nextAt, next);
        if (settled === null) continue;
        findings ??= [];
        findings.push(findingOf(rule, { window, candidate, settled, evaluation, view }));
      }
    } catch (error) {
      findings ??= [];
      findings.push(unevaluable(rule, window, { evaluation, view, error }));
    }
  }
  if (findings === null && nextAt === Number.POSITIVE_INFINITY) return NOTHING;
  return { findings: findings ?? NOTHING.findings, nextAt };
}

/** False where no event stands in the case that any window of the rule could be about. */
export function mayFind(rule: CompiledRule, { view, ahead }: Evaluation): boolean {
  if (ahead !== null) return true;
  for (const window of rule.windows) if (view.hasAny(window.anchorTypes)) return true;
  return false;
}

/**
 * False where a window that judges events one by one has nothing to say of this one, whatever stands in the case beside
 * it. A predicate that fails says yes: the rule has to be asked, and will tell.
 */
export function admits(
  rule: CompiledRule,
  window: CompiledWindow,
  event: Event,
  evaluation: Evaluation,
): boolean {
  const { admits } = window.arrivals;
  if (admits.length === 0) return true;
  const scope = scopeOf(evaluation, evaluation.view);
  scope.params = rule.source.params ?? NO_PARAMS;
  scope.anchor = event;
  scope.ending = null;
  scope.windowClock = null;
  readFrom(scope);
  try {
    for (const holds of admits) if (holds(scope) !== true) return false;
    return true;
  } catch {
    return true;
  }
}

function isAboutFuture(window: CompiledWindow): boolean {
  return window.source.kind === 'condition' && window.source.future === true;
}

type Kind = CompiledWindow['source']['kind'];
type WindowOf<K extends Kind> = Extract<CompiledWindow, { source: { kind: K } }>;

const CANDIDATES: {
  readonly [K in Kind]: (window: WindowOf<K>, scope: Scope) => readonly Candidate[];
} = {
  deadline: deadlineCandidates,
  condition: conditionCandidates,
  absence: absenceCandidates,
  count: countCandidates,
  sequence: sequenceCandidates,
  order: orderCandidates,
  'same-actor': sameActorCandidates,
  manual: () => [],
};

function candidatesOf(window: CompiledWindow, scope: Scope): readonly Candidate[] {
  const candidates = CANDIDATES[window.source.kind];
  return (candidates as (window: CompiledWindow, scope: Scope) => readonly Candidate[])(
    window,
    scope,
  );
}

function isInForce(rule: CompiledRule, view: CaseView, anchor: Event): boolean {
  const day = view.dayOf(anchor);
  return day >= rule.effectiveFrom && (rule.effectiveTo === null || day <= rule.effectiveTo);
}

function exceptionFor(
  exceptions: readonly CompiledException[],
  scope: Scope,
  candidate: Candidate,
): string | null {
  scope.anchor = candidate.anchor;
  scope.ending = candidate.other;
  scope.windowClock = candidate.clock;
  for (const exception of exceptions)
    if (exception.by === 'when' && exception.test?.(scope) === true) return exception.code;
  return null;
}

/**
 * Through which instant the sources must be covered. A deadline is asked about when it has passed; for a fact that may
 * still arrive out of order, the feed's agreed delay is left to it as well.
 */
function coveredUntil({ window, candidate, settled, view }: Found): Instant {
  if (window.source.kind !== 'condition') return settled.reachedAt;
  const { agreedDelayHours } = view.around.references.feed(candidate.anchor.source);
  return settled.reachedAt + agreedDelayHours * 3_600_000;
}

interface Found {
  readonly window: CompiledWindow;
  readonly candidate: Candidate;
  readonly settled: Settled;
  readonly evaluation: Evaluation;
  readonly view: CaseView;
}

function occurrenceOf(found: Found): string {
  const { window, candidate, evaluation } = found;
  const parts: string[] = [];
  if (!candidate.anchorless) {
    const root = evaluation.rootOf(candidate.anchor);
    parts.push(`${root.source}/${root.id}`);
  } else parts.push('case');
  if (candidate.key !== '') parts.push(candidate.key);
  if (window.name !== '') parts.push(window.name);
  return parts.join('#');
}

function findingOf(rule: CompiledRule, found: Found): Finding {
  const { window, candidate, settled, view } = found;
  const occurrence = occurrenceOf(found);
  const { calendar } = view.around;
  const references = referencesOf(view);
  const evidence = candidate.evidence.map(({ source, id }) => ({ source, id }));
  const answerable = answerableFor(rule.source.answerable, view, candidate.anchor);
  const isTest = view.isTest();
  return {
    id: findingId(rule.id, view.caseId, occurrence),
    ruleId: rule.id,
    ruleVersion: rule.version,
    subject: view.caseId,
    occurrence,
    level: settled.level,
    since: settled.since,
    until: settled.until,
    answerable,
    evidence,
    explanation: explain(rule, found),
    calendarVersion: calendar.version,
    referenceVersions: references,
    inputsDigest: digestOf([
      rule.id,
      String(rule.version),
      view.caseId,
      occurrence,
      settled.level,
      String(settled.since),
      String(settled.until),
      ...candidate.evidence.map((event) => event.rawDigest),
      ...candidate.starts.map((start) => `${start.level}@${start.from}`),
      ...answerable.map((one) => `${one.role}=${one.unitCode}/${one.staffNo ?? ''}`),
      String(isTest),
      calendar.version,
      ...references,
      window.name,
    ]),
    restsOnAbsenceUntil: candidate.restsOnAbsence ? coveredUntil(found) : null,
    sources: sourcesOf(view),
    isTest,
  };
}

function sourcesOf(view: CaseView): string[] {
  return [...new Set(view.events.map((event) => event.source))].sort();
}

function referencesOf(view: CaseView): string[] {
  const versions = new Set<string>();
  for (const item of [view.item, view.limitItem])
    if (item !== null) versions.add(`item:${item.itemCode}@${item.itemVersion}`);
  return [...versions];
}

function explain(rule: CompiledRule, found: Found): Explanation {
  const { window, candidate, settled, view } = found;
  const anchor = candidate.anchor;
  return {
    key: `window.${window.source.kind}`,
    params: {
      rule: rule.id,
      window: window.name,
      anchorType: anchor.type,
      anchorOn: formatDate(view.dayOf(anchor)),
      level: settled.level,
      since: settled.since,
      until: settled.until,
      ...candidate.figures,
    },
    children: [
      ...candidate.starts.map((start) => ({
        key: 'level',
        params: { level: start.level, from: start.from },
      })),
      ...arithmetic(candidate, view.around.calendar),
      ...window.exceptions.map((exception) => ({
        key: 'exception',
        params: { code: exception.code, by: exception.by, held: false },
      })),
    ],
  };
}

function unevaluable(
  rule: CompiledRule,
  window: CompiledWindow,
  context: { readonly evaluation: Evaluation; readonly view: CaseView; readonly error: unknown },
): Finding {
  const { view, evaluation, error } = context;
  const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  const occurrence = `unevaluable#${window.name}`;
  const last = view.events.at(-1);
  return {
    id: findingId(rule.id, view.caseId, occurrence),
    ruleId: rule.id,
    ruleVersion: rule.version,
    subject: view.caseId,
    occurrence,
    level: 'data',
    since: last?.occurredAt ?? evaluation.asOf,
    until: null,
    answerable: [{ role: 'data-owner', unitCode: last?.agencyCode ?? '', staffNo: null }],
    evidence: last === undefined ? [] : [{ source: last.source, id: last.id }],
    explanation: {
      key: 'rule.unevaluable',
      params: { rule: rule.id, window: window.name, reason },
    },
    calendarVersion: view.around.calendar.version,
    referenceVersions: referencesOf(view),
    inputsDigest: digestOf([rule.id, String(rule.version), view.caseId, occurrence, reason]),
    restsOnAbsenceUntil: null,
    sources: sourcesOf(view),
    isTest: view.isTest(),
  };
}
