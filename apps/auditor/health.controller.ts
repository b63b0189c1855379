import { Controller, Get, Header, HttpCode, Res } from '@nestjs/common';
import { AuditorService } from './auditor.service.js';

interface Reply {
  status(code: number): unknown;
}

/** Whether the trail is whole, and figures; on a port of its own. */
@Controller()
export class HealthController {
  constructor(private readonly auditor: AuditorService) {}

  @Get('health')
  @HttpCode(200)
  health(@Res({ passthrough: true }) reply: Reply): object {
    const health = this.auditor.health();
    if (!health.ready) reply.status(503);
    return health;
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  figures(): Promise<string> {
    return this.auditor.figures();
  }
}
