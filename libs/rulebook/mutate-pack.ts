import type { Calendar } from '#core/calendar/calendar.js';
import { compileRulebook } from '#core/rule/compile.js';
import type { FieldTypes } from '#core/rule/predicate-types.js';
import type { ExampleSource, RuleSource } from '#core/rule/rule.js';
import type { Law } from '#core/step.js';
import { type Mutant, mutantsOf } from './mutate-rule.js';
import { lawOfExample, runExample } from './run-example.js';

/** What a mutation run over one rule says. */
export interface MutationRun {
  readonly ruleId: string;
  /** Mutants that were tried; those that do not compile never come to life and are not counted. */
  readonly tried: number;
  /** Mutants under which every example of the rule still passes: something in the rule is without an example. */
  readonly survivors: readonly Mutant[];
}

/** Runs every mutant of a rule against the rule's own examples; the rule itself must pass them. */
export function mutateRule(
  rule: RuleSource,
  vocabulary: ReadonlyMap<string, FieldTypes>,
  calendar: Calendar,
): MutationRun {
  const own = compileRulebook([rule], vocabulary);
  if (!own.ok) throw new Error(`${rule.id} does not compile: ${own.problems[0]?.reason ?? ''}`);
  const cases = rule.examples.map((example) => ({
    example,
    law: lawOfExample(example, own.rulebook, calendar),
  }));
  const survivors: Mutant[] = [];
  let tried = 0;
  for (const mutant of mutantsOf(rule)) {
    const compiled = compileRulebook([mutant.rule], vocabulary);
    if (!compiled.ok) continue;
    tried += 1;
    const { rulebook } = compiled;
    const noticed = cases.some(({ example, law }) => {
      const mutated: Law = { rulebook, around: { ...law.around, emptyLists: rulebook.emptyLists } };
      return fails(rule.id, example, mutated);
    });
    if (!noticed) survivors.push(mutant);
  }
  return { ruleId: rule.id, tried, survivors };
}

function fails(ruleId: string, example: ExampleSource, law: Law): boolean {
  try {
    return !runExample(ruleId, example, law).ok;
  } catch {
    return true;
  }
}
