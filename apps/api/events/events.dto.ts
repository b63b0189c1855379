import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { REJECT_REASONS, type RejectReason } from '#core/event/rejection.js';

export class RecordOutcomeDto {
  @ApiProperty({ description: 'Place in the batch, from 0' })
  index!: number;

  @ApiProperty({
    enum: ['accepted', 'quarantined'],
    description:
      'Both are in the event log. `quarantined`: the record breaks the contract and waits for repair.',
  })
  outcome!: 'accepted' | 'quarantined';

  @ApiProperty({ type: String, nullable: true, description: 'As far as it could be read' })
  id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  source!: string | null;

  @ApiPropertyOptional({ enum: REJECT_REASONS, description: 'Only where quarantined' })
  reason?: RejectReason;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Path of the field at fault within the event; null: the record as a whole',
  })
  field?: string | null;

  @ApiPropertyOptional({ description: 'What is wrong, in the language asked for' })
  text?: string;

  @ApiPropertyOptional({ description: 'What to do about it' })
  repair?: string;
}

export class TakenDto {
  @ApiProperty({ description: 'Records written to the event log' })
  records!: number;

  @ApiProperty()
  accepted!: number;

  @ApiProperty()
  quarantined!: number;

  @ApiProperty({ type: [RecordOutcomeDto], description: 'One for each record, in its order' })
  outcomes!: RecordOutcomeDto[];
}

/** A CloudEvent 1.0 in structured mode; the full schemas are in libs/contract/schema. */
export class CloudEventDto {
  @ApiProperty({ enum: ['1.0'] })
  specversion!: string;

  @ApiProperty({ description: 'Unique within `source`' })
  id!: string;

  @ApiProperty({ description: 'Code of the sending system' })
  source!: string;

  @ApiProperty({ example: 'approval.accepted' })
  type!: string;

  @ApiProperty({ description: 'Case number 办件编号' })
  subject!: string;

  @ApiProperty({ format: 'date-time', description: 'When it happened, with offset' })
  time!: string;

  @ApiProperty({ type: Object, description: 'Envelope and own fields of the type' })
  data!: object;
}
