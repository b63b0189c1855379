import 'reflect-metadata';
import { serveHealth, startProcess } from '#settings/start-process.js';
import { notifierModule } from './notifier.module.js';
import { readSettings } from './settings.js';

await startProcess({
  name: 'notifier',
  readSettings,
  serve: (settings, logger) => serveHealth(notifierModule(settings, logger), settings.metricsPort),
});
