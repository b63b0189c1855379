import { ApiProperty } from '@nestjs/swagger';
import { LEVELS, type Level } from '#core/finding.js';

export const ALERT_STATES = [
  'held',
  'raised',
  'signed-for',
  'screening',
  'dismissed',
  'explained',
  'reminded',
  'oversight',
  'rectifying',
  'under-review',
  'struck-off',
  'handed-over',
  'ended',
  'retracted',
  'covered',
  'silenced',
] as const;

/** An alert as lists show it. */
export class AlertDto {
  @ApiProperty()
  alertId!: string;

  @ApiProperty()
  findingId!: string;

  @ApiProperty()
  caseId!: string;

  @ApiProperty({ enum: LEVELS })
  level!: Level;

  @ApiProperty({ description: 'Level in the language asked for' })
  levelText!: string;

  @ApiProperty({ enum: ALERT_STATES })
  state!: string;

  @ApiProperty()
  stateText!: string;

  @ApiProperty({ description: '暂缓: no alert yet, or its clocks stand still' })
  held!: boolean;

  @ApiProperty({ description: 'The condition is over; the finding stays true' })
  ended!: boolean;

  @ApiProperty({ description: 'Taken back: the facts changed' })
  retracted!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Alert that already covers this one' })
  groupedInto!: string | null;

  @ApiProperty({ description: '1 in its first life; the next when true again after an end' })
  revision!: number;

  @ApiProperty()
  ruleId!: string;

  @ApiProperty({ description: 'Version that applied' })
  ruleVersion!: number;

  @ApiProperty({ description: 'Name of the rule; its id where that version is not loaded' })
  ruleName!: string;

  @ApiProperty({ description: 'One sentence with the figures' })
  reason!: string;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  until!: string | null;

  @ApiProperty({ format: 'date-time', description: 'Instant of its first event' })
  firstAt!: string;

  @ApiProperty({ format: 'date-time' })
  changedAt!: string;

  @ApiProperty()
  regionCode!: string;

  @ApiProperty()
  agencyCode!: string;

  @ApiProperty({ description: 'Agency, and below it the unit' })
  unitPath!: string;

  @ApiProperty()
  recipientUnit!: string;

  @ApiProperty({ type: [String], description: 'unitCode/staffNo of everyone it is about' })
  subjectPersons!: string[];

  @ApiProperty({ type: String, nullable: true })
  itemCode!: string | null;

  @ApiProperty()
  isTest!: boolean;
}

export class AlertPageDto {
  @ApiProperty({ type: [AlertDto] })
  items!: AlertDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Give it as `cursor` for the next page; null: nothing follows',
  })
  next!: string | null;
}
