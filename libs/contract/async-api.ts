import type { EventType } from '#core/event/vocabulary.js';
import type { JsonSchema } from './event-schema.js';
import { QUARANTINED } from './outgoing-schema.js';

const SCHEMA_FORMAT = 'application/schema+json;version=draft-2020-12';

const CLOUD_EVENT = 'application/cloudevents+json';

function message(name: string, title: string, contentType = CLOUD_EVENT): JsonSchema {
  return {
    name,
    title,
    contentType,
    payload: { schemaFormat: SCHEMA_FORMAT, schema: { $ref: `./schema/${name}.json` } },
  };
}

function messagesOf(types: readonly EventType[]): JsonSchema {
  return Object.fromEntries(types.map(({ type, zh, en }) => [type, message(type, `${zh} ${en}`)]));
}

function operation(action: 'send' | 'receive', channel: string, summary: string): JsonSchema {
  return { action, channel: { $ref: `#/channels/${channel}` }, summary };
}

const EVENTS_TEXT = [
  'Facts from the supervised systems. CloudEvents 1.0, structured or binary mode (ce_ headers).',
  'Partition by case number (subject). The topic needs message.timestamp.type=LogAppendTime.',
  'Key: subject.',
].join(' ');

/** AsyncAPI 3.0 description of the three topics, seen from this system. */
export function asyncApi(
  sourceTypes: readonly EventType[],
  supervisionTypes: readonly EventType[],
): JsonSchema {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Mingcha event contract 明察事件合同',
      version: '1.1',
      description:
        'Event vocabulary 1.0 and 1.1, accepted side by side. Guide: docs/events.md, docs/events.zh-CN.md.',
    },
    defaultContentType: CLOUD_EVENT,
    channels: {
      events: {
        address: 'mingcha.events',
        description: EVENTS_TEXT,
        messages: messagesOf(sourceTypes),
      },
      alerts: {
        address: 'mingcha.alerts',
        description:
          'What happens to alerts, keyed by alert. Repeats are possible: the id tells them.',
        messages: messagesOf(supervisionTypes),
      },
      quarantine: {
        address: 'mingcha.quarantine',
        description:
          'Records that break the contract, with the reason; repaired records are sent again.',
        messages: {
          [QUARANTINED]: message(QUARANTINED, '隔离记录 Quarantined record', 'application/json'),
        },
      },
    },
    operations: {
      receiveEvents: operation('receive', 'events', 'Facts of the supervised systems come in'),
      sendAlerts: operation('send', 'alerts', 'Alert events go out'),
      sendQuarantine: operation('send', 'quarantine', 'Unreadable records go out'),
    },
  };
}
