import { Controller, Get, Header, HttpCode, Res } from '@nestjs/common';
import { troubleOf } from '#store/database-trouble.js';
import { NotifierService } from './notifier.service.js';

interface Reply {
  status(code: number): unknown;
}

/** Readiness and figures; on a port of its own, on loopback. */
@Controller()
export class HealthController {
  constructor(private readonly notifier: NotifierService) {}

  @Get('health')
  @HttpCode(200)
  async health(@Res({ passthrough: true }) reply: Reply): Promise<object> {
    try {
      const health = await this.notifier.health();
      if (!health.ready) reply.status(503);
      return health;
    } catch (error) {
      reply.status(503);
      const reason = troubleOf(error).text;
      return { ready: false, reason: `the database does not answer: ${reason}`, waiting: [] };
    }
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  figures(): Promise<string> {
    return this.notifier.figures();
  }
}
