import { ApiProperty } from '@nestjs/swagger';

export const QUARANTINE_STATES = ['waiting', 'repaired', 'released'] as const;

/** A record that breaks the contract. Its bytes are not shown: they may hold personal data. */
export class QuarantinedDto {
  @ApiProperty({ description: 'Place in the event log: topic/partition/offset' })
  quarantineId!: string;

  @ApiProperty({ format: 'date-time' })
  receivedAt!: string;

  @ApiProperty({ example: 'missing-field' })
  reason!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Path of the field at fault' })
  field!: string | null;

  @ApiProperty({ description: 'What is wrong' })
  text!: string;

  @ApiProperty({ description: 'What to do about it' })
  repair!: string;

  @ApiProperty({ type: String, nullable: true, description: 'As far as it could be read' })
  source!: string | null;

  @ApiProperty({ type: String, nullable: true })
  eventId!: string | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Null: the record had no bytes' })
  bytes!: number | null;

  @ApiProperty({ description: 'Hex SHA-256 of the bytes' })
  digest!: string;

  @ApiProperty({ enum: QUARANTINE_STATES })
  state!: string;

  @ApiProperty()
  stateText!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  decidedAt!: string | null;

  @ApiProperty({ type: String, nullable: true })
  decidedBy!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why it was decided so' })
  reasonText!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Place of the corrected record' })
  repairedBy!: string | null;
}

export class QuarantinePageDto {
  @ApiProperty({ type: [QuarantinedDto] })
  items!: QuarantinedDto[];

  @ApiProperty({ type: String, nullable: true })
  next!: string | null;
}
