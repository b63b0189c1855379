import 'reflect-metadata';
import { createDeskServer } from '#audit-keys/desk-server.js';
import { StateFolder, StateFolderError } from '#audit-keys/state-folder.js';
import { startProcess } from '#settings/start-process.js';
import { readSettings } from './settings.js';

/**
 * A witness (C2SP tlog-witness), run by another office than the log: it cosigns a log's checkpoint where the tree has only
 * grown since the last one that it saw. A log can then not show two histories without all of its witnesses.
 */
await startProcess({
  name: 'witness',
  readSettings,
  refusals: [StateFolderError],
  serve: async ({ key, logs, stateFolder, port }, logger) => {
    const state = new StateFolder(stateFolder);
    process.once('exit', () => state.release());
    const app = await createDeskServer({
      name: 'witness',
      logs,
      state,
      sign: (text) => key.line(text, Math.floor(Date.now() / 1_000)),
      token: null,
      logger,
    });
    const facts = { name: key.name, logs: [...logs.keys()] };
    return { app, port, told: 'cosigns checkpoints', facts };
  },
});
