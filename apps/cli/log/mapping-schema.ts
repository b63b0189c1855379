import { AMBIGUOUS_TIMES } from './local-time.js';
import { LOG_FORMATS } from './log-settings.js';
import { FIELD_KINDS } from './mapping-source.js';

const value = { $ref: '#/$defs/value' };
const person = { $ref: '#/$defs/person' };
const fieldName = '^[a-z][A-Za-z0-9]{0,63}$';

const envelope = {
  subject: value,
  id: value,
  time: value,
  recordedAt: value,
  receivedAt: value,
  precision: value,
  officer: person,
  operator: person,
  unit: value,
  agency: value,
  region: value,
  item: value,
  itemVersion: value,
  docNo: value,
  dataVersion: value,
  isTest: value,
  correctionOf: {
    type: 'object',
    required: ['id'],
    additionalProperties: false,
    properties: { source: value, id: value },
  },
  correctionReason: value,
};

const rules = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['type'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', minLength: 1 },
      when: { type: 'string', minLength: 1 },
      type: value,
      ...envelope,
      fields: {
        type: 'object',
        propertyNames: { pattern: fieldName },
        additionalProperties: value,
      },
    },
  },
};

const log = {
  type: 'object',
  additionalProperties: false,
  properties: {
    format: { enum: [...LOG_FORMATS] },
    encoding: { type: 'string', minLength: 1 },
    absent: { type: 'array', items: { type: 'string' } },
    optional: { type: 'array', items: { type: 'string', pattern: '^(row|trace)\\..' } },
    csv: {
      type: 'object',
      additionalProperties: false,
      properties: {
        delimiter: { type: 'string', minLength: 1 },
        quote: { type: ['string', 'null'], minLength: 1 },
        escape: { type: ['string', 'null'], minLength: 1 },
        comment: { type: ['string', 'null'], minLength: 1 },
        columns: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
        trim: { type: 'boolean' },
      },
    },
    jsonl: {
      type: 'object',
      additionalProperties: false,
      properties: { events: { type: 'string', minLength: 1 } },
    },
  },
};

const valueForms = {
  value: {
    type: ['string', 'number', 'boolean', 'null', 'object'],
    additionalProperties: false,
    properties: {
      column: { type: 'string' },
      text: { type: 'string' },
      cel: { type: 'string', minLength: 1 },
      const: {},
      object: { type: 'object', additionalProperties: value },
      list: { type: 'array', items: value },
      map: {
        type: 'object',
        additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
      },
      default: {},
      format: { type: 'string', minLength: 1 },
      zone: { type: 'string', minLength: 1 },
      kind: { enum: [...FIELD_KINDS] },
    },
  },
  person: {
    type: ['string', 'number', 'boolean', 'null', 'object'],
    if: { type: 'object', required: ['staffNo'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: {
      additionalProperties: false,
      properties: { staffNo: value, name: value, post: value, unit: value },
    },
    else: value,
  },
};

/** JSON Schema (draft 2020-12) of a mapping file, language version 1. */
export const MAPPING_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Mapping of a log to events',
  type: 'object',
  required: ['mapping', 'source', 'zone'],
  anyOf: [{ required: ['rows'] }, { required: ['traces'] }],
  additionalProperties: false,
  properties: {
    mapping: { const: 1 },
    title: { type: 'string' },
    source: { type: 'string', minLength: 1 },
    authority: { type: 'string', minLength: 1 },
    zone: { type: 'string', minLength: 1 },
    ambiguousTimes: { enum: [...AMBIGUOUS_TIMES] },
    vocabularyVersion: { type: 'string', minLength: 1 },
    log,
    types: {
      type: 'object',
      propertyNames: { pattern: '^x\\.[a-z][a-z0-9-]*(\\.[a-z0-9-]+)*$' },
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          zh: { type: 'string' },
          en: { type: 'string' },
          fields: {
            type: 'object',
            propertyNames: { pattern: fieldName },
            additionalProperties: { enum: [...FIELD_KINDS] },
          },
        },
      },
    },
    case: {
      type: 'object',
      propertyNames: { pattern: fieldName },
      additionalProperties: {
        type: 'object',
        required: ['kind', 'value'],
        additionalProperties: false,
        properties: { kind: { enum: [...FIELD_KINDS] }, value },
      },
    },
    defaults: { type: 'object', additionalProperties: false, properties: envelope },
    traces: rules,
    rows: rules,
  },
  $defs: valueForms,
};
