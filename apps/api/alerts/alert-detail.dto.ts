import { ApiProperty } from '@nestjs/swagger';
import { EventDto } from '../cases/event.dto.js';
import { AuditRecordDto, FindingChangeDto } from '../cases/history.dto.js';
import { ExplanationDto } from '../explanation/explanation.dto.js';
import { AlertDto } from './alert.dto.js';
import { ExaminedExceptionDto, RuleTextDto } from './rule-text.js';

export class AnswerableDto {
  @ApiProperty({ example: 'handler' })
  role!: string;

  @ApiProperty()
  roleText!: string;

  @ApiProperty()
  unitCode!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null: the alert goes to the unit' })
  staffNo!: string | null;
}

export class AlertEventDto {
  @ApiProperty()
  eventNo!: number;

  @ApiProperty()
  revision!: number;

  @ApiProperty({ example: 'raised' })
  kind!: string;

  @ApiProperty()
  kindText!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ format: 'date-time' })
  savedAt!: string;

  @ApiProperty()
  actor!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Gate or cause' })
  reason!: string | null;

  @ApiProperty({ type: String, nullable: true })
  reasonText!: string | null;

  @ApiProperty()
  level!: string;

  @ApiProperty()
  state!: string;
}

export class EvidenceDto {
  @ApiProperty()
  source!: string;

  @ApiProperty()
  id!: string;

  @ApiProperty({ type: [EventDto], description: 'Every kept version; empty where erased' })
  versions!: EventDto[];
}

/** Everything about one alert. */
export class AlertDetailDto {
  @ApiProperty({ type: AlertDto })
  alert!: AlertDto;

  @ApiProperty({ description: 'A lead, never a verdict' })
  disclaimer!: string;

  @ApiProperty({ type: ExplanationDto })
  explanation!: ExplanationDto;

  @ApiProperty({ type: RuleTextDto })
  rule!: RuleTextDto;

  @ApiProperty({ type: [ExaminedExceptionDto], description: 'Checked, and not found to hold' })
  exceptions!: ExaminedExceptionDto[];

  @ApiProperty({ type: [AnswerableDto] })
  answerable!: AnswerableDto[];

  @ApiProperty({ type: [EvidenceDto] })
  evidence!: EvidenceDto[];

  @ApiProperty({ description: 'The events of the case were erased: only their digests remain' })
  erased!: boolean;

  @ApiProperty()
  calendarVersion!: string;

  @ApiProperty({ type: [String] })
  referenceVersions!: string[];

  @ApiProperty({ description: 'The same inputs give the same digest' })
  inputsDigest!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Instant through which its sources must be covered, where it rests on an absence',
  })
  restsOnAbsenceUntil!: string | null;

  @ApiProperty({ type: [FindingChangeDto] })
  findingHistory!: FindingChangeDto[];

  @ApiProperty({ type: [AlertEventDto] })
  history!: AlertEventDto[];

  @ApiProperty({ type: [AlertDto], description: 'Other alerts of the case' })
  others!: AlertDto[];

  @ApiProperty({ type: [AuditRecordDto] })
  auditRecords!: AuditRecordDto[];
}
