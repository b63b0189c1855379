import type { Explanation, Finding } from '#core/finding.js';
import type { RuleSource, WindowSource } from '#core/rule/rule.js';
import {
  codeText,
  dayText,
  eventName,
  type Language,
  localDateText,
  localTimeText,
  sideOf,
  textOf,
} from './texts.js';

interface Telling {
  readonly finding: Finding;
  readonly rule: RuleSource | null;
  readonly language: Language;
}

/** One sentence with the figures that a finding rests on. It states facts and limits, never a breach of duty. */
export function reasonSentence(
  finding: Finding,
  rule: RuleSource | null,
  language: Language,
): string {
  const telling = { finding, rule, language };
  const { key, params } = finding.explanation;
  const clock = finding.explanation.children?.find((child) => child.key === 'clock') ?? null;
  if (key === 'rule.unevaluable')
    return textOf(language, 'reason.unevaluable', {
      rule: ruleName(telling),
      reason: params.reason,
    });
  if (key === 'window.deadline' && clock !== null) return deadlineReason(telling, clock);
  if (key === 'window.absence' && clock !== null) return absenceReason(telling, clock);
  return factReason(telling, key.startsWith('window.') ? key.slice(7) : 'other');
}

function ruleName({ finding, rule, language }: Telling): string {
  return rule === null ? finding.ruleId : sideOf(rule.name, language);
}

function ruleText({ rule, language }: Telling): string {
  return rule === null ? textOf(language, 'rule.text-unknown') : sideOf(rule.text, language);
}

function windowOf({ finding, rule }: Telling): WindowSource | null {
  const name = String(finding.explanation.params.window ?? '');
  return rule?.windows.find((window) => (window.name ?? '') === name) ?? null;
}

/** What the limit counts from: acceptance has its own word, since a deemed one rests on the receipt. */
function startName(telling: Telling): string {
  const { finding, language } = telling;
  const type = String(finding.explanation.params.anchorType ?? '');
  const window = windowOf(telling);
  if (window?.kind === 'deadline' && window.from === 'acceptance')
    return textOf(language, type === 'approval.received' ? 'start.deemed' : 'start.accepted');
  return eventName(language, type);
}

function limitName(telling: Telling): string {
  const window = windowOf(telling);
  const clock = window?.kind === 'deadline' ? window.clock : undefined;
  return textOf(telling.language, `limit.${clock ?? 'own'}`);
}

function deadlineReason(telling: Telling, clock: Explanation): string {
  const { language } = telling;
  const { day0, lastDay, lateAt, total, unit, provisional } = clock.params;
  const form = unit === 'H' ? 'deadline-hours' : total === 0 ? 'deadline-same-day' : 'deadline';
  const sentence = textOf(language, `reason.${form}`, {
    startOn: dayText(Number(day0)),
    start: startName(telling),
    limit: limitName(telling),
    total,
    unit: codeText(language, 'unit', String(unit)),
    lastOn: dayText(Number(lastDay)),
    dueAt: localTimeText(Number(lateAt) - 1),
    state: deadlineState(telling, clock),
  });
  return provisional === true ? sentence + textOf(language, 'reason.provisional') : sentence;
}

function deadlineState(telling: Telling, clock: Explanation): string {
  const { finding, language } = telling;
  const lateAt = Number(clock.params.lateAt);
  const closedOn = clock.params.closedOn;
  const level = levelStart(finding);
  const isLate = level >= lateAt;
  const isDone = finding.until !== null || closedOn !== null;
  const stage = isLate ? 'late' : isNearDue(telling) ? 'near' : 'reached';
  return textOf(language, `state.${stage}${isDone ? '-done' : ''}`, {
    level: codeText(language, 'level', finding.level),
    since: localDateText(level),
    lateOn: localDateText(lateAt),
    closedOn:
      typeof closedOn === 'number'
        ? dayText(closedOn)
        : finding.until === null
          ? null
          : localDateText(finding.until),
  });
}

/** True where the level warns before the end; others begin at a limit of their own within the window. */
function isNearDue(telling: Telling): boolean {
  const window = windowOf(telling);
  if (window?.kind !== 'deadline') return false;
  const level = window.levels.find((one) => one.level === telling.finding.level);
  return level?.share !== undefined || level?.remaining !== undefined;
}

/** When the level that the finding has now began; its `since` may be that of a lower one. */
function levelStart(finding: Finding): number {
  const starts = finding.explanation.children?.filter(
    ({ key, params }) => key === 'level' && params.level === finding.level,
  );
  const from = starts?.[0]?.params.from;
  return typeof from === 'number' ? from : finding.since;
}

function absenceReason(telling: Telling, clock: Explanation): string {
  const { finding, language } = telling;
  const { day0, lastDay, total, unit } = clock.params;
  return textOf(language, 'reason.absence', {
    startOn: dayText(Number(day0)),
    start: startName(telling),
    total,
    unit: codeText(language, 'unit', String(unit)),
    lastOn: dayText(Number(lastDay)),
    state: textOf(language, finding.until === null ? 'state.silent' : 'state.silence-over', {
      until: finding.until === null ? null : localTimeText(finding.until),
    }),
  });
}

const FACTS = new Set(['condition', 'count', 'order', 'same-actor']);

function factReason(telling: Telling, kind: string): string {
  const { finding, language } = telling;
  const { params } = finding.explanation;
  const gap = kind === 'sequence' && 'gap' in params;
  const name = gap ? 'sequence' : kind === 'sequence' ? 'path' : FACTS.has(kind) ? kind : 'other';
  const gapUnit = codeText(language, 'unit', String(params.unit ?? 'G'));
  const sentence = textOf(language, `reason.${name}`, {
    ...params,
    anchor: eventName(language, String(params.anchorType ?? '')),
    rule: ruleName(telling),
    text: ruleText(telling),
    since: localTimeText(finding.since),
    unit: gapUnit,
    gap: typeof params.gap === 'number' ? Math.round(params.gap * 100) / 100 : null,
    actor: finding.occurrence.split('#')[1] ?? null,
  });
  if (finding.until === null) return sentence;
  return sentence + textOf(language, 'reason.over', { until: localTimeText(finding.until) });
}
