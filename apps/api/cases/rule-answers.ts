import type { CaseView } from '#core/case/case-view.js';
import type { Finding } from '#core/finding.js';
import type { CompiledRule } from '#core/rule/compiled.js';
import type { CaseState, Law } from '#core/step.js';
import { reasonSentence } from '#explanation/reason-sentence.js';
import type { AlertEntity } from '#store/entity/alert.entity.js';
import type { Language } from '../language/language.js';
import { codeText, instantText, localTimeText, sideOf, textOf } from '../language/texts.js';
import type { RuleAnswerDto, RuleFindingDto, SourceCoverageDto } from './case.dto.js';
import { watchedLimits } from './examine-rule.js';

type Outcome = RuleAnswerDto['outcome'];

export interface Answering {
  readonly law: Law;
  readonly state: CaseState;
  /** Findings and alerts as last saved: what people were told. */
  readonly findings: readonly Finding[];
  readonly alerts: readonly AlertEntity[];
  /** Gate of each alert, from its last event. */
  readonly gates: ReadonlyMap<string, string | null>;
  readonly coverageText: string;
  readonly language: Language;
}

/**
 * For each rule in force on the case: its findings with what became of them, or that there is none, with the limits it
 * watches; by rule id. Findings are those that were saved; the core is asked only what is still awaited.
 */
export function ruleAnswers(answering: Answering): RuleAnswerDto[] {
  const { law, state } = answering;
  const answers = law.rulebook.rules.flatMap((rule, index) => {
    const saved = answering.findings.filter(
      (finding) => finding.ruleId === rule.id && finding.ruleVersion === rule.version,
    );
    if (saved.length === 0 && !isInForce(rule, state.view)) return [];
    return [
      answerOf(rule, saved, { ...answering, nextAt: state.answers.get(index)?.nextAt ?? null }),
    ];
  });
  return answers.sort((a, b) =>
    a.ruleId === b.ruleId ? a.ruleVersion - b.ruleVersion : a.ruleId < b.ruleId ? -1 : 1,
  );
}

function isInForce(rule: CompiledRule, view: CaseView): boolean {
  const [first, last] = [view.events[0], view.events.at(-1)];
  if (first === undefined || last === undefined) return true;
  if (view.dayOf(last) < rule.effectiveFrom) return false;
  return rule.effectiveTo === null || view.dayOf(first) <= rule.effectiveTo;
}

function answerOf(
  rule: CompiledRule,
  saved: readonly Finding[],
  context: Answering & { readonly nextAt: number | null },
): RuleAnswerDto {
  const { language, alerts, state, nextAt } = context;
  const findings = saved.map((finding) => {
    const alert = alerts.find((one) => one.findingId === finding.id) ?? null;
    return { alert, dto: findingDto(rule, finding, { ...context, alert }) };
  });
  const isManual = rule.windows.every((window) => window.source.kind === 'manual');
  const outcome = outcomeOf(
    findings.map(({ alert }) => alert),
    isManual,
  );
  return {
    ruleId: rule.id,
    ruleVersion: rule.version,
    ruleName: sideOf(rule.source.name, language),
    outcome,
    text: textOf(language, `answer.${outcome}`, {
      n: saved.length,
      asOf: localTimeText(state.asOf),
      coverage: context.coverageText,
    }),
    findings: findings.map(({ dto }) => dto),
    watched: watchedLimits(rule, state.view, language),
    nextAt: nextAt === null || !Number.isFinite(nextAt) ? null : instantText(nextAt),
  };
}

function findingDto(
  rule: CompiledRule,
  finding: Finding,
  { alert, gates, language }: Answering & { readonly alert: AlertEntity | null },
): RuleFindingDto {
  const gate = alert === null || !isKeptBack(alert) ? null : (gates.get(alert.alertId) ?? null);
  return {
    findingId: finding.id,
    alertId: alert?.alertId ?? null,
    level: finding.level,
    since: instantText(finding.since),
    until: instantText(finding.until),
    gate: gate === null ? null : codeText(language, 'gate', gate),
    reason: reasonSentence(finding, rule.source, language),
  };
}

function isKeptBack(alert: AlertEntity): boolean {
  return alert.held || alert.state === 'covered' || alert.state === 'silenced';
}

/** The loudest thing that became of a rule's findings. */
function outcomeOf(alerts: readonly (AlertEntity | null)[], isManual: boolean): Outcome {
  if (alerts.length === 0) return isManual ? 'manual' : 'nothing';
  if (alerts.some((alert) => alert !== null && !isKeptBack(alert))) return 'finding';
  if (alerts.some((alert) => alert?.held)) return 'held';
  return alerts.some((alert) => alert?.state === 'covered') ? 'grouped' : 'silenced';
}

/** Through when the sources of a case were evaluated, as a sentence. */
export function coverageSentence(
  coverage: readonly SourceCoverageDto[],
  language: Language,
): string {
  if (coverage.length === 0) return textOf(language, 'coverage.no-source');
  const silent = coverage.filter(({ evaluatedThrough }) => evaluatedThrough === null);
  if (silent.length > 0)
    return textOf(language, 'coverage.unknown', {
      sources: silent.map(({ source }) => source).join(', '),
    });
  const least = Math.min(
    ...coverage.map(({ evaluatedThrough }) => Date.parse(String(evaluatedThrough))),
  );
  return textOf(language, 'coverage.through', {
    sources: coverage.map(({ source }) => source).join(', '),
    through: localTimeText(least),
  });
}
