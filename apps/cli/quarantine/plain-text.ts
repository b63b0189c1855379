/** Everything that a terminal would obey instead of show, and what turns the direction of writing. */
const OBEYED = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** A value of a foreign record on one line; control characters are written as \uXXXX. */
export function plainText(text: string | null): string {
  return text === null ? '-' : text.replace(OBEYED, escaped);
}

/**
 * The bytes of a foreign record for a terminal: as text where they are UTF-8, control characters but line breaks and tabs
 * written as \uXXXX, otherwise in hexadecimal. At most `most` bytes are shown.
 */
export function plainBytes(bytes: Uint8Array, most: number): string {
  const head = bytes.subarray(0, most);
  const rest = bytes.length - head.length;
  const tail = rest > 0 ? `\n… ${rest} more bytes; --out FILE writes all of them` : '';
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    // A cut may fall within a character: what follows it is not asked for.
    const text = decoder.decode(head, { stream: rest > 0 });
    return text.replace(OBEYED, (one) => (/[\n\t]/.test(one) ? one : escaped(one))) + tail;
  } catch {
    const lines = Buffer.from(head)
      .toString('hex')
      .replace(/(.{64})(?=.)/g, '$1\n');
    return `(not UTF-8, in hexadecimal)\n${lines}${tail}`;
  }
}
