import { ApiProperty } from '@nestjs/swagger';

/** A case as lists show it. */
export class CaseRowDto {
  @ApiProperty()
  caseId!: string;

  @ApiProperty({ type: String, nullable: true })
  itemCode!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'As the catalogue calls it' })
  itemName!: string | null;

  @ApiProperty()
  agencyCode!: string;

  @ApiProperty({ description: 'Its code where the city file has no name for it' })
  agencyName!: string;

  @ApiProperty()
  regionCode!: string;

  @ApiProperty({ description: 'Its code where the city file has no name for it' })
  regionName!: string;

  @ApiProperty({ enum: ['open', 'closed'] })
  openState!: string;

  @ApiProperty({ description: 'The same in the language asked for' })
  openText!: string;

  @ApiProperty({ format: 'date-time', description: 'Instant through which it was judged' })
  asOf!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Next instant at which what is said of it can change by itself',
  })
  nextDueAt!: string | null;

  @ApiProperty({ description: 'Alerts on it, in whatever state: what `/v1/alerts?case=` lists' })
  alerts!: number;
}

export class CasePageDto {
  @ApiProperty({ type: [CaseRowDto] })
  items!: CaseRowDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Give it as `cursor` for the next page; null: nothing follows',
  })
  next!: string | null;
}
