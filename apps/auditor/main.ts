import 'reflect-metadata';
import { AuditorStateError } from '#audit-keys/auditor-state.js';
import { serveHealth, startProcess } from '#settings/start-process.js';
import { auditorModule } from './auditor.module.js';
import { readSettings } from './settings.js';

await startProcess({
  name: 'auditor',
  readSettings,
  serve: (settings, logger) => serveHealth(auditorModule(settings, logger), settings.metricsPort),
  refusals: [AuditorStateError],
});
