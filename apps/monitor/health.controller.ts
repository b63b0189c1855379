import { Controller, Get, Header, HttpCode, Res } from '@nestjs/common';
import { troubleOf } from '#store/database-trouble.js';
import { MonitorMetrics } from './metrics.js';
import { MonitorService } from './monitor.service.js';

interface Reply {
  status(code: number): unknown;
}

/** Liveness, readiness and figures; on a port of its own, on loopback. */
@Controller()
export class HealthController {
  constructor(
    private readonly monitor: MonitorService,
    private readonly metrics: MonitorMetrics,
  ) {}

  @Get('health')
  @HttpCode(200)
  async health(@Res({ passthrough: true }) reply: Reply): Promise<object> {
    try {
      const health = await this.monitor.health();
      if (!health.ready) reply.status(503);
      return health;
    } catch (error) {
      reply.status(503);
      return { ready: false, state: 'running', reason: `${troubleOf(error).text}.` };
    }
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  figures(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
