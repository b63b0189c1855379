import type { AttributeValue } from './log-row.js';

export type XesValue =
  | { readonly value: AttributeValue }
  /** What the text should have been. */
  | { readonly expected: string };

/** Reads the value of an XES attribute element; dates stay text, the mapping reads them with its zone. */
export function xesValueOf(element: string, raw: string): XesValue {
  const text = raw.trim();
  switch (element) {
    case 'int':
      if (!/^[+-]?\d{1,40}$/.test(text)) return { expected: 'a whole number' };
      return { value: BigInt(text.replace(/^\+/, '')) };
    case 'float': {
      const value = Number(text);
      if (text === '' || !Number.isFinite(value)) return { expected: 'a number' };
      return { value };
    }
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) return { expected: 'true or false' };
      return { value: text.toLowerCase() === 'true' };
    default:
      return { value: raw };
  }
}
