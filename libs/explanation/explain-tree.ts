import type { Explanation } from '#core/finding.js';
import type { RuleSource } from '#core/rule/rule.js';
import { dayList, type ExplainedDay } from './day-list.js';
import {
  codeText,
  dayText,
  eventName,
  hasText,
  instantText,
  type Language,
  localTimeText,
  sideOf,
  type TextParams,
  textOf,
} from './texts.js';

const DAYS = new Set(['day0', 'lastDay', 'closedOn']);
const INSTANTS = new Set(['since', 'until', 'from', 'lateAt']);

type Params = Explanation['params'];

/** Parameters as data: days and instants written out, everything else as it is. */
function dataOf(params: Params): Params {
  return mapParams(params, (name, value) => {
    if (typeof value !== 'number') return value;
    if (DAYS.has(name)) return dayText(value);
    return INSTANTS.has(name) ? instantText(value) : value;
  });
}

/** Parameters as they stand in a sentence. */
function wordsOf(params: Params, rule: RuleSource | null, language: Language): TextParams {
  const words = mapParams(params, (name, value) => {
    if (name === 'until' && value === null) return textOf(language, 'value.not-over');
    if (typeof value === 'number' && DAYS.has(name)) return dayText(value);
    if (typeof value === 'number' && INSTANTS.has(name)) return localTimeText(value);
    if (typeof value !== 'string') return value;
    if (name === 'level' || name === 'unit' || name === 'by')
      return codeText(language, name, value);
    return name === 'anchorType' ? eventName(language, value) : value;
  });
  const exception = rule?.exceptions.find((one) => one.code === params.code);
  const named = exception === undefined ? '' : sideOf(exception.text, language);
  return { ...words, exception: named, window: windowName(params.window, language) };
}

function windowName(window: Params[string] | undefined, language: Language): string {
  return window === undefined || window === null || window === ''
    ? textOf(language, 'window.only')
    : String(window);
}

function mapParams(
  params: Params,
  change: (name: string, value: Params[string]) => Params[string],
): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, change(name, value)]),
  );
}

/** Node of the explanation tree: data and the same as a sentence. */
export interface ExplainedNode {
  readonly key: string;
  /** Figures by name; days as YYYY-MM-DD, instants as RFC 3339. */
  readonly params: Params;
  readonly text: string;
  readonly children: ExplainedNode[];
  readonly days: ExplainedDay[] | null;
}

/** The explanation of a finding as data and sentences. A key without a text reads as the key itself. */
export function explainTree(
  explanation: Explanation,
  rule: RuleSource | null,
  language: Language,
): ExplainedNode {
  const key = `explain.${explanation.key}`;
  return {
    key: explanation.key,
    params: dataOf(explanation.params),
    text: hasText(key)
      ? textOf(language, key, wordsOf(explanation.params, rule, language))
      : explanation.key,
    children: (explanation.children ?? []).map((child) => explainTree(child, rule, language)),
    days: explanation.days === undefined ? null : dayList(explanation.days),
  };
}
