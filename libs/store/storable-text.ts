/** Text columns cannot hold U+0000 or half a character; a broken record must not stop its own quarantine. */
export function storableText(text: string | null): string | null {
  return text === null ? null : text.toWellFormed().replaceAll('\u0000', '\ufffd');
}

/** Any escape in JSON text, so that an escaped backslash is never taken for the beginning of the next. */
const ESCAPES = /\\(?:u[0-9a-f]{4}|.)/gi;
const REFUSED = /^\\u(?:0000|d[89a-f][0-9a-f]{2})$/i;

/**
 * JSON text that a jsonb column takes: U+0000 and lone surrogates, which JSON.stringify writes as escapes, become
 * U+FFFD. `undefined` becomes null. Bigints are written as text.
 */
export function storableJson(value: unknown): string {
  const json = jsonOf(value) ?? 'null';
  if (!json.includes('\\u')) return json;
  return json.replaceAll(ESCAPES, (found) => (REFUSED.test(found) ? '\\ufffd' : found));
}

/** Without a function asked for every member, which is several times faster, unless there is a bigint among them. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'bigint' ? member.toString() : member,
    );
  }
}
