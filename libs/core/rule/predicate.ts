import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { listName } from '../case/case-view.js';
import { closureOf, functionKey } from './closure.js';
import { PREDICATE_FUNCTIONS, registerFunctions } from './functions.js';
import { declareTypes, type FieldTypes, typeOfAnchor } from './predicate-types.js';
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

const FUNCTIONS = new Map(
  PREDICATE_FUNCTIONS.map((one) => [functionKey(one.name, one.parameters.length), one]),
);

export type ResultType = 'bool' | 'string' | 'double' | 'any';

/**
 * Compiles predicates (Common Expression Language) for one vocabulary. Types are checked when the rulebook loads: an
 * unknown name, an unknown field or a type that does not fit is a problem with its reason, never a surprise at run time.
 * Evaluation itself runs on plain objects, without the checker: as closures (closure.ts), else by the library.
 */
export class PredicateCompiler {
  private readonly runtime = registerFunctions(
    new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false }),
  );
  private readonly checkers = new Map<string, Environment>();
  private readonly listTypes: ReadonlyMap<string, string>;
  readonly problems: PredicateProblem[] = [];

  /** `checked`: these very expressions were found without problems in this vocabulary before, and are not checked again. */
  constructor(
    private readonly vocabulary: ReadonlyMap<string, FieldTypes>,
    private readonly checked = false,
  ) {
    this.listTypes = new Map([...vocabulary.keys()].map((type) => [listName(type), type]));
  }

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
    if (!this.checked) this.check(expression, result, anchors, endings);
    const evaluate = this.evaluatorOf<T>(expression);
    return Object.assign(evaluate, { source: expression });
  }

  private evaluatorOf<T>(expression: string): (scope: Scope) => T {
    let parsed: ParseResult;
    try {
      parsed = this.runtime.parse(expression);
    } catch {
      return () => null as T;
    }
    const closure = closureOf(parsed.ast, { functions: FUNCTIONS, listTypes: this.listTypes });
    const byLibrary = (scope: Scope): T => {
      const value = parsed(scope);
      return (typeof value === 'bigint' ? Number(value) : value) as T;
    };
    if (closure === null) return byLibrary;
    return (scope) => {
      try {
        return closure(scope) as T;
      } catch {
        return byLibrary(scope);
      }
    };
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
