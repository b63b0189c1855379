import { Environment } from '@marcbachmann/cel-js';
import { registerFunctions } from './functions.js';
import { declareTypes, type FieldTypes, typeOfAnchor } from './predicate-types.js';
import { looksAtEventOnly, looksAtItemOnly } from './reads.js';
import type { Scope } from './scope.js';

/** A predicate compiled for evaluation. Throws EvaluationError of the CEL library where a value does not fit. */
export interface Predicate<T> {
  readonly source: string;
  (scope: Scope): T;
}

export interface PredicateProblem {
  readonly expression: string;
  readonly reason: string;
}

export type ResultType = 'bool' | 'string' | 'double' | 'any';

/**
 * Compiles predicates (Common Expression Language) for one vocabulary. Types are checked when the rulebook loads: an
 * unknown name, an unknown field or a type that does not fit is a problem with its reason, never a surprise at run time.
 * Evaluation itself runs on plain objects, without the checker.
 */
export class PredicateCompiler {
  private readonly runtime = registerFunctions(
    new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false }),
  );
  private readonly checkers = new Map<string, Environment>();
  readonly problems: PredicateProblem[] = [];

  constructor(private readonly vocabulary: ReadonlyMap<string, FieldTypes>) {}

  /**
   * @param anchors types that `event` may have; a field must exist in all of them
   * @param endings types that `end` may have
   */
  compile<T>(
    expression: string,
    result: ResultType,
    anchors: readonly string[],
    endings: readonly string[] = [],
  ): Predicate<T> {
    this.check(expression, result, anchors, endings);
    let run: (context: object) => unknown;
    try {
      run = this.runtime.parse(expression);
    } catch {
      run = () => null;
    }
    const evaluate = (scope: Scope): T => {
      const value = run(scope);
      return (typeof value === 'bigint' ? Number(value) : value) as T;
    };
    return Object.assign(remembered(evaluate, expression), { source: expression });
  }

  private check(
    expression: string,
    result: ResultType,
    anchors: readonly string[],
    endings: readonly string[],
  ): void {
    const outcome = this.checker(anchors, endings).check(expression);
    if (!outcome.valid) {
      const reason = firstLine(outcome.error?.message ?? 'does not parse');
      this.problems.push({ expression, reason });
      return;
    }
    const type = String(outcome.type);
    const fits =
      result === 'any' ||
      type === result ||
      type === 'dyn' ||
      (result === 'double' && type === 'int');
    if (!fits)
      this.problems.push({ expression, reason: `yields ${type} where ${result} is needed` });
  }

  private checker(anchors: readonly string[], endings: readonly string[]): Environment {
    const key = `${anchors.join('|')}>${endings.join('|')}`;
    let checker = this.checkers.get(key);
    if (checker === undefined) {
      checker = registerFunctions(new Environment({ homogeneousAggregateLiterals: false }));
      declareTypes(checker, this.vocabulary, {
        event: typeOfAnchor(this.vocabulary, anchors),
        end: typeOfAnchor(this.vocabulary, endings),
      });
      this.checkers.set(key, checker);
    }
    return checker;
  }
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}

/**
 * The same question is asked of a case again and again: what depends on the catalogue item alone is answered once per
 * item version, what depends on the anchor alone once per event and view. The answer itself never changes by it.
 */
function remembered<T>(evaluate: (scope: Scope) => T, expression: string): (scope: Scope) => T {
  if (looksAtItemOnly(expression)) {
    const answers = new WeakMap<object, { readonly value: T }>();
    return (scope) => {
      const item = scope.item;
      let answer = answers.get(item);
      if (answer === undefined) {
        answer = { value: evaluate(scope) };
        answers.set(item, answer);
      }
      return answer.value;
    };
  }
  if (!looksAtEventOnly(expression)) return evaluate;
  const key = {};
  return (scope) => {
    const { anchor, view } = scope;
    if (anchor === null || scope.ending !== null) return evaluate(scope);
    let answers = view.answers.get(key) as Map<object, T> | undefined;
    if (answers === undefined) {
      answers = new Map();
      view.answers.set(key, answers);
    }
    let value = answers.get(anchor);
    if (value === undefined) {
      value = evaluate(scope);
      answers.set(anchor, value);
    }
    return value;
  };
}
