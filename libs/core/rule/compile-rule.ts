import { readDate } from '../calendar/local-time.js';
import type {
  CompiledAbsence,
  CompiledCondition,
  CompiledCount,
  CompiledDeadline,
  CompiledException,
  CompiledLevel,
  CompiledLimit,
  CompiledRule,
  CompiledSameActor,
  CompiledSequence,
  CompiledWindow,
} from './compiled.js';
import type { Predicate, PredicateCompiler, ResultType } from './predicate.js';
import type { FieldTypes } from './predicate-types.js';
import {
  ACCEPTANCE_TYPES,
  CLOSING_TYPES,
  looksAtEventOnly,
  MOVER_TYPES,
  readsOf,
} from './reads.js';
import type {
  AbsenceWindow,
  ConditionWindow,
  CountWindow,
  DeadlineLevel,
  DeadlineWindow,
  LimitSource,
  RuleSource,
  SameActorWindow,
  SequenceWindow,
  WindowSource,
} from './rule.js';
import { anchorsOf, anchorTypesOf, endingsOf } from './window-types.js';

export interface RuleProblem {
  readonly ruleId: string;
  readonly version: number;
  /** Where in the rule: windows[0].when. */
  readonly path: string;
  readonly reason: string;
}

/** Compiles one version of a rule; what is wrong with it goes to `problems`. */
export class RuleCompiler {
  /** Of the window being compiled. */
  private reads = new Set<string>();
  private readsAny = false;
  private path = '';

  constructor(
    private readonly source: RuleSource,
    private readonly compiler: PredicateCompiler,
    private readonly vocabulary: ReadonlyMap<string, FieldTypes>,
    private readonly problems: RuleProblem[],
  ) {}

  compile(): CompiledRule {
    const { source } = this;
    const windows = source.windows.map((window, index) => {
      this.path = `windows[${index}]`;
      this.reads = new Set();
      this.readsAny = false;
      const compiled = this.window(window, index);
      return { ...compiled, reads: this.readsAny ? null : this.reads };
    });
    return {
      source,
      id: source.id,
      version: source.version,
      effectiveFrom: this.date(source.effective.from, 'effective.from') ?? 0,
      effectiveTo:
        source.effective.to === undefined ? null : this.date(source.effective.to, 'effective.to'),
      windows,
    };
  }

  private problem(path: string, reason: string): void {
    this.problems.push({ ruleId: this.source.id, version: this.source.version, path, reason });
  }

  private date(text: string, path: string): number | null {
    const day = readDate(text);
    if (day === null) this.problem(path, `'${text}' is not a date of the form YYYY-MM-DD`);
    return day;
  }

  private read(types: Iterable<string>): void {
    for (const type of types) this.reads.add(type);
  }

  /** @param as `arrivals`: such an event adds what it says itself and changes nothing said of others */
  private known(
    types: readonly string[],
    path: string,
    as: 'reads' | 'arrivals' = 'reads',
  ): readonly string[] {
    for (const type of types)
      if (!this.vocabulary.has(type))
        this.problem(`${this.path}.${path}`, `unknown event type '${type}'`);
    if (as === 'reads') this.read(types);
    return types;
  }

  private predicate<T>(
    expression: string,
    path: string,
    result: ResultType,
    anchors: readonly string[],
    endings: readonly string[] = [],
  ): Predicate<T> {
    const before = this.compiler.problems.length;
    const predicate = this.compiler.compile<T>(expression, result, anchors, endings);
    for (const problem of this.compiler.problems.splice(before))
      this.problem(`${this.path}.${path}`, `${problem.reason} in predicate: ${expression}`);
    this.read(readsOf(expression, this.vocabulary.keys()));
    return predicate;
  }

  private optional<T>(
    expression: string | undefined,
    path: string,
    result: ResultType,
    anchors: readonly string[],
    endings: readonly string[] = [],
  ): Predicate<T> | null {
    return expression === undefined
      ? null
      : this.predicate<T>(expression, path, result, anchors, endings);
  }

  private limit(source: LimitSource, path: string, anchors: readonly string[]): CompiledLimit {
    const value =
      typeof source.value === 'number'
        ? source.value
        : this.predicate<number>(source.value, `${path}.value`, 'double', anchors);
    return { value, unit: source.unit };
  }

  private levels(levels: readonly DeadlineLevel[], anchors: readonly string[]): CompiledLevel[] {
    return levels.map((level, index) => ({
      ...level,
      limit:
        level.limit === undefined
          ? null
          : this.limit(level.limit, `levels[${index}].limit`, anchors),
    }));
  }

  private window(window: WindowSource, index: number): CompiledWindow {
    const anchors = anchorsOf(window);
    const endings = endingsOf(window);
    const name = window.name ?? (this.source.windows.length > 1 ? `w${index + 1}` : '');
    const exceptions = this.exceptions(name, anchors, endings);
    const by = (code: string, how: string) =>
      this.source.exceptions.some(
        (one) => one.code === code && one.by === how && applies(one, name),
      );
    const base: Shared = {
      name,
      reads: null,
      arrivals: NO_ARRIVALS,
      anchorTypes: anchorTypesOf(window),
      when: this.optional<boolean>(window.when, 'when', 'bool', anchors),
      exceptions,
      movers: {
        pauses: by('X2', 'clock'),
        extensions: by('X1', 'clock'),
        outages: by('X8', 'clock'),
      },
      closesElsewhere: by('X7', 'closing'),
    };
    if (base.movers.pauses || base.movers.extensions) this.read(MOVER_TYPES);
    return this.kind(window, base, { anchors, endings });
  }

  private exceptions(
    name: string,
    anchors: readonly string[],
    endings: readonly string[],
  ): CompiledException[] {
    return this.source.exceptions
      .filter((one) => applies(one, name))
      .map((one) => {
        const path = `exceptions.${one.code}`;
        if (one.by === 'when' && one.when === undefined)
          this.problem(path, "an exception decided by 'when' needs a predicate 'when'");
        return {
          code: one.code,
          by: one.by,
          test: this.optional<boolean>(one.when, path, 'bool', anchors, endings),
        };
      });
  }

  private kind(window: WindowSource, shared: Shared, types: Types): CompiledWindow {
    const { anchors } = types;
    switch (window.kind) {
      case 'deadline':
        return this.deadline(window, shared, types);
      case 'absence':
        return this.absence(window, shared, anchors);
      case 'count':
        return this.count(window, shared, anchors);
      case 'sequence':
        return this.sequence(window, shared, types);
      case 'order':
        this.known([...window.earlier, ...window.later], 'earlier');
        return {
          ...shared,
          source: window,
          earlierWhen: this.test(window.earlierWhen, 'earlierWhen', window.earlier),
        };
      case 'same-actor':
        return this.sameActor(window, shared, anchors);
      case 'condition':
        return this.condition(window, shared, anchors);
      case 'manual':
        return { ...shared, source: window };
    }
  }

  private test(
    expression: string | undefined,
    path: string,
    anchors: readonly string[],
    endings: readonly string[] = [],
  ): Predicate<boolean> | null {
    return this.optional<boolean>(expression, path, 'bool', anchors, endings);
  }

  private deadline(window: DeadlineWindow, shared: Shared, types: Types): CompiledDeadline {
    const { anchors, endings } = types;
    if (window.from === 'acceptance') this.read(ACCEPTANCE_TYPES);
    else this.known(window.from, 'from');
    const plain = window.until.filter((type) => type !== 'closing');
    this.known(plain, 'until');
    if (plain.length < window.until.length) this.read(CLOSING_TYPES);
    if (window.clock !== undefined) this.read(MOVER_TYPES);
    if (window.clock === undefined && window.limit === undefined && window.dueOn === undefined)
      this.problem(this.path, "a deadline needs one of 'clock', 'limit', 'dueOn'");
    return {
      ...shared,
      source: window,
      until: new Set(plain),
      untilClosing: plain.length < window.until.length,
      untilWhen: this.test(window.untilWhen, 'untilWhen', anchors, endings),
      untilNeedsClock: /\b(clock|usedOn|stoppedPastLimit)\b/.test(window.untilWhen ?? ''),
      startOn: this.optional<string>(window.startOn, 'startOn', 'string', anchors),
      dueOn: this.optional<string>(window.dueOn, 'dueOn', 'string', anchors),
      limit: this.deadlineLimit(window, anchors),
      levels: this.levels(window.levels, anchors),
    };
  }

  private deadlineLimit(
    window: DeadlineWindow,
    anchors: readonly string[],
  ): CompiledDeadline['limit'] {
    if (window.limit === undefined) return null;
    return typeof window.limit === 'string'
      ? this.predicate(window.limit, 'limit', 'any', anchors)
      : this.limit(window.limit, 'limit', anchors);
  }

  private absence(
    window: AbsenceWindow,
    shared: Shared,
    anchors: readonly string[],
  ): CompiledAbsence {
    if (window.of === '*') this.readsAny = true;
    else this.known(window.of, 'of');
    return {
      ...shared,
      source: window,
      of: window.of === '*' ? null : new Set(window.of),
      limit: this.limit(window.limit, 'limit', anchors),
      levels: this.levels(window.levels, anchors),
    };
  }

  private count(window: CountWindow, shared: Shared, anchors: readonly string[]): CompiledCount {
    this.known(window.of, 'of', 'arrivals');
    return {
      ...shared,
      arrivals: { types: new Set(window.of), admits: admitsOf(shared.when) },
      source: window,
      key: this.optional<string>(window.key, 'key', 'string', anchors),
      levels: window.levels.map((level, index) => ({
        level: level.level,
        atLeast: level.atLeast,
        when: this.test(level.when, `levels[${index}].when`, anchors),
      })),
    };
  }

  private sequence(window: SequenceWindow, shared: Shared, types: Types): CompiledSequence {
    const { anchors, endings } = types;
    const date = (expression: string | undefined, path: string) =>
      this.optional<string>(expression, path, 'string', anchors, endings);
    const limit = (source: LimitSource | undefined, path: string) =>
      source === undefined ? null : this.limit(source, path, anchors);
    this.known([...(window.first ?? []), ...window.then, ...(window.reset ?? [])], 'then');
    return {
      ...shared,
      source: window,
      firstWhen: this.test(window.firstWhen, 'firstWhen', anchors, endings),
      firstOn: date(window.firstOn, 'firstOn'),
      thenOn: date(window.thenOn, 'thenOn'),
      pathFrom: this.optional<string>(window.pathFrom, 'pathFrom', 'string', anchors),
      pathTo: this.optional<string>(window.pathTo, 'pathTo', 'string', anchors),
      fewerThan: limit(window.fewerThan, 'fewerThan'),
      moreThan: limit(window.moreThan, 'moreThan'),
    };
  }

  private sameActor(
    window: SameActorWindow,
    shared: Shared,
    anchors: readonly string[],
  ): CompiledSameActor {
    return {
      ...shared,
      source: window,
      parts: window.parts.map((part, index) => ({
        of: this.known(part.of, `parts[${index}].of`),
        when: this.test(part.when, `parts[${index}].when`, part.of),
      })),
      actor: this.predicate<string>(window.actor, 'actor', 'string', anchors),
    };
  }

  private condition(
    window: ConditionWindow,
    shared: Shared,
    anchors: readonly string[],
  ): CompiledCondition {
    if (window.on !== '*') this.known(window.on, 'on', 'arrivals');
    const levels = window.levels.map((level, index) => ({
      level: level.level,
      when: this.predicate<boolean>(level.when, `levels[${index}].when`, 'bool', anchors),
    }));
    const only = levels.length === 1 ? (levels[0]?.when ?? null) : null;
    return {
      ...shared,
      arrivals: {
        types: window.on === '*' ? null : new Set(window.on),
        admits: [...admitsOf(shared.when), ...admitsOf(only)],
      },
      source: window,
      levels,
    };
  }
}

/** A predicate that must hold for an event to count, if it can be asked of the event alone. */
function admitsOf(predicate: Predicate<boolean> | null): Predicate<boolean>[] {
  return predicate !== null && looksAtEventOnly(predicate.source) ? [predicate] : [];
}

type Shared = Pick<
  CompiledWindow,
  | 'name'
  | 'reads'
  | 'arrivals'
  | 'anchorTypes'
  | 'when'
  | 'exceptions'
  | 'movers'
  | 'closesElsewhere'
>;

const NO_ARRIVALS: Shared['arrivals'] = { types: new Set(), admits: [] };

interface Types {
  readonly anchors: readonly string[];
  readonly endings: readonly string[];
}

function applies(exception: { readonly windows?: readonly string[] }, name: string): boolean {
  return exception.windows === undefined || exception.windows.includes(name);
}
