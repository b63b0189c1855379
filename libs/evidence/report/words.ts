import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chinaTime } from '#core/calendar/china-time.js';

type Table = Readonly<Record<string, string>>;

const read = (file: string): Table =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'locale', file), 'utf8')) as Table;

// Papers for Chinese proceedings are in Chinese only.
const WORDS = read('zh.json');
const FIELDS = read('fields.zh.json');
const CODES = read('codes.zh.json');

/** A text of the papers. Throws on an unknown key. */
export function word(
  key: string,
  params: Readonly<Record<string, string | number | null>> = {},
): string {
  const template = WORDS[key];
  if (template === undefined) throw new Error(`No text for ${key}`);
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? '—'));
}

/** The text of `prefix.code`; the code itself where there is none. */
export function wordOf(prefix: string, code: string): string {
  return WORDS[`${prefix}.${code}`] ?? code;
}

/** All texts whose keys begin with the prefix, with the rest of the key. */
export function wordsUnder(prefix: string): [string, string][] {
  return Object.entries(WORDS).flatMap(([key, text]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), text] as [string, string]] : [],
  );
}

/** What a field of events is called; the field itself where it has no name here. */
export function fieldName(field: string): string {
  return FIELDS[field] ?? field;
}

export function codeName(code: string): string | null {
  return Object.hasOwn(CODES, code) ? (CODES[code] as string) : null;
}

/** Date and time of China to the second: '2026-09-10 09:30:05'. */
export function timeText(at: number | string): string {
  const instant = typeof at === 'number' ? at : Date.parse(at);
  if (Number.isNaN(instant)) return String(at);
  return chinaTime(instant).slice(0, 19).replace('T', ' ');
}
