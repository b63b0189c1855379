import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { HealthController } from './health.controller.js';
import { MonitorMetrics } from './metrics.js';
import { LOGGER, MonitorService, SETTINGS } from './monitor.service.js';
import type { MonitorSettings } from './settings.js';

@Module({})
class MonitorModule {}

/** The monitor with its settings and logger. */
export function monitorModule(settings: MonitorSettings, logger: Logger): DynamicModule {
  return {
    module: MonitorModule,
    controllers: [HealthController],
    providers: [
      { provide: SETTINGS, useValue: settings },
      { provide: LOGGER, useValue: logger },
      MonitorMetrics,
      MonitorService,
    ],
  };
}
