import { ApiProperty } from '@nestjs/swagger';
import { LEVELS } from '#core/finding.js';

export const PERIODS = ['month', 'quarter', 'year'] as const;
export type Period = (typeof PERIODS)[number];

export const FIGURE_NAMES = [
  'in-progress',
  'raised-today',
  'standing-red',
  'standing-yellow',
  'overdue',
  'held',
  'retracted',
] as const;
export type FigureName = (typeof FIGURE_NAMES)[number];

const QUERY = {
  type: 'object',
  additionalProperties: { type: 'string' },
} as const;

export class LevelCountDto {
  @ApiProperty({ enum: LEVELS })
  level!: string;

  @ApiProperty({ description: 'Level in the language asked for' })
  levelText!: string;

  @ApiProperty()
  count!: number;
}

/** One figure with what it is to be seen against, and the list that it counts. */
export class FigureDto {
  @ApiProperty({ enum: FIGURE_NAMES })
  name!: FigureName;

  @ApiProperty()
  label!: string;

  @ApiProperty({ description: 'What exactly is counted' })
  text!: string;

  @ApiProperty()
  value!: number;

  @ApiProperty({ description: 'What `value` is part of' })
  base!: number;

  @ApiProperty({ description: 'The base as a sentence' })
  baseText!: string;

  @ApiProperty({ description: 'How many of the sources it rests on, and through when' })
  coverageText!: string;

  @ApiProperty({ type: [LevelCountDto], nullable: true })
  byLevel!: LevelCountDto[] | null;

  @ApiProperty({ enum: ['alerts', 'cases'] })
  list!: 'alerts' | 'cases';

  @ApiProperty({
    ...QUERY,
    description: 'With it `/v1/alerts` or `/v1/cases` gives exactly `value` rows',
  })
  query!: Record<string, string>;
}

export class SituationDayDto {
  @ApiProperty({ format: 'date' })
  date!: string;

  @ApiProperty({ format: 'date', description: 'The day after, for `until`' })
  until!: string;

  @ApiProperty()
  notice!: number;

  @ApiProperty()
  yellow!: number;

  @ApiProperty()
  red!: number;
}

export class MatrixRuleDto {
  @ApiProperty()
  ruleId!: string;

  @ApiProperty()
  ruleName!: string;

  @ApiProperty({ description: 'Alerts under it' })
  count!: number;
}

export class MatrixUnitDto {
  @ApiProperty()
  unitCode!: string;

  @ApiProperty()
  unitName!: string;

  @ApiProperty({ description: 'Alerts of the agency, or addressed to it' })
  count!: number;
}

export class MatrixCellDto {
  @ApiProperty()
  ruleId!: string;

  @ApiProperty()
  unitCode!: string;

  @ApiProperty()
  count!: number;
}

/** Alerts of the period by rule and agency. */
export class MatrixDto {
  @ApiProperty({ type: [MatrixRuleDto], description: 'Most alerts first; agencies too' })
  rules!: MatrixRuleDto[];

  @ApiProperty({ type: [MatrixUnitDto] })
  units!: MatrixUnitDto[];

  @ApiProperty({ type: [MatrixCellDto], description: 'Cells that are not 0' })
  cells!: MatrixCellDto[];

  @ApiProperty({ description: 'Alerts counted in all' })
  total!: number;
}

export class SituationDto {
  @ApiProperty({ format: 'date-time', description: 'What the figures speak of' })
  asOf!: string;

  @ApiProperty({ format: 'date', description: 'Its day in China' })
  today!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Instant through which the event log was read; null: nothing was',
  })
  readThrough!: string | null;

  @ApiProperty({ description: 'The log was not read for a while: nothing here speaks of now' })
  stale!: boolean;

  @ApiProperty({ description: 'Through when the sources were evaluated, as a sentence' })
  coverageText!: string;

  @ApiProperty({ enum: PERIODS })
  period!: Period;

  @ApiProperty({ format: 'date', description: 'First day of the period, included' })
  from!: string;

  @ApiProperty({ type: [FigureDto] })
  figures!: FigureDto[];

  @ApiProperty({ description: 'Findings that are held' })
  held!: number;

  @ApiProperty({
    ...QUERY,
    description:
      'What `days` and `matrix` count; with `since` and `until`, or `rule` and `unit`, one of their numbers',
  })
  query!: Record<string, string>;

  @ApiProperty({
    type: [SituationDayDto],
    description: 'Days of the period on which there were any',
  })
  days!: SituationDayDto[];

  @ApiProperty({ type: MatrixDto })
  matrix!: MatrixDto;
}
