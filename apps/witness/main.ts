import 'reflect-metadata';
import { pino } from 'pino';
import { createDeskServer } from '#audit-keys/desk-server.js';
import { StateFolder, StateFolderError } from '#audit-keys/state-folder.js';
import { SettingsError } from '#settings/env-reader.js';
import { readSettings } from './settings.js';

/**
 * A witness (C2SP tlog-witness), run by another office than the log: it cosigns a log's checkpoint where the tree has only
 * grown since the last one that it saw. A log can then not show two histories without all of its witnesses.
 */
const logger = pino({ name: 'witness' }, pino.destination(2));

try {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const state = new StateFolder(settings.stateFolder);
  process.once('exit', () => state.release());
  const app = await createDeskServer({
    name: 'witness',
    logs: settings.logs,
    state,
    sign: (text) => settings.key.line(text, Math.floor(Date.now() / 1_000)),
    token: null,
    logger,
  });
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await app.listen(settings.port, settings.host);
  const logs = [...settings.logs.keys()];
  logger.info(
    { address: await app.getUrl(), name: settings.key.name, logs },
    'cosigns checkpoints',
  );
} catch (error) {
  const known = error instanceof SettingsError || error instanceof StateFolderError;
  if (known) process.stderr.write(`${error.message}\n`);
  else logger.fatal({ err: error }, 'the witness could not start');
  process.exit(known ? 2 : 1);
}
