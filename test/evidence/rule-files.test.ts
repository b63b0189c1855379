import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readMaterial } from '#evidence/request/material.js';
import { ANY_CITY } from '#rulebook/city.js';
import { packFolder } from '#rulebook/load-rules.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { EvidenceOffice, filesOf, textIn, verified } from './office.js';

let database: TestDatabase;
let office: EvidenceOffice;
let folder: string;

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  await office.run();
  folder = mkdtempSync(join(tmpdir(), 'mingcha-rules-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await office.close();
  await database.drop();
});

/** The rules that come along, in two places called `rules`; each file has a name of one Chinese character and is in no folder. */
function placesOfOneName(): string[] {
  const places = ['city', 'province'].map((owner) => join(folder, owner, 'rules'));
  for (const place of places) mkdirSync(place, { recursive: true });
  const pack = packFolder('approval');
  const files = readdirSync(pack, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yaml'),
  );
  files.forEach((name, index) => {
    const place = places[index % 2] as string;
    const copy = join(place, 'copy.yaml');
    cpSync(join(pack, name), copy);
    renameSync(copy, join(place, `${String.fromCodePoint(0x4e00 + index)}.yaml`));
  });
  return places;
}

describe('rule files whose names a bundle cannot hold, or that are called the same', () => {
  it('all stand in the bundle, and its findings are reached with them again', async () => {
    const material = readMaterial(placesOfOneName(), ANY_CITY, office.log.policy);
    const scope = { kind: 'case', caseId: 'feed-a/N1' } as const;
    const requestNo = await office.request(scope, ['full'], undefined, material);
    await office.log.settle();
    const { bytes } = await office.build(requestNo);
    const files = filesOf(bytes);
    const { rules } = JSON.parse(textIn(files, 'data/rules/index.json')) as {
      rules: { file: string; ruleId: string }[];
    };
    expect(new Set(rules.map(({ file }) => file)).size).toBe(material.rules.length);
    expect(verified(bytes, office.log.policy)).toMatchObject({ exit: 0, said: [] });
  });
});
