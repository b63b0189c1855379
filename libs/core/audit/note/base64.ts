const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const VALUE_OF = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value += 1) VALUE_OF[DIGITS.charCodeAt(value)] = value;

/** RFC 4648 section 4, with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const triple = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += DIGITS.charAt(triple >> 18) + DIGITS.charAt((triple >> 12) & 63);
    text += left > 1 ? DIGITS.charAt((triple >> 6) & 63) : '=';
    text += left > 2 ? DIGITS.charAt(triple & 63) : '=';
  }
  return text;
}

/**
 * RFC 4648 section 4. Null for anything that `encodeBase64` would not have written: other characters, white space, missing
 * padding, bits beyond the last byte. So one value has one text, and no byte of a note can be changed unseen.
 */
export function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const digits = text.length - padding;
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let index = 0; index < digits; index += 1) {
    const code = text.charCodeAt(index);
    const value = code < 128 ? (VALUE_OF[code] as number) : -1;
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = held >> bits;
    at += 1;
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null;
}
