import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { createApp } from '../server/create-app.js';
import { Resources } from '../server/resources.js';
import { readSettings } from '../settings.js';
import { apiDocument } from './api-document.js';

/** Text of libs/contract/openapi.json. Needs no database and no log: nothing connects. */
export async function openApiText(): Promise<string> {
  const settings = readSettings({
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
  });
  const resources = new Resources({ ...settings, rulePlaces: [] }, pino({ level: 'silent' }));
  const app = await createApp(resources);
  try {
    return `${JSON.stringify(apiDocument(app), null, 2)}\n`;
  } finally {
    await app.close();
    await resources.close();
  }
}

// After `npm run build`, from the root of the project: node dist/apps/api/openapi/write-openapi.js
const [, script] = argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  await writeFile('libs/contract/openapi.json', await openApiText());
}
