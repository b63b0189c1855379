import { REJECT_REASONS } from '#core/event/rejection.js';
import type { EventType } from '#core/event/vocabulary.js';
import { type JsonSchema, objectSchema, SCHEMA_DRAFT } from './event-schema.js';

const NAME_OR_NULL: JsonSchema = { type: ['string', 'null'] };

/** Name of the schema of what the topic `mingcha.quarantine` carries. */
export const QUARANTINED = 'record.quarantined';

/** JSON Schema of a supervision event on the topic `mingcha.alerts`; further keys of `data` may be added. */
export function supervisionSchema(type: EventType): JsonSchema {
  return {
    $schema: SCHEMA_DRAFT,
    $id: `${type.type}.json`,
    title: `${type.zh} ${type.en}`,
    allOf: [{ $ref: 'common.json#/$defs/attributes' }],
    type: 'object',
    properties: { type: { const: type.type }, data: objectSchema(type.fields, '1.1') },
  };
}

const QUARANTINE_PROPERTIES: JsonSchema = {
  reason: { enum: REJECT_REASONS },
  field: { ...NAME_OR_NULL, description: 'Path within the event: data.materials[2].code' },
  detail: { ...NAME_OR_NULL, description: 'What is wrong, in words' },
  source: NAME_OR_NULL,
  topic: { type: 'string' },
  partition: { type: 'integer', minimum: 0 },
  offset: { type: 'string', pattern: '^[0-9]+$' },
  key: NAME_OR_NULL,
  headers: { type: 'object', additionalProperties: { type: 'string' } },
  appendedAt: { type: ['integer', 'null'], description: 'Milliseconds since 1970 UTC' },
  valueBase64: { ...NAME_OR_NULL, contentEncoding: 'base64' },
  digest: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'Hex SHA-256 of the value' },
};

/** JSON Schema of a quarantined record: why it could not be read, where it stood, and its bytes. */
export function quarantineSchema(): JsonSchema {
  return {
    $schema: SCHEMA_DRAFT,
    $id: `${QUARANTINED}.json`,
    title: '隔离记录 Quarantined record',
    type: 'object',
    required: Object.keys(QUARANTINE_PROPERTIES),
    properties: QUARANTINE_PROPERTIES,
  };
}
