import { type EventType, VOCABULARY } from '#core/event/vocabulary.js';
import { eventName } from '#explanation/texts.js';
import type { Block } from './document.js';
import type { Shown } from './shown.js';
import { codeName, fieldName, word, wordsUnder } from './words.js';

const ENVELOPE = [
  ...['recordedAt', 'occurredPrecision', 'agencyCode', 'regionCode', 'itemCode', 'itemVersion'],
  ...[
    'operator',
    'responsible',
    'dataVersion',
    'correctionOf',
    'correctionReason',
    'docNo',
    'isTest',
  ],
];

function two(
  title: string,
  heads: readonly [string, string],
  rows: readonly (readonly string[])[],
) {
  const columns = [
    { title: word(heads[0]), share: 34 },
    { title: word(heads[1]), share: 66 },
  ];
  const blocks: Block[] = [
    { kind: 'heading', level: 2, text: word(title) },
    { kind: 'table', columns, rows, empty: word('empty') },
  ];
  return blocks;
}

function fieldsTable(types: readonly EventType[]): Block[] {
  const own = types.flatMap(({ type, fields }) =>
    Object.entries(fields).map(([name, { kind, list, required }]) => [
      type,
      name,
      fieldName(name),
      `${kind}${list ? '[]' : ''}${required ? '!' : ''}`,
    ]),
  );
  return [
    { kind: 'heading', level: 2, text: word('dictionary.fields') },
    {
      kind: 'table',
      columns: [
        { title: word('dictionary.type'), share: 28 },
        { title: word('dictionary.field'), share: 26 },
        { title: word('dictionary.meaning'), share: 26 },
        { title: word('dictionary.form'), share: 20 },
      ],
      rows: [...ENVELOPE.map((name) => ['—', name, fieldName(name), '']), ...own],
      empty: word('empty'),
    },
  ];
}

/** What the fields, codes, types and abbreviations of this bundle mean: of event types only those that occur in it. */
export function dictionaryBlocks(shown: Shown): Block[] {
  const occurring = new Set([...shown.events.values()].flatMap((event) => event?.type ?? []));
  const types = [...occurring].sort().flatMap((type) => VOCABULARY.get(type) ?? []);
  const codes = new Set(
    types.flatMap(({ fields }) => Object.values(fields).flatMap(({ values }) => values ?? [])),
  );
  const { unitNames, regionNames } = shown.gathered.material;
  const means = ['dictionary.code', 'dictionary.meaning'] as const;
  return [
    { kind: 'paragraph', text: word('dictionary.intro') },
    ...two('dictionary.words', means, wordsUnder('word.')),
    ...two('dictionary.files', ['inventory.name', 'dictionary.meaning'], wordsUnder('file.')),
    ...two('dictionary.actions', means, wordsUnder('action.')),
    ...two(
      'dictionary.events',
      ['dictionary.type', 'dictionary.meaning'],
      types.map(({ type }) => [type, eventName('zh', type)]),
    ),
    ...fieldsTable(types),
    ...two(
      'dictionary.codes',
      means,
      [...codes].sort().map((code) => [code, codeName(code) ?? code]),
    ),
    ...two('dictionary.names', means, [
      ...Object.entries(regionNames),
      ...Object.entries(unitNames),
    ]),
  ];
}
