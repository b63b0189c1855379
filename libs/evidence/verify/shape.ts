/** Reads a value of JSON as what it should be. Throws ShapeError where it is not. */
export type Shape<T> = (value: unknown, at: string) => T;

/** What a JSON file of the bundle should hold and does not: path within it, and what was expected. */
export class ShapeError extends Error {
  constructor(
    readonly at: string,
    readonly expected: string,
  ) {
    super(`${at || 'the document'} is not ${expected}`);
    this.name = 'ShapeError';
  }
}

const fails = (at: string, expected: string): never => {
  throw new ShapeError(at, expected);
};

export const text: Shape<string> = (value, at) =>
  typeof value === 'string' ? value : fails(at, 'text');

export const truth: Shape<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : fails(at, 'true or false');

/** A whole number from 0 to 2^53 - 1. */
export const index: Shape<number> = (value, at) =>
  Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : fails(at, 'a whole number');

/** Lower-case hex of so many bytes; of any number without `bytes`. */
export function hex(bytes?: number): Shape<string> {
  return (value, at) => {
    const digits = text(value, at);
    const fits = bytes === undefined ? digits.length % 2 === 0 : digits.length === bytes * 2;
    return fits && /^[0-9a-f]*$/.test(digits)
      ? digits
      : fails(at, `hex of ${bytes ?? 'whole'} bytes`);
  };
}

/** RFC 3339 in UTC with milliseconds, as the canonical form of an instant: milliseconds since 1970. */
export const instant: Shape<number> = (value, at) => {
  const written = text(value, at);
  const ms = Date.parse(written);
  return Number.isSafeInteger(ms) && new Date(ms).toISOString() === written
    ? ms
    : fails(at, 'an instant (RFC 3339, UTC, milliseconds)');
};

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null || value === undefined ? null : shape(value, at));
}

export function listOf<T>(shape: Shape<T>): Shape<T[]> {
  return (value, at) =>
    Array.isArray(value)
      ? value.map((one: unknown, place) => shape(one, `${at}[${place}]`))
      : fails(at, 'a list');
}

/** An object with at least these members; others are left alone. */
export function object<T extends object>(
  members: { readonly [K in keyof T]: Shape<T[K]> },
): Shape<T> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return fails(at, 'an object');
    const read: Partial<T> = {};
    for (const name in members)
      read[name] = members[name](
        (value as Record<string, unknown>)[name],
        at === '' ? name : `${at}.${name}`,
      );
    return read as T;
  };
}

/** An object of any members. */
export const anyObject: Shape<Readonly<Record<string, unknown>>> = (value, at) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : fails(at, 'an object');

export function oneOf<T extends string>(...names: readonly T[]): Shape<T> {
  return (value, at) =>
    names.includes(value as T) ? (value as T) : fails(at, `one of ${names.join(', ')}`);
}
