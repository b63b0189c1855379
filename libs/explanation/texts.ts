import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chinaTime } from '#core/calendar/china-time.js';
import { formatDate } from '#core/calendar/local-time.js';
import type { Day, Instant } from '#core/event/event.js';
import { VOCABULARY } from '#core/event/vocabulary.js';
import type { Text } from '#core/rule/rule.js';

export type Language = 'zh' | 'en';

export type TextParams = Readonly<Record<string, string | number | boolean | null | undefined>>;

type Table = Readonly<Record<string, string>>;

/** Texts by key in both languages, from `zh.json` and `en.json` of the given folders; no key stands in two of them. */
export class Texts {
  private readonly tables: Readonly<Record<Language, Table>>;

  constructor(folders: readonly string[]) {
    const read = (language: Language): Table =>
      Object.assign(
        {},
        ...folders.map(
          (folder) => JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')) as Table,
        ),
      );
    this.tables = { zh: read('zh'), en: read('en') };
  }

  /** True where both languages have the key. */
  has(key: string): boolean {
    return key in this.tables.zh && key in this.tables.en;
  }

  /** The text of a key with its parameters put in; a parameter that is not given reads as a dash. Throws on an unknown key. */
  of(language: Language, key: string, params: TextParams = {}): string {
    const template = this.tables[language][key];
    if (template === undefined) throw new Error(`No ${language} text for ${key}`);
    return template.replace(/\{(\w+)\}/g, (_, name: string) =>
      this.valueText(language, params[name]),
    );
  }

  /** The text of `prefix.code`; the code itself where it is not one of ours. */
  code(language: Language, prefix: string, code: string): string {
    const key = `${prefix}.${code}`;
    return this.has(key) ? this.of(language, key) : code;
  }

  private valueText(language: Language, value: TextParams[string]): string {
    if (value === null || value === undefined) return '—';
    if (typeof value === 'boolean') return this.of(language, value ? 'value.yes' : 'value.no');
    return String(value);
  }
}

/** Folder of the texts that explain findings: levels, states, causes, reasons, the explanation tree. */
export const EXPLANATION_LOCALE = join(import.meta.dirname, 'locale');

const texts = new Texts([EXPLANATION_LOCALE]);

export function hasText(key: string): boolean {
  return texts.has(key);
}

export function textOf(language: Language, key: string, params: TextParams = {}): string {
  return texts.of(language, key, params);
}

export function codeText(language: Language, prefix: string, code: string): string {
  return texts.code(language, prefix, code);
}

/** The side of a text that is written in both languages. */
export function sideOf(text: Text, language: Language): string {
  return text[language];
}

/** What an event type is called; the type itself where the vocabulary does not have it. */
export function eventName(language: Language, type: string): string {
  const found = VOCABULARY.get(type);
  if (found === undefined) return type;
  return language === 'zh' ? found.zh : found.en.charAt(0).toLowerCase() + found.en.slice(1);
}

/** Local date and time of China, to the minute: '2026-09-10 09:30'. */
export function localTimeText(at: Instant): string {
  return chinaTime(at).replace('T', ' ').slice(0, -7);
}

/** Local date of China of an instant. */
export function localDateText(at: Instant): string {
  return chinaTime(at).split('T')[0] ?? '';
}

export function dayText(day: Day): string {
  return formatDate(day);
}

/** RFC 3339 in UTC, as instants stand in answers. */
export function instantText(at: Instant): string;
export function instantText(at: Instant | null): string | null;
export function instantText(at: Instant | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
