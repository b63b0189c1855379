import type { ASTNode } from '@marcbachmann/cel-js';
import { factOf } from '../case/event-fact.js';
import type { Event } from '../event/event.js';
import { ENVELOPE, isNamed, NAMES } from './closure-names.js';
import {
  type Binary,
  FITS,
  leave,
  listOf,
  number,
  OPERATORS,
  sizeOf,
  truth,
} from './closure-values.js';
import type { PredicateFunction } from './functions.js';
import type { Scope } from './scope.js';

/*
 * Predicates as closures over their syntax tree: the part of CEL that rules use, without the library's dispatch at run
 * time. A closure gives the library's value or throws; what it cannot say (an expression that it does not know, a value
 * that does not fit) is left to the library, so that every answer and every error is the library's.
 */

export type Closure = (scope: Scope) => unknown;

/** Values of macro variables, by depth. Evaluation is synchronous and predicates do not call predicates. */
const locals: unknown[] = [];

/** What expressions may name besides the scope. */
export interface Known {
  /** By name and number of parameters (functionKey). */
  readonly functions: ReadonlyMap<string, PredicateFunction>;
  /** Event type of each list of `case`. */
  readonly listTypes: ReadonlyMap<string, string>;
}

interface Compiling extends Known {
  readonly variables: ReadonlyMap<string, Variable>;
}

interface Variable {
  readonly depth: number;
  readonly kind: Kind;
}

/**
 * `int`: a whole number, which the library keeps apart from the others, so that it may only be compared. `event` and
 * `events` are those of the case as they are; the facts that predicates see are made of them where one is handed on.
 */
type Kind = 'value' | 'int' | 'event' | 'events';

interface Part {
  readonly run: Closure;
  readonly kind: Kind;
}

const part = (run: Closure, kind: Kind = 'value'): Part => ({ run, kind });

/** Key of a function in the table of functions. */
export function functionKey(name: string, parameters: number): string {
  return `${name}/${parameters}`;
}

/**
 * The closure of an expression, or null where it uses something that is left to the library altogether.
 * @param ast as parsed; it must not have been evaluated by the library before
 */
export function closureOf(ast: ASTNode, known: Known): Closure | null {
  const whole = compile(ast, { ...known, variables: new Map() });
  return whole === null || isOfEvents(whole) ? null : whole.run;
}

function isOfEvents({ kind }: Part): boolean {
  return kind === 'event' || kind === 'events';
}

/** A part that is neither an event nor a list of them. */
function compileValue(node: ASTNode | undefined, into: Compiling): Part | null {
  const compiled = node === undefined ? null : compile(node, into);
  return compiled === null || isOfEvents(compiled) ? null : compiled;
}

function compile(node: ASTNode, into: Compiling): Part | null {
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id':
      return variable(node.args, into);
    case '.':
      return field(node.args, into);
    case '[]':
      return element(node.args, into);
    case '&&':
    case '||':
      return junction(node.op, node.args, into);
    case '!_':
      return negation(node.args, into);
    case '-_':
      return minus(node.args, into);
    case '?:':
      return choice(node.args, into);
    case 'list':
      return list(node.args, into);
    case 'call':
      return call(node.args, into);
    case 'rcall':
      return method(node.args, into);
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case '+':
    case '-':
    case '*':
      return binary(node.op, node.args, into);
    default:
      return null;
  }
}

function literal(value: unknown): Part | null {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? part(() => number, 'int') : null;
  }
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
    return part(() => value);
  return null;
}

function variable(name: string, { variables }: Compiling): Part | null {
  const local = variables.get(name);
  if (local !== undefined) {
    const { depth, kind } = local;
    return part(() => locals[depth], kind);
  }
  if (name === 'event') return part((scope) => scope.anchor ?? leave(), 'event');
  if (name === 'end') return part((scope) => scope.ending ?? leave(), 'event');
  const read = NAMES[name];
  return read === undefined
    ? null
    : part((scope) => {
        const value = read(scope);
        return value === undefined ? leave() : value;
      });
}

/** A field of an event, read from the event itself. */
function eventField(of: Closure, name: string): Part {
  const envelope = ENVELOPE[name];
  if (envelope !== undefined) return part((scope) => envelope(of(scope) as Event, scope));
  return part((scope) => {
    const value = (of(scope) as Event).data[name];
    return value === undefined ? leave() : value;
  });
}

type Fields = Readonly<Record<string, unknown>>;

function field([object, name]: [ASTNode, string], into: Compiling): Part | null {
  // What every object inherits is no field; its names are left to the library.
  if (name in Object.prototype) return null;
  if (object.op === 'id' && object.args === 'case' && !into.variables.has('case')) {
    const type = into.listTypes.get(name);
    return type === undefined ? null : part((scope) => scope.view.ofType(type), 'events');
  }
  const of = compile(object, into);
  if (of === null || of.kind === 'events') return null;
  const { run } = of;
  if (of.kind === 'event') return eventField(run, name);
  return part((scope) => {
    const value = (run(scope) as Fields)[name];
    return value === undefined ? leave() : value;
  });
}

/** An element at a place that is written as a whole number. */
function element([of, place]: readonly ASTNode[], into: Compiling): Part | null {
  const values = of === undefined ? null : compile(of, into);
  if (values === null || place?.op !== 'value' || typeof place.args !== 'bigint') return null;
  const index = Number(place.args);
  return part((scope) => {
    const value = listOf(values.run(scope))[index];
    return value === undefined ? leave() : value;
  }, elementKind(values));
}

function elementKind({ kind }: Part): Kind {
  return kind === 'events' ? 'event' : 'value';
}

function pair(args: readonly ASTNode[], into: Compiling): [Part, Part] | null {
  const a = compileValue(args[0], into);
  const b = compileValue(args[1], into);
  return a === null || b === null ? null : [a, b];
}

function junction(op: '&&' | '||', args: readonly ASTNode[], into: Compiling): Part | null {
  const both = pair(args, into);
  if (both === null) return null;
  const [{ run: left }, { run: right }] = both;
  return op === '&&'
    ? part((scope) => truth(left(scope)) && truth(right(scope)))
    : part((scope) => truth(left(scope)) || truth(right(scope)));
}

function negation(node: ASTNode, into: Compiling): Part | null {
  const of = compileValue(node, into)?.run;
  return of === undefined ? null : part((scope) => !truth(of(scope)));
}

function minus(node: ASTNode, into: Compiling): Part | null {
  const of = compileValue(node, into);
  if (of === null) return null;
  const { run, kind } = of;
  return part((scope) => -number(run(scope)), kind);
}

function choice([test, yes, no]: readonly ASTNode[], into: Compiling): Part | null {
  const when = compileValue(test, into);
  const a = yes === undefined ? null : compile(yes, into);
  const b = no === undefined ? null : compile(no, into);
  if (when === null || a === null || b === null || a.kind !== b.kind) return null;
  const { run } = when;
  const { run: then, kind } = a;
  const { run: otherwise } = b;
  return part((scope) => (truth(run(scope)) ? then(scope) : otherwise(scope)), kind);
}

function list(nodes: readonly ASTNode[], into: Compiling): Part | null {
  const parts = nodes.map((node) => compileValue(node, into));
  if (parts.some((one) => one?.kind !== 'value')) return null;
  const runs = parts.map((one) => (one as Part).run);
  if (nodes.every((node) => node.op === 'value')) {
    const values = nodes.map((node) => node.args as unknown);
    return part(() => values);
  }
  return part((scope) => runs.map((run) => run(scope)));
}

function binary(op: Binary, args: readonly ASTNode[], into: Compiling): Part | null {
  const both = pair(args, into);
  if (both === null) return null;
  const [{ run: left, kind: a }, { run: right, kind: b }] = both;
  // Whole numbers are added and looked for by rules of their own.
  if ((a === 'int' || b === 'int') && ['in', '+', '-', '*'].includes(op)) return null;
  const apply = OPERATORS[op];
  return part((scope) => apply(left(scope), right(scope)));
}

/** An argument as a function is to get it: events as the facts that predicates see. */
function argument(name: string, node: ASTNode, into: Compiling): Closure | null {
  const given = compile(node, into);
  if (given === null || given.kind === 'int') return null;
  const { run, kind } = given;
  if (kind === 'event') return (scope) => factOf(run(scope) as Event, scope.calendar);
  // Only how many there are matters to it.
  return kind === 'events' && name !== 'blank' ? null : run;
}

function call([name, nodes]: [string, readonly ASTNode[]], into: Compiling): Part | null {
  const [first] = nodes;
  if (name === 'size' && nodes.length === 1 && first !== undefined) return size(first, into);
  const declared = into.functions.get(functionKey(name, nodes.length));
  const runs = nodes.map((node) => argument(name, node, into));
  if (declared === undefined || runs.some((run) => run === null)) return null;
  const fits = declared.parameters.map((type) => FITS[type]);
  if (fits.some((fit) => fit === undefined)) return null;
  const handler = declared.handler as (...values: unknown[]) => unknown;
  const checked = (index: number, scope: Scope): unknown => {
    const value = runs[index]?.(scope);
    return fits[index]?.(value) === true ? value : leave();
  };
  switch (runs.length) {
    case 0:
      return part(() => handler());
    case 1:
      return part((scope) => handler(checked(0, scope)));
    case 2:
      return part((scope) => handler(checked(0, scope), checked(1, scope)));
    default:
      return null;
  }
}

type Macro = 'exists' | 'all' | 'filter' | 'map';

function method(
  [name, receiver, nodes]: [string, ASTNode, readonly ASTNode[]],
  into: Compiling,
): Part | null {
  if (name === 'size' && nodes.length === 0) return size(receiver, into);
  const [named, body] = nodes;
  if (name === 'startsWith' && nodes.length === 1 && named !== undefined)
    return startsWith([receiver, named], into);
  const over = compile(receiver, into);
  if (over === null || over.kind === 'event') return null;
  if (!isMacro(name) || nodes.length !== 2 || named?.op !== 'id' || body === undefined) return null;
  const depth = into.variables.size;
  // A name that stands for something else already: which of the two is meant is the library's to say.
  if (into.variables.has(named.args) || isNamed(named.args)) return null;
  const variables = new Map(into.variables);
  variables.set(named.args, { depth, kind: elementKind(over) });
  const each = compileValue(body, { ...into, variables });
  if (each?.kind !== 'value') return null;
  return part(MACROS[name](over.run, each.run, depth), name === 'filter' ? over.kind : 'value');
}

function size(of: ASTNode, into: Compiling): Part | null {
  const sized = compile(of, into);
  if (sized === null || sized.kind === 'event') return null;
  const { run } = sized;
  return part((scope) => sizeOf(run(scope)), 'int');
}

function startsWith(args: readonly ASTNode[], into: Compiling): Part | null {
  const both = pair(args, into);
  if (both === null) return null;
  const [{ run: text }, { run: beginning }] = both;
  return part((scope) => {
    const [whole, start] = [text(scope), beginning(scope)];
    return typeof whole === 'string' && typeof start === 'string'
      ? whole.startsWith(start)
      : leave();
  });
}

function isMacro(name: string): name is Macro {
  return name in MACROS;
}

const MACROS: Readonly<Record<Macro, (of: Closure, each: Closure, depth: number) => Closure>> = {
  exists: (of, each, depth) => (scope) => {
    for (const one of listOf(of(scope))) {
      locals[depth] = one;
      if (truth(each(scope))) return true;
    }
    return false;
  },
  all: (of, each, depth) => (scope) => {
    for (const one of listOf(of(scope))) {
      locals[depth] = one;
      if (!truth(each(scope))) return false;
    }
    return true;
  },
  filter: (of, each, depth) => (scope) =>
    listOf(of(scope)).filter((one) => {
      locals[depth] = one;
      return truth(each(scope));
    }),
  map: (of, each, depth) => (scope) =>
    listOf(of(scope)).map((one) => {
      locals[depth] = one;
      return each(scope);
    }),
};
