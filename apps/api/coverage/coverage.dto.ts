import { ApiProperty } from '@nestjs/swagger';

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

  @ApiProperty()
  text!: string;
}

export class CoverageListDto {
  @ApiProperty({ type: [CoverageDto] })
  items!: CoverageDto[];
}
