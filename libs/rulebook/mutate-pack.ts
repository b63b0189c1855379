import type { Calendar } from '#core/calendar/calendar.js';
import { compileRulebook } from '#core/rule/compile.js';
import { PredicateCompiler } from '#core/rule/predicate.js';
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
  const compiler = compilerOf(vocabulary);
  const own = compileRulebook([rule], vocabulary, compiler);
  if (!own.ok) throw new Error(`${rule.id} does not compile: ${own.problems[0]?.reason ?? ''}`);
  const cases = rule.examples.map((example) => ({
    example,
    law: lawOfExample(example, own.rulebook, calendar),
  }));
  const survivors: Mutant[] = [];
  let tried = 0;
  for (const mutant of mutantsOf(rule)) {
    const compiled = compileRulebook([mutant.rule], vocabulary, compiler);
    if (!compiled.ok) continue;
    tried += 1;
    const { rulebook } = compiled;
    const noticed = cases.some(({ example, law }) => {
      const mutated: Law = { rulebook, around: { ...law.around, emptyLists: rulebook.emptyLists } };
      return fails(rule.id, example, { law: mutated, vocabulary });
    });
    if (!noticed) survivors.push(mutant);
  }
  return { ruleId: rule.id, tried, survivors };
}

const compilers = new WeakMap<ReadonlyMap<string, FieldTypes>, PredicateCompiler>();

/** Compiling a mutant is most of the work of trying it; the types of a vocabulary are declared once. */
function compilerOf(vocabulary: ReadonlyMap<string, FieldTypes>): PredicateCompiler {
  let compiler = compilers.get(vocabulary);
  if (compiler === undefined) {
    compiler = new PredicateCompiler(vocabulary);
    compilers.set(vocabulary, compiler);
  }
  return compiler;
}

function fails(
  ruleId: string,
  example: ExampleSource,
  by: { readonly law: Law; readonly vocabulary: ReadonlyMap<string, FieldTypes> },
): boolean {
  try {
    return !runExample(ruleId, example, by.law, by.vocabulary).ok;
  } catch {
    return true;
  }
}
