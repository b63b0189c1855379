import type { Schemas } from '../api/client.js';
import { dateOf } from '../ruler/local-day.js';

type Explanation = Schemas['ExplanationDto'];

/** Part of a sentence; a figure says what it leads to. */
export interface Segment {
  /** Where it begins in the sentence. */
  readonly at: number;
  readonly text: string;
  readonly target: Target | null;
}

export type Target =
  | { readonly kind: 'evidence'; readonly no: number }
  | { readonly kind: 'day'; readonly date: string }
  | { readonly kind: 'list' }
  | { readonly kind: 'rule' };

export interface FigureGround {
  readonly explanation: Explanation;
  /** Local date and number of each piece of evidence. */
  readonly evidence: readonly { readonly no: number; readonly date: string }[];
  readonly days: readonly { readonly date: string; readonly count: number | null }[];
}

const FIGURE = /\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?|(?<![\w.-])\d+(?:\.\d+)?(?![\w.-])/g;
const CHINA_OFFSET_MS = 8 * 3_600_000;
/** Figures that are dates of facts; others are dates of the limit. */
const OF_FACTS = new Set(['anchorOn', 'day0', 'closedOn', 'until']);

/**
 * Cuts a reason into text and figures. A figure becomes a link only where a parameter of the explanation reads exactly
 * so, and only where there is something to lead to; everything else stays text, so that the sentence is always whole.
 */
export function reasonSegments(reason: string, ground: FigureGround): Segment[] {
  const figures = figuresOf(ground.explanation);
  const segments: Segment[] = [];
  let end = 0;
  for (const match of reason.matchAll(FIGURE)) {
    const [text] = match;
    const target = targetOf(text, figures.get(text) ?? [], ground);
    if (target === null) continue;
    if (match.index > end)
      segments.push({ at: end, text: reason.slice(end, match.index), target: null });
    segments.push({ at: match.index, text, target });
    end = match.index + text.length;
  }
  if (end < reason.length) segments.push({ at: end, text: reason.slice(end), target: null });
  return segments;
}

/** Names of the parameters by the texts in which a sentence may write their values. */
function figuresOf(explanation: Explanation): Map<string, string[]> {
  const figures = new Map<string, string[]>();
  const visit = ({ params, children }: Explanation) => {
    for (const [name, value] of Object.entries(params))
      for (const text of textsOf(value)) figures.set(text, [...(figures.get(text) ?? []), name]);
    children.forEach(visit);
  };
  visit(explanation);
  return figures;
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'number') return [...new Set([String(value), String(round(value))])];
  if (typeof value !== 'string') return [];
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return [value];
  if (!/^\d{4}-\d{2}-\d{2}T/.test(value)) return [];
  const at = Date.parse(value);
  // A limit in hours is told by its last instant, one millisecond before it is late.
  return [...new Set([dateOf(value), minuteOf(at), minuteOf(at - 1)])];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function minuteOf(at: number): string {
  return new Date(at + CHINA_OFFSET_MS).toISOString().slice(0, 16).replace('T', ' ');
}

function targetOf(text: string, names: readonly string[], ground: FigureGround): Target | null {
  if (names.length === 0) return null;
  if (text.length >= 10 && text[4] === '-') return dateTarget(text.slice(0, 10), names, ground);
  if (names.includes('total')) {
    const reached = ground.days.find(({ count }) => count === Number(text));
    return reached === undefined ? { kind: 'rule' } : { kind: 'day', date: reached.date };
  }
  if (names.includes('count')) return { kind: 'list' };
  return names.some((name) => name === 'limit' || name === 'gap') ? { kind: 'rule' } : null;
}

function dateTarget(date: string, names: readonly string[], ground: FigureGround): Target | null {
  const evidence = ground.evidence.find((one) => one.date === date);
  const day = ground.days.find((one) => one.date === date);
  if (evidence !== undefined && names.some((name) => OF_FACTS.has(name)))
    return { kind: 'evidence', no: evidence.no };
  if (day !== undefined) return { kind: 'day', date };
  return evidence === undefined ? null : { kind: 'evidence', no: evidence.no };
}
