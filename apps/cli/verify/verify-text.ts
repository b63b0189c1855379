import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../command.js';

export const VERIFY_LANGUAGES = ['zh', 'en'] as const;
export type VerifyLanguage = (typeof VERIFY_LANGUAGES)[number];

type Table = Readonly<Record<string, string>>;

const tables = new Map<VerifyLanguage, Table>();

function tableOf(language: VerifyLanguage): Table {
  const known = tables.get(language);
  if (known !== undefined) return known;
  const file = join(import.meta.dirname, 'locale', `${language}.json`);
  const table = JSON.parse(readFileSync(file, 'utf8')) as Table;
  tables.set(language, table);
  return table;
}

/** Value of --lang; Chinese where it is not given. @throws CommandError on another language */
export function verifyLanguage(given: string | undefined): VerifyLanguage {
  const found = VERIFY_LANGUAGES.find((language) => language === (given ?? 'zh'));
  if (found === undefined) throw new CommandError(`--lang takes zh or en, not '${given}'`);
  return found;
}

/**
 * A sentence of `locale/<language>.json` with its parameters put in, for a person who is no engineer. A parameter that
 * is not given reads as a dash. Throws on an unknown key.
 */
export function verifyText(
  language: VerifyLanguage,
  key: string,
  params: Readonly<Record<string, string | number | null>> = {},
): string {
  const template = tableOf(language)[key];
  if (template === undefined) throw new Error(`No ${language} text for ${key}`);
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? '—'));
}
