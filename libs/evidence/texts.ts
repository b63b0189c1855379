import { join } from 'node:path';
import { EXPLANATION_LOCALE, type Language, type TextParams, Texts } from '#explanation/texts.js';

const texts = new Texts([EXPLANATION_LOCALE, join(import.meta.dirname, 'locale')]);

/** A text of evidence, or one that explains findings. Throws on an unknown key. */
export function evidenceText(language: Language, key: string, params: TextParams = {}): string {
  return texts.of(language, key, params);
}

/** The text of `prefix.code`; the code itself where there is none. */
export function evidenceCode(language: Language, prefix: string, code: string): string {
  return texts.code(language, prefix, code);
}

export function hasEvidenceText(key: string): boolean {
  return texts.has(key);
}
