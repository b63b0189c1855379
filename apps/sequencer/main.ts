import 'reflect-metadata';
import { serveHealth, startProcess } from '#settings/start-process.js';
import { sequencerModule } from './sequencer.module.js';
import { readSettings } from './settings.js';

await startProcess({
  name: 'sequencer',
  readSettings,
  serve: (settings, logger) => serveHealth(sequencerModule(settings, logger), settings.metricsPort),
});
