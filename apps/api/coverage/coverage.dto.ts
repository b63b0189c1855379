import { ApiProperty } from '@nestjs/swagger';
import { SOURCE_STATES, type SourceState } from './source-state.js';

export class GapDto {
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ description: 'As it is kept, such as `records-lost mingcha.events/3 100-250`' })
  reason!: string;

  @ApiProperty({ description: 'What it means, in the language asked for' })
  text!: string;
}

/** What is known of one source, over all partitions that its records come from. */
export class CoverageDto {
  @ApiProperty()
  source!: string;

  @ApiProperty({ description: 'False: records whose source could not be read, under one name' })
  named!: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Least of its partitions: the source is evaluated through here everywhere',
  })
  evaluatedThrough!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Most' })
  heardThrough!: string | null;

  @ApiProperty({ description: 'Partitions that its records came from' })
  lanes!: number;

  @ApiProperty({ type: [GapDto], description: 'Gaps that are open' })
  gaps!: GapDto[];

  @ApiProperty({ description: 'Records that came later than agreed' })
  late!: number;

  @ApiProperty({ description: 'Records in quarantine, ever' })
  quarantined!: number;

  @ApiProperty({
    enum: SOURCE_STATES,
    description:
      'current; silent: nothing evaluated for longer than its agreed delay; gap: a gap is open; unheard: never heard; ' +
      'unreadable: sent only records that broke the contract; ' +
      'on-change: delivers catalogue, postings or calendars when they change, so that its silence says nothing',
  })
  state!: SourceState;

  @ApiProperty()
  stateText!: string;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'From `evaluatedThrough` to `asOf`, in minutes',
  })
  delayMinutes!: number | null;

  @ApiProperty({ description: 'The same in words' })
  delayText!: string;

  @ApiProperty({ description: 'Longest delay that was agreed with the source' })
  agreedDelayHours!: number;

  @ApiProperty()
  text!: string;
}

export class CoverageListDto {
  @ApiProperty({ format: 'date-time', description: 'Instant that delays are counted to' })
  asOf!: string;

  @ApiProperty({ type: [CoverageDto] })
  items!: CoverageDto[];
}
