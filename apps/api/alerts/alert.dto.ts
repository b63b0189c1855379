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

type AlertState = (typeof ALERT_STATES)[number];

const NEVER_TOLD: readonly AlertState[] = ['held', 'covered', 'silenced'];

/** States of alerts that went out to people and were not taken back. */
export const TOLD_STATES = ALERT_STATES.filter(
  (state) => state !== 'retracted' && !NEVER_TOLD.includes(state),
);

/** States in which something is still to be done about an alert. */
export const STANDING_STATES = [
  'raised',
  'signed-for',
  'screening',
  'reminded',
  'oversight',
  'rectifying',
  'under-review',
] as const satisfies readonly AlertState[];

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

  @ApiProperty({ description: 'Its code where the city file has no name for it' })
  regionName!: string;

  @ApiProperty()
  agencyCode!: string;

  @ApiProperty({ description: 'Its code where the city file has no name for it' })
  agencyName!: string;

  @ApiProperty({ description: 'Agency, and below it the unit' })
  unitPath!: string;

  @ApiProperty()
  recipientUnit!: string;

  @ApiProperty({ description: 'Its code where the city file has no name for it' })
  recipientName!: string;

  @ApiProperty({ type: [String], description: 'unitCode/staffNo of everyone it is about' })
  subjectPersons!: string[];

  @ApiProperty({ type: String, nullable: true })
  itemCode!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'As the catalogue calls it' })
  itemName!: string | null;

  @ApiProperty({
    type: String,
    format: 'date',
    nullable: true,
    description:
      'Last day, included, of what is to be done next: signing for it, one working day of its region after it was ' +
      'raised; null where nothing is asked of anybody',
  })
  dueOn!: string | null;

  @ApiProperty({ description: 'What is to be done by when; a dash where nothing is' })
  dueText!: string;

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
