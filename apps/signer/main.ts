import 'reflect-metadata';
import { createDeskServer } from '#audit-keys/desk-server.js';
import { sm2Line } from '#audit-keys/sm2.js';
import { StateFolder, StateFolderError } from '#audit-keys/state-folder.js';
import { startProcess } from '#settings/start-process.js';
import { readSettings } from './settings.js';

/**
 * The signer: holds the log's key and remembers, outside the database, what it has signed. It signs what follows on that
 * and nothing else, so whoever has the database cannot turn the log back.
 */
await startProcess({
  name: 'signer',
  readSettings,
  refusals: [StateFolderError],
  serve: async (settings, logger) => {
    const { origin, keys, sm2Key, token, port } = settings;
    const state = new StateFolder(settings.stateFolder);
    process.once('exit', () => state.release());
    const app = await createDeskServer({
      name: 'signer',
      logs: new Map([[origin, 'unsigned']]),
      state,
      sign: (text) =>
        keys.map((key) => key.line(text, 0)).join('') +
        (sm2Key === null ? '' : sm2Line(origin, sm2Key, text)),
      token,
      logger,
    });
    const size = state.last(origin)?.size ?? 0;
    return { app, port, told: 'signs checkpoints', facts: { origin, size } };
  },
});
