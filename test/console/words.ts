import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Language = 'zh' | 'en';

const folder = join(import.meta.dirname, '../../apps/console/locale');

function textsOf(language: Language): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8'));
}

export const TEXTS = { zh: textsOf('zh'), en: textsOf('en') } as const;

/** The text of a key as the console shows it. Throws where there is none. */
export function say(
  language: Language,
  key: string,
  params: Readonly<Record<string, string | number>> = {},
): string {
  const texts = TEXTS[language];
  const text = texts[key] ?? texts[`${key}_other`];
  if (text === undefined) throw new Error(`locale/${language}.json has no ${key}`);
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? `{${name}}`));
}

/** Matches the text of a key whatever its parameters are. */
export function like(language: Language, key: string): RegExp {
  const literal = (part: string) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    say(language, key)
      .split(/\{\w+\}/)
      .map(literal)
      .join('.+'),
  );
}
