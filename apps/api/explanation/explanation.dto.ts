import { ApiProperty } from '@nestjs/swagger';

/** One day of the arithmetic, as the core counted it. */
export class DayDto {
  @ApiProperty({ format: 'date' })
  date!: string;

  @ApiProperty({ enum: ['workday', 'make-up', 'weekend', 'holiday'] })
  kind!: 'workday' | 'make-up' | 'weekend' | 'holiday';

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Running number of the counted day; null: the day does not count',
  })
  count!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'Number of the pause or outage' })
  stop!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Name of the holiday' })
  note!: string | null;

  @ApiProperty({ description: 'The yearly notice was not published yet' })
  provisional!: boolean;
}

/** Node of the explanation tree: data and the same as a sentence. */
export class ExplanationDto {
  @ApiProperty({ example: 'window.deadline' })
  key!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Figures by name; days as YYYY-MM-DD, instants as RFC 3339',
  })
  params!: Record<string, string | number | boolean | null>;

  @ApiProperty({ description: 'The node as a sentence, in the language asked for' })
  text!: string;

  @ApiProperty({ type: () => [ExplanationDto] })
  children!: ExplanationDto[];

  @ApiProperty({ type: [DayDto], nullable: true })
  days!: DayDto[] | null;
}
