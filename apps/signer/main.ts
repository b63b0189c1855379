import 'reflect-metadata';
import { pino } from 'pino';
import { createDeskServer } from '#audit-keys/desk-server.js';
import { sm2Line } from '#audit-keys/sm2.js';
import { StateFolder, StateFolderError } from '#audit-keys/state-folder.js';
import { SettingsError } from '#settings/env-reader.js';
import { readSettings } from './settings.js';

/**
 * The signer: holds the log's key and remembers, outside the database, what it has signed. It signs what follows on that
 * and nothing else, so whoever has the database cannot turn the log back.
 */
const logger = pino({ name: 'signer' }, pino.destination(2));

try {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const state = new StateFolder(settings.stateFolder);
  process.once('exit', () => state.release());
  const app = await createDeskServer({
    name: 'signer',
    logs: new Map([[settings.origin, 'unsigned']]),
    state,
    sign: (text) =>
      settings.keys.map((key) => key.line(text, 0)).join('') +
      (settings.sm2Key === null ? '' : sm2Line(settings.origin, settings.sm2Key, text)),
    token: settings.token,
    logger,
  });
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await app.listen(settings.port, settings.host);
  const { origin } = settings;
  const size = state.last(origin)?.size ?? 0;
  logger.info({ address: await app.getUrl(), origin, size }, 'signs checkpoints');
} catch (error) {
  const known = error instanceof SettingsError || error instanceof StateFolderError;
  if (known) process.stderr.write(`${error.message}\n`);
  else logger.fatal({ err: error }, 'the signer could not start');
  process.exit(known ? 2 : 1);
}
