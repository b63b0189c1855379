import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { HealthController } from './health.controller.js';
import { SequencerMetrics } from './metrics.js';
import { LOGGER, SETTINGS, SequencerService } from './sequencer.service.js';
import type { SequencerSettings } from './settings.js';

@Module({})
class SequencerModule {}

/** The sequencer with its settings and logger. */
export function sequencerModule(settings: SequencerSettings, logger: Logger): DynamicModule {
  return {
    module: SequencerModule,
    controllers: [HealthController],
    providers: [
      { provide: SETTINGS, useValue: settings },
      { provide: LOGGER, useValue: logger },
      SequencerMetrics,
      SequencerService,
    ],
  };
}
