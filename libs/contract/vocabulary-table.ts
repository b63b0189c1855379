import { ENVELOPE_FIELDS } from '#core/event/envelope.js';
import { describeField, type Fields, STRUCTS } from '#core/event/field-type.js';
import type { EventType } from '#core/event/vocabulary.js';

function fieldsText(fields: Fields): string {
  const texts = Object.entries(fields).map(([name, field]) => {
    const since = field.since === '1.0' ? '' : ` (since ${field.since})`;
    const kind = describeField(field).replaceAll('|', '·');
    return `\`${name}\` ${kind}${field.required ? '!' : ''}${since}`;
  });
  return texts.length === 0 ? '–' : texts.join('; ');
}

function ownText(type: EventType): string {
  if (type.effect === 'corrects') {
    return '`correctedType` string!; `correctedSubject` string; the own fields of `correctedType`; `correctionOf` required';
  }
  if (type.effect === 'revokes') return '`correctionOf` required';
  const conditions = type.requiredWhen.map(
    ({ field, equals, requires }) => `; ${requires.join(', ')} required when ${field} is ${equals}`,
  );
  return (
    fieldsText(type.fields) + (type.docNoRequired ? '; `docNo` required' : '') + conditions.join('')
  );
}

/** The vocabulary as one Markdown page, for people: every type with its names and own fields. */
export function vocabularyTable(types: readonly EventType[]): string {
  return [
    '# Event vocabulary 事件词汇 1.0, 1.1',
    '',
    'Generated from `libs/core/event` by `node dist/libs/contract/generate.js`. `!` = the key must be present and not null; a text or list may be empty. How to send events: `docs/events.md`, `docs/events.zh-CN.md`.',
    '',
    '## Envelope within `data`',
    '',
    fieldsText(ENVELOPE_FIELDS),
    '',
    '## Composite kinds',
    '',
    '| kind | fields |',
    '|---|---|',
    ...[...STRUCTS].map(([name, fields]) => `| ${name} | ${fieldsText(fields)} |`),
    '',
    '## Types',
    '',
    '| type | 中文 | English | own fields |',
    '|---|---|---|---|',
    ...types.map((type) => `| ${type.type} | ${type.zh} | ${type.en} | ${ownText(type)} |`),
    '',
  ].join('\n');
}
