/*
 * What closures of predicates do with values (closure.ts). Whatever they are not sure of they leave to the library.
 */

/** Thrown where the library has to answer. */
const NOT_HERE = new Error('left to the CEL library');

export function leave(): never {
  throw NOT_HERE;
}

export type Binary = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*';

/** Operators on values; each leaves to the library what it is not sure of. */
export const OPERATORS: Readonly<Record<Binary, (a: unknown, b: unknown) => unknown>> = {
  '==': isEqual,
  '!=': (a, b) => !isEqual(a, b),
  '<': (a, b) => (areOrdered(a, b) ? (a as number) < (b as number) : leave()),
  '<=': (a, b) => (areOrdered(a, b) ? (a as number) <= (b as number) : leave()),
  '>': (a, b) => (areOrdered(a, b) ? (a as number) > (b as number) : leave()),
  '>=': (a, b) => (areOrdered(a, b) ? (a as number) >= (b as number) : leave()),
  in: isIn,
  '+': (a, b) => (areOrdered(a, b) ? (a as number) + (b as number) : leave()),
  '-': (a, b) => number(a) - number(b),
  '*': (a, b) => number(a) * number(b),
};

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b;
  // Different types are a question for the library: equal, unequal or an error.
  return typeof a === typeof b && isScalar(a) ? a === b : leave();
}

function areOrdered(a: unknown, b: unknown): boolean {
  return typeof a === typeof b && (typeof a === 'number' || typeof a === 'string');
}

function isIn(value: unknown, values: unknown): boolean {
  if (!Array.isArray(values) || !isScalar(value)) return leave();
  for (const one of values) {
    if (typeof one !== typeof value) return leave();
    if (one === value) return true;
  }
  return false;
}

export function truth(value: unknown): boolean {
  return typeof value === 'boolean' ? value : leave();
}

export function number(value: unknown): number {
  return typeof value === 'number' ? value : leave();
}

export function sizeOf(value: unknown): number {
  return Array.isArray(value) ? value.length : leave();
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : leave();
}

export const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  double: (value) => typeof value === 'number',
  dyn: (value) => value !== undefined,
};
