import { hash } from 'node:crypto';
import type { Envelope } from '#core/event/envelope.js';
import type { Event, EventRef, Instant, Person } from '#core/event/event.js';
import type { FieldValue } from './convert-value.js';
import type { LocalTime } from './local-time.js';

/** An event as the mapping made it: all that replay and import need, times still apart from their text. */
export interface MappedEvent extends Envelope, EventRef {
  readonly authority: string;
  readonly type: string;
  readonly subject: string;
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  /** Own fields; every field that the type declares is present, absent ones are null. */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** Zone in which times are written into the record. */
  readonly local: LocalTime;
  /** Where it comes from, for messages. */
  readonly origin: { readonly file: string; readonly line: number; readonly rule: string };
}

/** A CloudEvent 1.0 in structured mode, as `import` publishes it. Absent fields are left out. */
export interface CloudEventRecord {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

/** The record of an event. `receivedAt` is no part of it: the receiving side sets it. Times carry the zone's offset. */
export function toCloudEvent(mapped: MappedEvent): CloudEventRecord {
  const { local } = mapped;
  const time = local.textOf(mapped.occurredAt);
  const data: Record<string, unknown> = {
    recordedAt: mapped.recordedAt === mapped.occurredAt ? time : local.textOf(mapped.recordedAt),
    occurredPrecision: mapped.precision,
    vocabularyVersion: mapped.vocabularyVersion,
    agencyCode: mapped.agencyCode,
    regionCode: mapped.regionCode,
    operator: personRecord(mapped.operator),
    dataVersion: mapped.dataVersion,
  };
  if (mapped.responsible !== null) data.responsible = personRecord(mapped.responsible);
  if (mapped.itemCode !== null) data.itemCode = mapped.itemCode;
  if (mapped.itemVersion !== null) data.itemVersion = mapped.itemVersion;
  if (mapped.correctionOf !== null) data.correctionOf = mapped.correctionOf;
  if (mapped.correctionReason !== null) data.correctionReason = mapped.correctionReason;
  if (mapped.docNo !== null) data.docNo = mapped.docNo;
  if (mapped.isTest) data.isTest = true;
  for (const name of Object.keys(mapped.fields)) {
    const value = mapped.fields[name] ?? null;
    if (value !== null) data[name] = value;
  }
  return {
    specversion: '1.0',
    id: mapped.id,
    source: mapped.source,
    type: mapped.type,
    subject: mapped.subject,
    time,
    datacontenttype: 'application/json',
    data,
  };
}

function personRecord(person: Person): Record<string, string> {
  const record: Record<string, string> = { staffNo: person.staffNo };
  if (person.name !== null) record.name = person.name;
  if (person.post !== null) record.post = person.post;
  record.unitCode = person.unitCode;
  return record;
}

/** The bytes that `import` publishes for an event. */
export function recordText(mapped: MappedEvent): string {
  return JSON.stringify(toCloudEvent(mapped));
}

/**
 * The event as decoding its record would give it, without writing and reading the record; `rawDigest` is that of the
 * record's bytes, so replay and import agree on it.
 */
export function toEvent(mapped: MappedEvent): Event {
  return {
    source: mapped.source,
    id: mapped.id,
    type: mapped.type,
    subject: mapped.subject,
    caseId: `${mapped.authority}/${mapped.subject}`,
    occurredAt: mapped.occurredAt,
    recordedAt: mapped.recordedAt,
    receivedAt: mapped.receivedAt,
    precision: mapped.precision,
    vocabularyVersion: mapped.vocabularyVersion,
    agencyCode: mapped.agencyCode,
    regionCode: mapped.regionCode,
    itemCode: mapped.itemCode,
    itemVersion: mapped.itemVersion,
    operator: mapped.operator,
    responsible: mapped.responsible,
    dataVersion: mapped.dataVersion,
    correctionOf: mapped.correctionOf,
    correctionReason: mapped.correctionReason,
    docNo: mapped.docNo,
    rawDigest: hash('sha256', recordText(mapped)),
    isTest: mapped.isTest,
    data: mapped.fields,
  };
}
