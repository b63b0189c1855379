import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { HealthController } from './health.controller.js';
import { NotifierMetrics } from './metrics.js';
import { LOGGER, NotifierService, SETTINGS } from './notifier.service.js';
import type { NotifierSettings } from './settings.js';

@Module({})
class NotifierModule {}

/** The notifier with its settings and logger. */
export function notifierModule(settings: NotifierSettings, logger: Logger): DynamicModule {
  return {
    module: NotifierModule,
    controllers: [HealthController],
    providers: [
      { provide: SETTINGS, useValue: settings },
      { provide: LOGGER, useValue: logger },
      NotifierMetrics,
      NotifierService,
    ],
  };
}
