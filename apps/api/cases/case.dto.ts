import { ApiProperty } from '@nestjs/swagger';
import { DayDto } from '../explanation/explanation.dto.js';
import { EventDto, EventRefDto } from './event.dto.js';
import { AuditRecordDto, FindingChangeDto } from './history.dto.js';

/** One clock of a case. The browser draws `days`; it never counts. */
export class CaseClockDto {
  @ApiProperty({ enum: ['filing', 'promised', 'statutory', 'step'] })
  name!: 'filing' | 'promised' | 'statutory' | 'step';

  @ApiProperty()
  nameText!: string;

  @ApiProperty({ type: String, nullable: true })
  stepCode!: string | null;

  @ApiProperty({ enum: ['running', 'ended', 'none'], description: '`none`: `text` says why' })
  state!: 'running' | 'ended' | 'none';

  @ApiProperty()
  text!: string;

  @ApiProperty({ type: EventRefDto, nullable: true })
  startedBy!: EventRefDto | null;

  @ApiProperty({ type: String, format: 'date', nullable: true, description: 'Day 0' })
  startOn!: string | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Limit with lawful extensions' })
  total!: number | null;

  @ApiProperty({ enum: ['G', 'Z', 'H'], type: String, nullable: true })
  unit!: 'G' | 'Z' | 'H' | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Days used by the end or by `asOf`; null for hours',
  })
  used!: number | null;

  @ApiProperty({ type: String, format: 'date', nullable: true, description: 'Last day, included' })
  lastOn!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'First instant at which an open matter is late',
  })
  lateAt!: string | null;

  @ApiProperty({ type: EventRefDto, nullable: true })
  endedBy!: EventRefDto | null;

  @ApiProperty({ type: String, format: 'date', nullable: true })
  endedOn!: string | null;

  @ApiProperty({ description: 'Ended after its last day, or late at `asOf`' })
  late!: boolean;

  @ApiProperty({ description: 'Touches a year whose notice was not published' })
  provisional!: boolean;

  @ApiProperty({ type: String, nullable: true })
  calendarVersion!: string | null;

  @ApiProperty({ type: [DayDto], description: 'Every day from day 0 on' })
  days!: DayDto[];

  @ApiProperty({ description: 'The list was cut: the clock spans more than 1,100 days' })
  cut!: boolean;
}

export class SourceCoverageDto {
  @ApiProperty()
  source!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Instant through which the source was evaluated; null: never heard',
  })
  evaluatedThrough!: string | null;
}

export class WatchedLimitDto {
  @ApiProperty({ description: 'Window of the rule; empty where it has one only' })
  window!: string;

  @ApiProperty({ type: EventRefDto })
  anchor!: EventRefDto;

  @ApiProperty({ type: String, format: 'date', nullable: true })
  lastOn!: string | null;

  @ApiProperty({ type: EventRefDto, nullable: true, description: 'Fact that met it' })
  metBy!: EventRefDto | null;

  @ApiProperty({ type: String, nullable: true, description: 'Exception that held, by code' })
  exception!: string | null;

  @ApiProperty({ description: 'The same as a sentence' })
  text!: string;
}

export class RuleFindingDto {
  @ApiProperty()
  findingId!: string;

  @ApiProperty({ type: String, nullable: true })
  alertId!: string | null;

  @ApiProperty()
  level!: string;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  until!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Gate that keeps the alert back' })
  gate!: string | null;

  @ApiProperty()
  reason!: string;
}

export const RULE_OUTCOMES = [
  'finding',
  'held',
  'grouped',
  'silenced',
  'nothing',
  'manual',
] as const;

/** Why a rule raised an alert on the case, or why it did not. */
export class RuleAnswerDto {
  @ApiProperty()
  ruleId!: string;

  @ApiProperty()
  ruleVersion!: number;

  @ApiProperty()
  ruleName!: string;

  @ApiProperty({
    enum: RULE_OUTCOMES,
    description:
      'finding: has an alert of its own; held, grouped, silenced: a finding without one; nothing: no finding, said ' +
      'together with coverage; manual: only a person can raise it',
  })
  outcome!: (typeof RULE_OUTCOMES)[number];

  @ApiProperty()
  text!: string;

  @ApiProperty({ type: [RuleFindingDto] })
  findings!: RuleFindingDto[];

  @ApiProperty({ type: [WatchedLimitDto], description: 'Limits that the rule watches' })
  watched!: WatchedLimitDto[];

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Next instant at which the answer can change by itself',
  })
  nextAt!: string | null;
}

export class CaseDto {
  @ApiProperty()
  caseId!: string;

  @ApiProperty({ description: 'Number of saves' })
  version!: number;

  @ApiProperty({
    format: 'date-time',
    description: 'Instant that everything here speaks of: nothing after it is judged',
  })
  asOf!: string;

  @ApiProperty({ enum: ['open', 'closed'] })
  openState!: string;

  @ApiProperty()
  regionCode!: string;

  @ApiProperty({ description: 'Its code where the city file has no name for it' })
  regionName!: string;

  @ApiProperty({ type: String, nullable: true })
  handlingRegionCode!: string | null;

  @ApiProperty()
  agencyCode!: string;

  @ApiProperty({ description: 'Its code where the city file has no name for it' })
  agencyName!: string;

  @ApiProperty({ type: String, nullable: true })
  itemCode!: string | null;

  @ApiProperty({ type: String, nullable: true })
  itemName!: string | null;

  @ApiProperty()
  isTest!: boolean;

  @ApiProperty({ description: 'Its events were erased; only digests remain' })
  erased!: boolean;

  @ApiProperty({ type: [EventDto], description: 'Every kept version, in legal order' })
  timeline!: EventDto[];

  @ApiProperty({ type: [CaseClockDto] })
  clocks!: CaseClockDto[];

  @ApiProperty({ type: [SourceCoverageDto], description: 'Coverage of the sources of this case' })
  coverage!: SourceCoverageDto[];

  @ApiProperty({ description: 'Coverage as a sentence; stands beside every "no alert"' })
  coverageText!: string;

  @ApiProperty({ type: [RuleAnswerDto] })
  rules!: RuleAnswerDto[];

  @ApiProperty({ type: [FindingChangeDto] })
  findingHistory!: FindingChangeDto[];

  @ApiProperty({ type: [AuditRecordDto] })
  auditRecords!: AuditRecordDto[];
}
