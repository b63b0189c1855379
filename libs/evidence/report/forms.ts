import type { FileDigests } from '../bundle/bag.js';
import type { Block } from './document.js';
import { basisRows, cannotItems } from './report-blocks.js';
import type { Shown } from './shown.js';
import { word, wordOf } from './words.js';

const blanks = (rows: readonly (readonly [string, number])[]): Block => ({
  kind: 'blanks',
  rows: rows.map(([key, lines]) => [word(`record.blank.${key}`), lines]),
});

/** 提取笔录: what the system knows is filled in, the rest is left to be written and signed by hand. */
export function extractionBlocks(
  shown: Shown,
  software: { readonly name: string; readonly version: string },
  contentDigest: string,
): Block[] {
  const heading = (key: string): Block => ({ kind: 'heading', level: 2, text: word(key) });
  return [
    { kind: 'paragraph', text: word('record.intro') },
    heading('record.basis'),
    { kind: 'facts', rows: basisRows(shown, software) },
    heading('record.method'),
    { kind: 'paragraph', text: word('record.method.1') },
    { kind: 'paragraph', text: word('record.method.2') },
    { kind: 'paragraph', text: word('record.method.3') },
    heading('record.digests'),
    { kind: 'facts', rows: [[word('record.digest.content'), contentDigest]] },
    {
      kind: 'blanks',
      rows: [
        [`${word('record.digest.package')}\n(${word('record.digest.fill')})`, 2],
        [`${word('record.digest.sm3')}\n(${word('record.digest.fill')})`, 2],
      ],
    },
    heading('record.place'),
    blanks([
      ['started', 1],
      ['ended', 1],
      ['place', 1],
      ['device', 2],
      ['medium', 2],
      ['seal', 2],
    ]),
    heading('record.film'),
    blanks([
      ['film', 2],
      ['nofilm', 2],
    ]),
    heading('record.sign'),
    blanks([
      ['investigator1', 2],
      ['investigator2', 2],
      ['holder', 2],
      ['witness', 2],
      ['missing', 3],
      ['nowitness', 2],
      ['remarks', 3],
    ]),
  ];
}

/** What a file is, for the list: category and format, and how many records it holds. */
function fileKind(path: string): { category: string; format: string } {
  const [, folder = '', name = ''] = /^data\/(?:([^/]+)\/)?(.+)$/.exec(path) ?? [];
  const ending = /\.([a-z0-9-]+)$/.exec(name)?.[1] ?? '';
  const category = wordOf('category', folder === '' ? 'x' : folder);
  if (category !== (folder === '' ? 'x' : folder)) return { category, format: ending };
  const isPaper = ending === 'html' || ending === 'pdf';
  return { category: word(isPaper ? 'category.papers' : 'category.description'), format: ending };
}

/** Records that a file holds: one for each record, proof and event, the elements of lists. */
function recordCount(path: string, bytes: Uint8Array): string {
  if (/^data\/(records|proofs|source-events\/.*\.bin|events|disclosures)/.test(path)) return '1';
  if (!path.endsWith('.json')) return '';
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (Array.isArray(value)) return String(value.length);
  const lists = Object.values(value as object).filter(Array.isArray);
  return lists.length === 1 ? String(lists[0]?.length ?? '') : '';
}

/** 电子数据清单: every file with name, category, format, size, record count and both digests. */
export function inventoryBlocks(
  shown: Shown,
  software: { readonly name: string; readonly version: string },
  files: readonly (FileDigests & { readonly bytes: Uint8Array })[],
): Block[] {
  const rows = files.map((file) => ({
    ...file,
    ...fileKind(file.path),
    records: recordCount(file.path, file.bytes),
  }));
  const groups = new Map<string, typeof rows>();
  for (const row of rows) {
    const key = `${row.category}\n${row.format}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const column = (key: string, share: number, isCode = false) => ({
    title: word(`inventory.${key}`),
    share,
    isCode,
  });
  const counted = (group: typeof rows) =>
    group.reduce((sum, { records }) => sum + Number(records), 0);
  return [
    { kind: 'paragraph', text: word('inventory.intro') },
    { kind: 'facts', rows: basisRows(shown, software).slice(0, 5) },
    { kind: 'heading', level: 2, text: word('inventory.summary') },
    {
      kind: 'table',
      columns: [
        column('category', 30),
        column('format', 16),
        column('files', 16),
        column('bytes', 20),
        column('records', 16),
      ],
      rows: [...groups.values()].map((group) => [
        group[0]?.category ?? '',
        group[0]?.format ?? '',
        String(group.length),
        String(group.reduce((sum, { size }) => sum + size, 0)),
        counted(group) === 0 ? '' : String(counted(group)),
      ]),
      empty: word('empty'),
    },
    { kind: 'heading', level: 2, text: word('inventory.list') },
    {
      kind: 'table',
      columns: [
        column('name', 26, true),
        column('category', 11),
        column('format', 8),
        column('bytes', 8),
        column('records', 7),
        column('sm3', 20, true),
        column('sha256', 20, true),
      ],
      rows: rows.map((row) => [
        row.path.slice('data/'.length),
        row.category,
        row.format,
        String(row.size),
        row.records,
        row.sm3,
        row.sha256,
      ]),
      empty: word('empty'),
    },
    { kind: 'heading', level: 2, text: word('inventory.signatures') },
    {
      kind: 'blanks',
      rows: ['investigator1', 'investigator2', 'holder', 'witness'].map((key) => [
        word(`record.blank.${key}`),
        2,
      ]),
    },
  ];
}

export function statementBlocks(): Block[] {
  return [{ kind: 'list', items: cannotItems() }];
}
