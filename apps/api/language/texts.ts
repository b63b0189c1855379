import { join } from 'node:path';
import { EXPLANATION_LOCALE, type Language, type TextParams, Texts } from '#explanation/texts.js';

export type { TextParams } from '#explanation/texts.js';
export {
  dayText,
  eventName,
  instantText,
  localDateText,
  localTimeText,
  sideOf,
} from '#explanation/texts.js';

/** Those that explain findings, and those of the API alone. */
const texts = new Texts([EXPLANATION_LOCALE, join(import.meta.dirname, '..', 'locale')]);

/** True where both language files have the key. */
export function hasText(key: string): boolean {
  return texts.has(key);
}

/** The text of a key with its parameters put in; a parameter that is not given reads as a dash. Throws on an unknown key. */
export function textOf(language: Language, key: string, params: TextParams = {}): string {
  return texts.of(language, key, params);
}

/** The text of `prefix.code`; the code itself where it is not one of ours. */
export function codeText(language: Language, prefix: string, code: string): string {
  return texts.code(language, prefix, code);
}
