import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InLanguage, type Language } from '../language/language.js';
import { Resources } from '../server/resources.js';
import { checkHealth } from './check-health.js';
import { HealthDto, LivenessDto } from './health.dto.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'getHealth',
    summary: 'Readiness: database, event log, and lag of the monitors',
  })
  @ApiOkResponse({ type: HealthDto })
  @ApiResponse({ status: 503, type: HealthDto, description: 'Database or event log is away' })
  async ready(
    @InLanguage() language: Language,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HealthDto> {
    const health = await checkHealth(this.resources, language);
    if (health.status !== 'ok') reply.status(503);
    return health;
  }

  @Get('live')
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Liveness: the process answers' })
  @ApiOkResponse({ type: LivenessDto })
  live(): LivenessDto {
    return { status: 'ok' };
  }
}
