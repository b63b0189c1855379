import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Why a record breaks the contract, as the decoder or the database names it. */
export interface RejectCause {
  readonly reason: string;
  readonly field: string | null;
  readonly params: unknown;
}

export interface RejectText {
  /** What is wrong; a sentence. */
  readonly text: string;
  /** What to do about it; a sentence. */
  readonly repair: string;
}

type Table = Readonly<Record<string, string>>;

/** The texts of the contract: the same words as in the API and in the documents. */
const LOCALES = join(import.meta.dirname, '../../../libs/contract/locale');
const tables = new Map<Language, Table>();

function tableOf(language: Language): Table {
  const known = tables.get(language);
  if (known !== undefined) return known;
  const file = join(LOCALES, `reject.${language}.json`);
  const read = JSON.parse(readFileSync(file, 'utf8')) as Table;
  tables.set(language, read);
  return read;
}

/** The cause in words; a reason that this version does not know is given as its code. */
export function rejectText({ reason, field, params }: RejectCause, language: Language): RejectText {
  const values = new Map(Object.entries({ ...(params as object | null), field }));
  const fill = (side: 'text' | 'repair'): string =>
    (tableOf(language)[`reject.${reason}.${side}`] ?? reason).replace(/\{(\w+)\}/g, (_, name) =>
      String(values.get(name) ?? '—'),
    );
  return { text: fill('text'), repair: fill('repair') };
}
