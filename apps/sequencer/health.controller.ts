import { Controller, Get, Header, HttpCode, Res } from '@nestjs/common';
import { troubleOf } from '#store/database-trouble.js';
import { SequencerService } from './sequencer.service.js';

interface Reply {
  status(code: number): unknown;
}

/** Readiness, alarms and figures; on a port of its own, on loopback. */
@Controller()
export class HealthController {
  constructor(private readonly sequencer: SequencerService) {}

  @Get('health')
  @HttpCode(200)
  async health(@Res({ passthrough: true }) reply: Reply): Promise<object> {
    try {
      const health = await this.sequencer.health();
      if (!health.ready) reply.status(503);
      return health;
    } catch (error) {
      reply.status(503);
      const reason = `the database does not answer: ${troubleOf(error).text}`;
      return { ready: false, reason, alarms: this.sequencer.alarms.list() };
    }
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  figures(): Promise<string> {
    return this.sequencer.figures();
  }
}
