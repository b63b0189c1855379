import { CREDIT_CODE_FORM, REGION_CODE_FORM } from '#core/event/codes.js';
import { ENVELOPE_FIELDS } from '#core/event/envelope.js';
import { DAY_WORDS, DECIMAL_FORM, MAX_LENGTH, MAX_MAP_DEPTH } from '#core/event/field-reader.js';
import {
  type Fields,
  type FieldType,
  isKnownIn,
  isStructKind,
  STRUCTS,
  VOCABULARY_VERSIONS,
  type VocabularyVersion,
} from '#core/event/field-type.js';
import { correctableTypes, type EventType } from '#core/event/vocabulary.js';

/** A JSON Schema of draft 2020-12, or a part of one. */
export type JsonSchema = { readonly [key: string]: unknown };

export const SCHEMA_DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const NEWEST: VocabularyVersion = '1.1';
/** No U+0000 and no lone surrogate: the same as `isStorable` of the decoder. */
const STORABLE = '^[^\\u0000\\ud800-\\udfff]*$';

function stringOf(maxLength: number, minLength = 0): JsonSchema {
  return { type: 'string', minLength, maxLength, pattern: STORABLE };
}

function shared(name: string): JsonSchema {
  return { $ref: `common.json#/$defs/${name}` };
}

function mapDefinitions(): Record<string, JsonSchema> {
  const scalars: JsonSchema[] = [{ type: ['null', 'boolean', 'number'] }, { $ref: '#/$defs/text' }];
  const definitions: Record<string, JsonSchema> = {
    mapKey: { allOf: [{ $ref: '#/$defs/string' }, { not: { const: '__proto__' } }] },
  };
  for (let depth = MAX_MAP_DEPTH; depth >= 1; depth -= 1) {
    const inner = depth < MAX_MAP_DEPTH ? [{ $ref: `#/$defs/mapLevel${depth + 1}` }] : [];
    const value = { anyOf: [...scalars, ...inner] };
    const object = {
      type: 'object',
      propertyNames: { $ref: '#/$defs/mapKey' },
      additionalProperties: value,
    };
    definitions[depth === 1 ? 'map' : `mapLevel${depth}`] =
      depth === 1 ? object : { anyOf: [object, { type: 'array', items: value }] };
  }
  return definitions;
}

function scalarDefinitions(): Record<string, JsonSchema> {
  return {
    string: stringOf(MAX_LENGTH.string),
    text: stringOf(MAX_LENGTH.text),
    code: stringOf(MAX_LENGTH.code, 1),
    item: stringOf(MAX_LENGTH.item),
    bool: { type: 'boolean' },
    decimal: { anyOf: [{ type: 'number' }, { type: 'string', pattern: DECIMAL_FORM.source }] },
    tariff: { anyOf: [{ type: 'number' }, { $ref: '#/$defs/string' }] },
    date: {
      type: 'string',
      format: 'date',
      pattern: '^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}$',
    },
    time: {
      description: 'RFC 3339 with offset; a time without zone is refused, and so is second 60',
      type: 'string',
      format: 'date-time',
      maxLength: MAX_LENGTH.time,
      pattern:
        '^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-5][0-9](\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$',
    },
    agency: {
      description: '统一社会信用代码; a wrong check character is accepted and raises DQ-10',
      type: 'string',
      pattern: CREDIT_CODE_FORM.source,
    },
    region: {
      description: '行政区划代码: 6 digits county, 9 township, 12 village',
      type: 'string',
      pattern: REGION_CODE_FORM.source,
    },
    days: {
      description: 'dates that exist, each a day of rest (holiday, off) or of work (workday, work)',
      type: 'object',
      propertyNames: { $ref: '#/$defs/date' },
      additionalProperties: { enum: [...DAY_WORDS] },
    },
    ref: {
      anyOf: [
        { $ref: '#/$defs/string' },
        {
          type: 'object',
          required: ['subject'],
          properties: {
            authority: { anyOf: [{ $ref: '#/$defs/string' }, { type: 'null' }] },
            subject: { $ref: '#/$defs/string' },
          },
        },
      ],
    },
  };
}

function usesVersion(fields: Fields, version: VocabularyVersion): boolean {
  return Object.values(fields).some(
    (field) => field.since === version || usesVersion(STRUCTS.get(field.kind) ?? {}, version),
  );
}

/** True where 1.0 and 1.1 differ for these fields. */
function differsByVersion(fields: Fields): boolean {
  return usesVersion(fields, NEWEST);
}

function definitionName(name: string, fields: Fields, version: VocabularyVersion): string {
  return version === NEWEST && differsByVersion(fields) ? `${name}-${version}` : name;
}

function elementSchema(field: FieldType, version: VocabularyVersion): JsonSchema {
  if (field.kind === 'enum') return { type: 'string', enum: field.values };
  if (field.kind === 'int') {
    const [minimum, maximum] = field.range ?? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    return { type: 'integer', minimum, maximum };
  }
  if (!isStructKind(field.kind)) return shared(field.kind);
  return shared(definitionName(field.kind, STRUCTS.get(field.kind) ?? {}, version));
}

function fieldSchema(field: FieldType, version: VocabularyVersion): JsonSchema {
  const element = elementSchema(field, version);
  const value = field.list ? { type: 'array', items: element } : element;
  return field.required ? value : { anyOf: [value, { type: 'null' }] };
}

/** Schema of an object with `fields`; keys that the version does not know are allowed and mean nothing. */
export function objectSchema(fields: Fields, version: VocabularyVersion): JsonSchema {
  const known = Object.entries(fields).filter(([, field]) => isKnownIn(field, version));
  return {
    type: 'object',
    required: known.filter(([, field]) => field.required).map(([name]) => name),
    properties: Object.fromEntries(
      known.map(([name, field]) => [name, fieldSchema(field, version)]),
    ),
  };
}

function structDefinitions(): Record<string, JsonSchema> {
  const definitions: Record<string, JsonSchema> = {};
  for (const [name, fields] of STRUCTS) {
    for (const version of VOCABULARY_VERSIONS) {
      definitions[definitionName(name, fields, version)] = objectSchema(fields, version);
    }
  }
  return definitions;
}

function attributes(): JsonSchema {
  return {
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'data'],
    properties: {
      specversion: { const: '1.0' },
      id: stringOf(MAX_LENGTH.id, 1),
      source: stringOf(MAX_LENGTH.source, 1),
      type: { type: 'string' },
      subject: { $ref: '#/$defs/subject' },
      time: { $ref: '#/$defs/time' },
      data: { type: 'object' },
    },
  };
}

/** Schema of what all events share: CloudEvents attributes, the envelope in `data`, and every kind of field. */
export function commonSchema(): JsonSchema {
  return {
    $schema: SCHEMA_DRAFT,
    $id: 'common.json',
    title: 'Shared definitions of all events',
    $defs: {
      attributes: attributes(),
      event: {
        allOf: [{ $ref: '#/$defs/attributes' }],
        properties: { data: { $ref: '#/$defs/envelope' } },
      },
      subject: stringOf(MAX_LENGTH.subject, 1),
      envelope: {
        allOf: [
          objectSchema(ENVELOPE_FIELDS, NEWEST),
          { properties: { vocabularyVersion: { enum: VOCABULARY_VERSIONS } } },
        ],
      },
      ...scalarDefinitions(),
      ...mapDefinitions(),
      ...structDefinitions(),
    },
  };
}

const NOT_NULL: JsonSchema = { not: { type: 'null' } };

function requiring(names: readonly string[]): JsonSchema {
  return {
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, NOT_NULL])),
  };
}

function statedData(type: EventType, version: VocabularyVersion): JsonSchema {
  const conditions = type.requiredWhen.map(({ field, equals, requires }) => ({
    if: { required: [field], properties: { [field]: { const: equals } } },
    // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema
    then: requiring(requires),
  }));
  const docNo = type.docNoRequired ? [requiring(['docNo'])] : [];
  const allOf = [...docNo, ...conditions];
  const own = objectSchema(type.fields, version);
  return allOf.length === 0 ? own : { ...own, allOf };
}

function statedSchema(type: EventType): { data: JsonSchema; $defs: JsonSchema } {
  if (!differsByVersion(type.fields)) {
    return { data: { $ref: '#/$defs/own' }, $defs: { own: statedData(type, '1.0') } };
  }
  return {
    data: {
      if: { properties: { vocabularyVersion: { const: NEWEST } } },
      // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema
      then: { $ref: `#/$defs/own-${NEWEST}` },
      else: { $ref: '#/$defs/own' },
    },
    $defs: { own: statedData(type, '1.0'), [`own-${NEWEST}`]: statedData(type, NEWEST) },
  };
}

function correctedData(type: EventType): JsonSchema {
  const types = correctableTypes(type.stream).map((stated) => stated.type);
  return {
    ...requiring(['correctionOf', 'correctedType']),
    properties: {
      correctionOf: NOT_NULL,
      correctedType: { enum: types },
      correctedSubject: { anyOf: [shared('subject'), { type: 'null' }] },
    },
    allOf: types.map((stated) => ({
      if: { required: ['correctedType'], properties: { correctedType: { const: stated } } },
      // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema
      then: { $ref: `${stated}.json#/properties/data` },
    })),
  };
}

function dataSchema(type: EventType): { data: JsonSchema; $defs: JsonSchema } {
  if (type.effect === 'corrects') return { data: correctedData(type), $defs: {} };
  if (type.effect === 'revokes') return { data: requiring(['correctionOf']), $defs: {} };
  return statedSchema(type);
}

/** JSON Schema of one event type, both vocabulary versions; `$id` is its file name. */
export function eventSchema(type: EventType): JsonSchema {
  const { data, $defs } = dataSchema(type);
  return {
    $schema: SCHEMA_DRAFT,
    $id: `${type.type}.json`,
    title: `${type.zh} ${type.en}`,
    allOf: [{ $ref: 'common.json#/$defs/event' }],
    type: 'object',
    properties: { type: { const: type.type }, data },
    $defs,
  };
}
