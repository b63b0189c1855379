import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class FaultDto {
  @ApiProperty({ description: 'Parameter or field at fault' })
  field!: string;

  @ApiProperty({ description: 'What is wrong and what to give instead' })
  text!: string;
}

/** RFC 9457 problem details. */
export class ProblemDto {
  @ApiProperty({ example: 'urn:mingcha:problem:no-such-alert' })
  type!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty()
  status!: number;

  @ApiProperty({ description: 'What happened and what to do, in the language asked for' })
  detail!: string;

  @ApiProperty({ description: 'Path of the request' })
  instance!: string;

  @ApiProperty({ description: 'Names the request in the logs' })
  requestId!: string;

  @ApiPropertyOptional({ type: [FaultDto] })
  errors?: FaultDto[];
}
