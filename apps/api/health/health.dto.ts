import { ApiProperty } from '@nestjs/swagger';

export class PartHealthDto {
  @ApiProperty({ enum: ['ok', 'away'] })
  status!: 'ok' | 'away';

  @ApiProperty({ type: Number, nullable: true, description: 'Milliseconds that the answer took' })
  answeredInMs!: number | null;

  @ApiProperty()
  text!: string;
}

export class LagDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'Every record that the log took before it is judged and saved; null: nothing read yet',
  })
  consumedThrough!: string | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Seconds behind the clock' })
  behindSeconds!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Cases due and not judged yet' })
  casesDue!: number | null;
}

export class HealthDto {
  @ApiProperty({ enum: ['ok', 'not-ready'] })
  status!: 'ok' | 'not-ready';

  @ApiProperty({ type: PartHealthDto })
  database!: PartHealthDto;

  @ApiProperty({ type: PartHealthDto })
  eventLog!: PartHealthDto;

  @ApiProperty({ type: LagDto, description: 'Of the monitors; does not decide on readiness' })
  lag!: LagDto;
}

export class LivenessDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}
