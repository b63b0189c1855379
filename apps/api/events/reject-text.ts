import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rejected } from '#core/event/rejection.js';
import type { Language } from '../language/language.js';

type Table = Readonly<Record<string, string>>;

/** The texts of the contract: the same words here, in quarantine and in the documents. */
const LOCALES = join(import.meta.dirname, '../../../libs/contract/locale');

const readTable = (language: Language): Table =>
  JSON.parse(readFileSync(join(LOCALES, `reject.${language}.json`), 'utf8')) as Table;

const tables: Readonly<Record<Language, Table>> = { zh: readTable('zh'), en: readTable('en') };

/** What is wrong with a record and how to repair it. */
export function rejectText(
  rejected: Pick<Rejected, 'reason' | 'field' | 'params'>,
  language: Language,
): { readonly text: string; readonly repair: string } {
  const params: Readonly<Record<string, unknown>> = { ...rejected.params, field: rejected.field };
  const fill = (side: 'text' | 'repair'): string =>
    (tables[language][`reject.${rejected.reason}.${side}`] ?? rejected.reason).replace(
      /\{(\w+)\}/g,
      (_, name: string) => String(params[name] ?? '—'),
    );
  return { text: fill('text'), repair: fill('repair') };
}
