import { ApiProperty } from '@nestjs/swagger';
import { effectiveEvents } from '#core/event/effective.js';
import type { Event, Person } from '#core/event/event.js';
import type { TimelineEntry } from '#store/case.repository.js';
import type { Language } from '../language/language.js';
import { eventName, instantText } from '../language/texts.js';
import { maskEvent } from '../privacy/mask.js';

export class PersonDto {
  @ApiProperty()
  staffNo!: string;

  @ApiProperty({ type: String, nullable: true, description: 'First character and *' })
  name!: string | null;

  @ApiProperty({ type: String, nullable: true })
  post!: string | null;

  @ApiProperty()
  unitCode!: string;
}

export class EventRefDto {
  @ApiProperty()
  source!: string;

  @ApiProperty()
  id!: string;
}

/** One kept version of an event with its three times; personal data masked. */
export class EventDto {
  @ApiProperty()
  source!: string;

  @ApiProperty()
  id!: string;

  @ApiProperty({ example: 'approval.accepted' })
  type!: string;

  @ApiProperty()
  typeText!: string;

  @ApiProperty({ format: 'date-time', description: 'When it happened 发生时间' })
  occurredAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When it was entered at the source 录入时间' })
  recordedAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When it reached this system 接收时间' })
  receivedAt!: string;

  @ApiProperty({ enum: ['second', 'day'] })
  precision!: 'second' | 'day';

  @ApiProperty({ description: 'False: replaced by a newer version or correction, or revoked' })
  effective!: boolean;

  @ApiProperty()
  dataVersion!: number;

  @ApiProperty({ type: EventRefDto, nullable: true })
  correctionOf!: EventRefDto | null;

  @ApiProperty({ type: String, nullable: true })
  correctionReason!: string | null;

  @ApiProperty()
  agencyCode!: string;

  @ApiProperty()
  regionCode!: string;

  @ApiProperty({ type: String, nullable: true })
  itemCode!: string | null;

  @ApiProperty({ type: String, nullable: true })
  itemVersion!: string | null;

  @ApiProperty({ type: PersonDto, description: 'Who pressed the key; never answerable by default' })
  operator!: Person;

  @ApiProperty({ type: PersonDto, nullable: true, description: 'Who answers for the step' })
  responsible!: Person | null;

  @ApiProperty({ type: String, nullable: true })
  docNo!: string | null;

  @ApiProperty({ description: 'Hex SHA-256 of the bytes as received' })
  rawDigest!: string;

  @ApiProperty()
  isTest!: boolean;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'Own fields, masked' })
  data!: Record<string, unknown>;

  @ApiProperty({ description: 'Place in the event log: topic/partition/offset' })
  place!: string;
}

/** The events that count now in a case, by identity and bytes; what was moved to another case counts there. */
export function effectiveKeys(events: readonly Event[], caseId: string): ReadonlySet<string> {
  const standing = effectiveEvents(events).events.filter((event) => event.caseId === caseId);
  return new Set(standing.map(keyOf));
}

function keyOf(event: Event): string {
  return `${event.source}\u0000${event.id}\u0000${event.rawDigest}`;
}

/** One event for people: personal data masked, three times kept apart. */
export function eventDto(
  entry: TimelineEntry,
  effective: ReadonlySet<string>,
  language: Language,
): EventDto {
  const event = maskEvent(entry.event);
  return {
    source: event.source,
    id: event.id,
    type: event.type,
    typeText: eventName(language, event.type),
    occurredAt: instantText(event.occurredAt),
    recordedAt: instantText(event.recordedAt),
    receivedAt: instantText(event.receivedAt),
    precision: event.precision,
    effective: effective.has(keyOf(entry.event)),
    dataVersion: event.dataVersion,
    correctionOf: event.correctionOf,
    correctionReason: event.correctionReason,
    agencyCode: event.agencyCode,
    regionCode: event.regionCode,
    itemCode: event.itemCode,
    itemVersion: event.itemVersion,
    operator: event.operator,
    responsible: event.responsible,
    docNo: event.docNo,
    rawDigest: event.rawDigest,
    isTest: event.isTest,
    data: { ...event.data },
    place: `${entry.topic}/${entry.partition}/${entry.offset}`,
  };
}
