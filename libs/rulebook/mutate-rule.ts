import { LEVELS, type Level } from '#core/finding.js';
import type { ExceptionSource, RuleSource, WindowSource } from '#core/rule/rule.js';
import { shiftedPredicates } from './mutate-predicate.js';

/** A rule with one thing in it wrong: an example that is worth its name notices. */
export interface Mutant {
  /** What was changed, as a path in the rule: windows[0].levels[1].after. */
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly rule: RuleSource;
}

type Key = string | number;
type Path = readonly Key[];

/**
 * Every mutant of a rule: each number moved by one unit up and down, each exception removed, each level changed to its
 * neighbours. One unit is 1; of a number between 0 and 1 (a share) it is 0.05. Left out is only what cannot change any
 * answer whatever the history, by these principles:
 * - a number below the least that the rule language admits (rule-schema.ts); `after: 0` moved to -1 is kept, because it
 *   moves the limit itself;
 * - an exception that a person decides, and one that a clock or a closing fact decides where no window of the rule has
 *   such a clock or ending: it is printed with the finding and evaluates to nothing;
 * - the level of a manual window, which finds nothing by itself.
 */
export function* mutantsOf(rule: RuleSource): Iterable<Mutant> {
  for (const [index, window] of rule.windows.entries()) {
    if (window.kind === 'manual') continue;
    yield* inside(rule, ['windows', index], window);
  }
  for (const [name, value] of Object.entries(rule.params ?? {}))
    yield* numbers(rule, ['params', name], value);
  for (const [index, exception] of rule.exceptions.entries()) {
    const path = ['exceptions', index];
    if (exception.when !== undefined) yield* predicates(rule, [...path, 'when'], exception.when);
    if (decidesSomething(exception, rule.windows))
      yield {
        path: nameOf(path),
        from: exception.code,
        to: 'removed',
        rule: { ...rule, exceptions: rule.exceptions.toSpliced(index, 1) },
      };
  }
}

/** Least values of the rule language (rule-schema.ts); `after` stands one below its own. */
const LEAST: Readonly<Record<string, number>> = {
  after: -1,
  times: 1,
  atLeast: 1,
  withinMinutes: 1,
};

/** Fields of a window that hold names, not numbers, levels or predicates. */
const NAMES = new Set([
  'kind',
  'name',
  'counting',
  'unit',
  'order',
  'clock',
  'judge',
  'by',
  'since',
]);
/** Fields whose texts are event types or field names. */
const LISTS = new Set([
  'from',
  'until',
  'of',
  'match',
  'first',
  'then',
  'reset',
  'earlier',
  'later',
  'on',
]);

function* inside(rule: RuleSource, path: Path, value: unknown): Iterable<Mutant> {
  const key = path.at(-1) ?? '';
  if (typeof value === 'number') yield* numbers(rule, path, value);
  else if (key === 'level') yield* levels(rule, path, value as Level);
  else if (typeof value === 'string') yield* predicates(rule, path, value);
  else if (typeof value === 'object' && value !== null)
    for (const [name, part] of Object.entries(value))
      if (!NAMES.has(name) && !LISTS.has(name))
        yield* inside(rule, [...path, Array.isArray(value) ? Number(name) : name], part);
      else if (name === 'of' && !Array.isArray(part)) yield* inside(rule, [...path, name], part);
}

function* numbers(rule: RuleSource, path: Path, value: unknown): Iterable<Mutant> {
  if (typeof value !== 'number') return;
  const least = LEAST[String(path.at(-1))] ?? 0;
  const unit = value > 0 && value < 1 ? 0.05 : 1;
  for (const to of [value + unit, value - unit]) {
    const rounded = Math.round(to * 100) / 100;
    if (rounded >= least) yield mutant(rule, path, { from: value, to: rounded });
  }
}

function* levels(rule: RuleSource, path: Path, level: Level): Iterable<Mutant> {
  const at = LEVELS.indexOf(level);
  for (const to of [LEVELS[at - 1], LEVELS[at + 1]])
    if (to !== undefined) yield mutant(rule, path, { from: level, to });
}

function* predicates(rule: RuleSource, path: Path, text: string): Iterable<Mutant> {
  for (const { predicate, from, to } of shiftedPredicates(text))
    yield { path: nameOf(path), from, to, rule: replaced(rule, path, predicate) };
}

function mutant(
  rule: RuleSource,
  path: Path,
  change: { readonly from: Key; readonly to: Key },
): Mutant {
  return {
    path: nameOf(path),
    from: String(change.from),
    to: String(change.to),
    rule: replaced(rule, path, change.to),
  };
}

/** Codes that a clock leaves out by itself, for each kind of window that has one. */
const CLOCK_CODES: Readonly<Partial<Record<WindowSource['kind'], readonly string[]>>> = {
  deadline: ['X1', 'X2', 'X8'],
  absence: ['X2', 'X8'],
};

function decidesSomething(exception: ExceptionSource, windows: readonly WindowSource[]): boolean {
  const { by, code } = exception;
  if (by === 'person') return false;
  if (by === 'when') return true;
  return windows.some((window) => {
    if (exception.windows?.includes(window.name ?? '') === false) return false;
    if (by === 'clock') return CLOCK_CODES[window.kind]?.includes(code) ?? false;
    return code === 'X7' && window.kind === 'deadline' && window.until.includes('closing');
  });
}

function replaced(rule: RuleSource, path: Path, value: unknown): RuleSource {
  return replacedIn(rule, path, value) as RuleSource;
}

function replacedIn(whole: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(whole))
    return whole.map((part: unknown, index) =>
      index === key ? replacedIn(part, rest, value) : part,
    );
  const fields = whole as Readonly<Record<string, unknown>>;
  return { ...fields, [key]: replacedIn(fields[key], rest, value) };
}

function nameOf(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
}
