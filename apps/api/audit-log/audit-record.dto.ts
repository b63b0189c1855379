import { ApiProperty } from '@nestjs/swagger';

/** One record of the audit trail with its place in the log. */
export class AuditLogRecordDto {
  @ApiProperty({ example: 'case:bd-lcq-spj/LC-2025-2201#3' })
  id!: string;

  @ApiProperty({ description: 'The text that was hashed, byte for byte (RFC 8785)' })
  leaf!: string;

  @ApiProperty({ description: 'Hex SHA-256(0x00 || leaf)' })
  leafHash!: string;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Place in the log, from 0; null while it waits for one',
  })
  leafIndex!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Size of the newest checkpoint that covers it; null where none does yet',
  })
  checkpointSize!: number | null;
}
