/** A value that JSON can carry. `undefined`, functions, bigint and non-finite numbers have no place in it. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

const LONE_SURROGATE = /\p{Surrogate}/u;

function canonicalString(text: string): string {
  const quoted = JSON.stringify(text);
  // JSON.stringify writes lone surrogates as \udXXX; RFC 8785 section 3.2.2.2 demands an error instead.
  if (quoted.includes('\\ud') && LONE_SURROGATE.test(text)) {
    throw new TypeError(
      `Canonical JSON: ${quoted} holds a lone surrogate, which is not Unicode text.`,
    );
  }
  return quoted;
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) {
    throw new TypeError(`Canonical JSON: ${value} is not a JSON number.`);
  }
  return JSON.stringify(value);
}

/**
 * RFC 8785 (JSON Canonicalization Scheme) text of a value: members sorted by UTF-16 code units, no white space,
 * numbers and strings as ECMAScript writes them. Equal values give equal text.
 * Throws TypeError on `undefined`, non-finite numbers and lone surrogates; nothing is left out silently.
 */
export function canonicalJson(value: JsonValue): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value);
    case 'number':
      return canonicalNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      throw new TypeError(`Canonical JSON: a ${typeof value} cannot be written.`);
  }
  if (value === null) return 'null';
  if (isList(value)) return canonicalList(value);
  return canonicalObject(value);
}

function canonicalList(values: readonly JsonValue[]): string {
  let text = '[';
  for (let index = 0; index < values.length; index += 1)
    text += `${index === 0 ? '' : ','}${canonicalJson(values[index] as JsonValue)}`;
  return `${text}]`;
}

function canonicalObject(value: { readonly [key: string]: JsonValue }): string {
  let text = '{';
  for (const key of inOrder(Object.keys(value)))
    text += `${text.length === 1 ? '' : ','}${canonicalString(key)}:${canonicalJson(value[key] as JsonValue)}`;
  return `${text}}`;
}

/** Sorted by UTF-16 code units; most objects are written in order already. */
function inOrder(keys: string[]): string[] {
  for (let index = 1; index < keys.length; index += 1)
    if ((keys[index - 1] as string) > (keys[index] as string)) return keys.sort();
  return keys;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
