import 'reflect-metadata';
import { RulebookError } from '#rulebook/load-rules.js';
import { serveHealth, startProcess } from '#settings/start-process.js';
import { monitorModule } from './monitor.module.js';
import { readSettings } from './settings.js';

await startProcess({
  name: 'monitor',
  readSettings,
  serve: (settings, logger) => serveHealth(monitorModule(settings, logger), settings.metricsPort),
  refusals: [RulebookError],
});
