import { listName } from '../case/case-view.js';
import type { Touch } from '../case/touch.js';
import { RuleCompiler, type RuleProblem } from './compile-rule.js';
import type { CompiledRule, CompiledWindow } from './compiled.js';
import { PredicateCompiler } from './predicate.js';
import type { FieldTypes } from './predicate-types.js';
import type { RuleSource } from './rule.js';

/** A rule that an event can touch. */
export interface TouchedRule {
  /** Its place in the rulebook. */
  readonly index: number;
  /**
   * Null: ask it. Otherwise the event can do no more than add what these windows say of it: the rule need not be asked
   * unless the event passes all `arrivals.admits` of one of them.
   */
  readonly arrivals: readonly CompiledWindow[] | null;
}

export interface Rulebook {
  readonly rules: readonly CompiledRule[];
  /** Rules that an event of a type can touch, in order; `touch` says what else it does to the case. */
  readonly touchedBy: (type: string, touch: Touch) => readonly TouchedRule[];
  readonly emptyLists: Readonly<Record<string, readonly never[]>>;
  /** Names this set of rule versions; kept with evaluations. */
  readonly version: string;
}

export type CompileOutcome =
  | { readonly ok: true; readonly rulebook: Rulebook }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

/**
 * Compiles rule versions into a rulebook. Everything wrong is reported at once; nothing is compiled halfway.
 * Several versions of one id must not overlap in their effective dates (both ends included).
 * `compiler` is given where rules are compiled again and again: it keeps what it knows of the vocabulary.
 */
export function compileRulebook(
  sources: readonly RuleSource[],
  vocabulary: ReadonlyMap<string, FieldTypes>,
  compiler = new PredicateCompiler(vocabulary),
): CompileOutcome {
  const problems: RuleProblem[] = [];
  const rules = sources.map((source) =>
    new RuleCompiler(source, compiler, vocabulary, problems).compile(),
  );
  problems.push(...overlaps(rules));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, rulebook: rulebookOf(rules, vocabulary) };
}

function overlaps(rules: readonly CompiledRule[]): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const byId = new Map<string, CompiledRule[]>();
  for (const rule of rules) byId.set(rule.id, [...(byId.get(rule.id) ?? []), rule]);
  for (const versions of byId.values()) {
    const sorted = [...versions].sort((a, b) => a.effectiveFrom - b.effectiveFrom);
    sorted.forEach((rule, index) => {
      const next = sorted[index + 1];
      if (next === undefined) return;
      if (rule.effectiveTo !== null && rule.effectiveTo < next.effectiveFrom) return;
      problems.push({
        ruleId: rule.id,
        version: next.version,
        path: 'effective',
        reason: `version ${next.version} and version ${rule.version} are both in force on ${next.source.effective.from}`,
      });
    });
  }
  return problems;
}

function rulebookOf(
  rules: readonly CompiledRule[],
  vocabulary: ReadonlyMap<string, FieldTypes>,
): Rulebook {
  const plans = new Map<string, Partial<Record<Touch, readonly TouchedRule[]>>>();
  const touchedBy: Rulebook['touchedBy'] = (type, touch) => {
    let byTouch = plans.get(type);
    if (byTouch === undefined) {
      byTouch = {};
      plans.set(type, byTouch);
    }
    byTouch[touch] ??= rules.flatMap((rule, index) => touchOn(rule, index, { type, touch }));
    return byTouch[touch];
  };
  const emptyLists: Record<string, readonly never[]> = {};
  const texts = rules.map((rule) => JSON.stringify(rule.source)).join('\n');
  for (const type of vocabulary.keys()) {
    const name = listName(type);
    if (texts.includes(`case.${name}`)) emptyLists[name] = [];
  }
  const version = rules.map((rule) => `${rule.id}@${rule.version}`).join(' ');
  return { rules, touchedBy, emptyLists, version };
}

function touchOn(
  { windows }: CompiledRule,
  index: number,
  by: { readonly type: string; readonly touch: Touch },
): TouchedRule[] {
  const { type, touch } = by;
  if (windows.some(({ reads }) => reads === null || reads.has(type) || reads.has(`@${touch}`)))
    return [{ index, arrivals: null }];
  const arrivals = windows.filter(({ arrivals: { types } }) => types === null || types.has(type));
  return arrivals.length === 0 ? [] : [{ index, arrivals }];
}
