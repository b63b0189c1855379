import { type CloudEvent, readCloudEvent, type StreamRecord } from './cloud-event.js';
import { type Envelope, readEnvelope } from './envelope.js';
import type { Event, FeedConfig } from './event.js';
import { MAX_LENGTH, readInstant, stringReader } from './field-reader.js';
import { ownReader } from './own-data.js';
import { Fault, jsonTypeOf, type Rejected } from './rejection.js';
import { type EventType, VOCABULARY } from './vocabulary.js';

export interface DecoderConfig {
  /** The feed of a source; null where no such feed is configured: its records are quarantined. */
  readonly feeds: (source: string) => FeedConfig | null;
  /** Largest record in bytes, included. Default 1 MiB. */
  readonly maxBytes?: number;
}

export type Decoded =
  | { readonly ok: true; readonly event: Event }
  | { readonly ok: false; readonly rejected: Rejected };

export interface Decoder {
  /** Never throws. The same record gives the same answer. */
  decode(record: StreamRecord): Decoded;
}

const readId = stringReader(MAX_LENGTH.id, 1);
const readSource = stringReader(MAX_LENGTH.source, 1);
const readSubject = stringReader(MAX_LENGTH.subject, 1);

function nameOrNull(value: unknown): string | null {
  return typeof value === 'string' && !(readId(value, true) instanceof Fault) ? value : null;
}

function rejected(fault: Fault, attributes: CloudEvent | null): Decoded {
  return {
    ok: false,
    rejected: {
      reason: fault.reason,
      field: fault.path === '' ? null : fault.path,
      params: fault.params,
      source: nameOrNull(attributes?.source),
      id: nameOrNull(attributes?.id),
      subject: nameOrNull(attributes?.subject),
      type: nameOrNull(attributes?.type),
    },
  };
}

function readAttribute(value: unknown, name: string, read: typeof readId): string | Fault {
  if (value === undefined || value === null) {
    return new Fault('missing-field', { expected: 'string' }, name);
  }
  const text = read(value, true);
  if (text instanceof Fault) return text.under(name);
  return typeof text === 'string'
    ? text
    : new Fault('malformed-field', { expected: 'string', got: jsonTypeOf(value) }, name);
}

function readType(value: unknown): EventType | Fault {
  if (value === undefined || value === null) {
    return new Fault('missing-field', { expected: 'string' }, 'type');
  }
  const found = typeof value === 'string' ? VOCABULARY.get(value) : undefined;
  if (!found)
    return new Fault('unknown-type', { got: nameOrNull(value) ?? jsonTypeOf(value) }, 'type');
  return found.origin === 'source'
    ? found
    : new Fault('reserved-type', { got: found.type }, 'type');
}

function buildEvent(
  cloud: CloudEvent,
  record: StreamRecord,
  feeds: DecoderConfig['feeds'],
): Event | Fault {
  const id = readAttribute(cloud.id, 'id', readId);
  if (id instanceof Fault) return id;
  const source = readAttribute(cloud.source, 'source', readSource);
  if (source instanceof Fault) return source;
  const type = readType(cloud.type);
  if (type instanceof Fault) return type;
  const subject = readAttribute(cloud.subject, 'subject', readSubject);
  if (subject instanceof Fault) return subject;
  const occurredAt = readInstant(cloud.time);
  if (occurredAt instanceof Fault) return occurredAt.under('time');
  const envelope = readEnvelope(cloud.data, cloud.escaped);
  if (envelope instanceof Fault) return envelope.under('data');
  const own = ownReader(type, envelope.vocabularyVersion)(cloud.data, cloud.escaped);
  if (own instanceof Fault) return own.under('data');
  const feed = feeds(source);
  if (feed === null) return new Fault('unknown-feed', { got: source }, 'source');
  return assemble({ id, source, subject, type: type.storedAs, occurredAt }, envelope, {
    own,
    record,
    feed,
  });
}

interface Facts {
  readonly own: Record<string, unknown>;
  readonly record: StreamRecord;
  readonly feed: FeedConfig;
}

function assemble(
  head: Pick<Event, 'id' | 'source' | 'subject' | 'type' | 'occurredAt'>,
  envelope: Envelope,
  { own, record, feed }: Facts,
): Event {
  return {
    source: head.source,
    id: head.id,
    type: head.type,
    subject: head.subject,
    caseId: `${feed.authority}/${head.subject}`,
    occurredAt: head.occurredAt,
    recordedAt: envelope.recordedAt,
    receivedAt: record.receivedAt,
    precision: envelope.precision,
    vocabularyVersion: envelope.vocabularyVersion,
    agencyCode: envelope.agencyCode,
    regionCode: envelope.regionCode,
    itemCode: envelope.itemCode,
    itemVersion: envelope.itemVersion,
    operator: envelope.operator,
    responsible: envelope.responsible,
    dataVersion: envelope.dataVersion,
    correctionOf: envelope.correctionOf,
    correctionReason: envelope.correctionReason,
    docNo: envelope.docNo,
    rawDigest: record.digest,
    isTest: envelope.isTest,
    data: own,
  };
}

/**
 * Decodes records of the event log: CloudEvents 1.0, structured or binary mode, against events.md sections 1 to 5.
 * Form is checked here; what a well-formed record says may be doubtful (the year 9999, an unknown item, a wrong check
 * character) and is accepted for the rules to judge.
 */
export function createDecoder({ feeds, maxBytes = 1_048_576 }: DecoderConfig): Decoder {
  return {
    decode(record) {
      const cloud = readCloudEvent(record, maxBytes);
      if (cloud instanceof Fault) return rejected(cloud, null);
      const event = cloud.fault ?? buildEvent(cloud, record, feeds);
      return event instanceof Fault ? rejected(event, cloud) : { ok: true, event };
    },
  };
}
