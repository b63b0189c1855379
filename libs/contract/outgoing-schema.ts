import { REJECT_REASONS } from '#core/event/rejection.js';
import type { EventType } from '#core/event/vocabulary.js';
import { type JsonSchema, objectSchema, SCHEMA_DRAFT } from './event-schema.js';

const NAME_OR_NULL: JsonSchema = { type: ['string', 'null'] };

/** CloudEvents `type` of what the topic `mingcha.quarantine` carries. */
export const QUARANTINED_TYPE = 'record.quarantined';

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

/** JSON Schema of a quarantined record: why it could not be read, where it stood, and its bytes. */
export function quarantineSchema(): JsonSchema {
  return {
    $schema: SCHEMA_DRAFT,
    $id: `${QUARANTINED_TYPE}.json`,
    title: '隔离记录 Quarantined record',
    allOf: [{ $ref: 'common.json#/$defs/attributes' }],
    type: 'object',
    properties: {
      type: { const: QUARANTINED_TYPE },
      data: {
        type: 'object',
        required: [
          ...['reason', 'field', 'params', 'source', 'id', 'subject', 'type'],
          ...['topic', 'partition', 'offset', 'receivedAt', 'digest', 'raw'],
        ],
        properties: {
          reason: { enum: REJECT_REASONS },
          field: { ...NAME_OR_NULL, description: 'Path within the event, data.materials[2].code' },
          params: {
            type: 'object',
            additionalProperties: { type: ['string', 'number'] },
            description: 'Fills the texts of the reason; never repeats personal data',
          },
          source: NAME_OR_NULL,
          id: NAME_OR_NULL,
          subject: NAME_OR_NULL,
          type: NAME_OR_NULL,
          topic: { type: 'string' },
          partition: { type: 'integer', minimum: 0 },
          offset: { type: 'string', pattern: '^[0-9]+$' },
          receivedAt: { $ref: 'common.json#/$defs/time' },
          digest: { type: 'string', description: 'Hex SHA-256 of the bytes as received' },
          raw: { type: 'string', contentEncoding: 'base64' },
        },
      },
    },
  };
}
