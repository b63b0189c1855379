const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** First byte that is not JSON white space; the length of the bytes where there is none. */
export function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && BLANKS.has(bytes[at] ?? 0)) at += 1;
  return at;
}

function trimmed(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const start = skipBlanks(bytes, from);
  let end = to;
  while (end > start && BLANKS.has(bytes[end - 1] ?? 0)) end -= 1;
  return bytes.subarray(start, end);
}

/**
 * The elements of a JSON array as the bytes that were sent, which evidence needs: parsing and writing again would change
 * them. Null where the bytes are not one array with balanced brackets; what stands between the commas is not checked.
 * An array with nothing in it gives no element.
 */
export function splitJsonArray(bytes: Uint8Array): Uint8Array[] | null {
  const start = skipBlanks(bytes, 0);
  if (bytes[start] !== 0x5b) return null;
  const elements: Uint8Array[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfText(bytes, at);
    } else if (OPENING.has(byte)) {
      depth += 1;
    } else if (CLOSING.has(byte)) {
      depth -= 1;
      if (depth > 0) continue;
      if (byte !== 0x5d || skipBlanks(bytes, at + 1) !== bytes.length) return null;
      const last = trimmed(bytes, from, at);
      if (last.length > 0 || elements.length > 0) elements.push(last);
      return elements;
    } else if (byte === COMMA && depth === 1) {
      elements.push(trimmed(bytes, from, at));
      from = at + 1;
    }
  }
  return null;
}

/** Index of the closing quote of the text that begins at `at`; the last byte where it never closes. */
function endOfText(bytes: Uint8Array, at: number): number {
  for (let index = at + 1; index < bytes.length; index += 1) {
    if (bytes[index] === BACKSLASH) index += 1;
    else if (bytes[index] === QUOTE) return index;
  }
  return bytes.length;
}
