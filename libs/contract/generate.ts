import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { type EventOrigin, VOCABULARY } from '#core/event/vocabulary.js';
import { asyncApi } from './async-api.js';
import { commonSchema, eventSchema } from './event-schema.js';
import { exampleOf } from './example-values.js';
import { QUARANTINED, quarantineSchema, supervisionSchema } from './outgoing-schema.js';
import { vocabularyTable } from './vocabulary-table.js';

const OWNED = ['schema', 'examples'];

function typesOf(origin: EventOrigin) {
  return [...VOCABULARY.values()].filter((type) => type.origin === origin);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Every generated file of the contract, by its path within `libs/contract`. A pure function of the vocabulary. */
export function contractFiles(): Map<string, string> {
  const sourceTypes = typesOf('source');
  // What the topic of alerts carries: alerts, and the auditor's word that the trail does not fit.
  const alertTypes = typesOf('supervision').filter(
    ({ stream, type }) => stream === 'alert' || type === 'audit.broken',
  );
  return new Map([
    ['schema/common.json', json(commonSchema())],
    [`schema/${QUARANTINED}.json`, json(quarantineSchema())],
    ...sourceTypes.map((type) => [`schema/${type.type}.json`, json(eventSchema(type))] as const),
    ...alertTypes.map(
      (type) => [`schema/${type.type}.json`, json(supervisionSchema(type))] as const,
    ),
    ...sourceTypes.map((type) => [`examples/${type.type}.json`, json(exampleOf(type))] as const),
    ['vocabulary.md', vocabularyTable(sourceTypes)],
    ['asyncapi.yaml', stringify(asyncApi(sourceTypes, alertTypes), { lineWidth: 0 })],
  ]);
}

/** Writes the files below `folder` and removes generated files that are no longer generated. */
export async function writeContract(folder: string): Promise<void> {
  const files = contractFiles();
  for (const owned of OWNED) {
    await mkdir(join(folder, owned), { recursive: true });
    for (const name of await readdir(join(folder, owned))) {
      if (!files.has(`${owned}/${name}`)) await rm(join(folder, owned, name));
    }
  }
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

// After `npm run build`, from the root of the project: node dist/libs/contract/generate.js
const [, script] = argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  await writeContract('libs/contract');
}
