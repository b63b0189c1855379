import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AuditorService, LOGGER, SETTINGS } from './auditor.service.js';
import { HealthController } from './health.controller.js';
import { AuditorMetrics } from './metrics.js';
import type { AuditorSettings } from './settings.js';

@Module({})
class AuditorModule {}

/** The auditor with its settings and logger. */
export function auditorModule(settings: AuditorSettings, logger: Logger): DynamicModule {
  return {
    module: AuditorModule,
    controllers: [HealthController],
    providers: [
      { provide: SETTINGS, useValue: settings },
      { provide: LOGGER, useValue: logger },
      AuditorMetrics,
      AuditorService,
    ],
  };
}
