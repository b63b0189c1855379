import { type DynamicModule, Module } from '@nestjs/common';
import { AlertStreamController } from './alerts/alert-stream.controller.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { LogController } from './audit-log/log.controller.js';
import { ProofsController } from './audit-log/proofs.controller.js';
import { CasesController } from './cases/cases.controller.js';
import { CoverageController } from './coverage/coverage.controller.js';
import { EventsController } from './events/events.controller.js';
import { HealthController } from './health/health.controller.js';
import { QuarantineController } from './quarantine/quarantine.controller.js';
import { Resources } from './server/resources.js';
import { SituationController } from './situation/situation.controller.js';

@Module({})
export class AppModule {}

/** Every endpoint over one set of resources. */
export function appModule(resources: Resources): DynamicModule {
  return {
    module: AppModule,
    // The stream comes before `/v1/alerts/:alertId`, which would take its path for an id.
    controllers: [
      EventsController,
      AlertStreamController,
      AlertsController,
      CasesController,
      CoverageController,
      QuarantineController,
      SituationController,
      LogController,
      ProofsController,
      HealthController,
    ],
    providers: [{ provide: Resources, useValue: resources }],
  };
}
