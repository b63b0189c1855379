import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExportScope } from '#evidence/request/export-scope.js';
import { readMaterial } from '#evidence/request/material.js';
import { ANY_CITY } from '#rulebook/city.js';
import { packFolder } from '#rulebook/load-rules.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { sentEvent } from '../api/sent-events.js';
import type { Sent } from '../monitor/monitor-desk.js';
import { STORE } from '../store/sample-step.js';
import { AT, EvidenceOffice, filesOf, textIn, verified } from './office.js';

const N1: ExportScope = { kind: 'case', caseId: 'feed-a/N1' };

let database: TestDatabase;
let office: EvidenceOffice;
let folder: string;

/** An item of the catalogue, published under that id; `day` tells versions apart. */
const item = (id: string, code: string, day: string): Sent => ({
  event: sentEvent('catalog.item-published', {
    id,
    subject: code,
    at: `${day}T09:00`,
    data: { itemCode: code },
  }),
  receivedAt: `${day}T09:00:30+08:00`,
});

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  folder = mkdtempSync(join(tmpdir(), 'mingcha-versions-'));
  // Of an item that no event of the cases names: it stands for "there is a catalogue".
  await office.monitor.take(0, [item('other', '000999999000', '2025-01-02')]);
  await office.monitor.take(0, [item('own-1', '000131013000', '2025-01-03')]);
  await office.run();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await office.close();
  await database.drop();
});

const referencesOf = (files: ReadonlyMap<string, Uint8Array>) =>
  (JSON.parse(textIn(files, 'data/calendar/references.json')) as { event: { id: string } }[]).map(
    ({ event }) => event.id,
  );

describe('versions of reference facts', () => {
  it('that became known after the alert are given with those that it was raised under', async () => {
    await office.monitor.take(0, [item('own-2', '000131013000', '2025-11-01')]);
    const requestNo = await office.request(N1, ['full']);
    await office.log.settle();
    const { bytes } = await office.build(requestNo);
    expect(referencesOf(filesOf(bytes))).toEqual(['own-1', 'own-2']);
    const { exit, said, tally } = verified(bytes, office.log.policy);
    expect([exit, said]).toEqual([0, []]);
    expect(tally.findings).toBeGreaterThan(0);
  });
});

describe('the one fact that stands for a table', () => {
  it('stays the same when its source sends others under the same id later', async () => {
    const unnamed: ExportScope = { kind: 'case', caseId: 'feed-b/P1' };
    await office.monitor.take(0, [
      {
        event: {
          ...sentEvent('approval.received', {
            id: 'p1',
            subject: 'P1',
            at: '2025-09-15T09:10',
            data: { itemCode: '000888888000' },
          }),
          source: 'feed-b',
        },
        receivedAt: '2025-09-15T09:10:30+08:00',
      },
    ]);
    const requestNo = await office.request(unnamed, ['full'], AT + 10);
    await office.log.settle();
    const first = await office.build(requestNo);
    const before = referencesOf(filesOf(first.bytes));
    expect(before).toHaveLength(1);
    for (let day = 1; day <= 9; day += 1)
      await office.monitor.take(0, [item('other', '000999999000', `2025-11-0${day}`)]);
    const versions = await office.monitor.query<{ known: boolean }>(
      "select known_from < '2025-06-01' as known from reference_fact where event_id = 'other' order by digest",
    );
    // Else this test would show nothing: the first by digest is one of the later ones.
    expect(versions.map(({ known }) => known)).toContain(true);
    expect(versions[0]?.known).toBe(false);
    expect((await office.build(requestNo)).digest).toBe(first.digest);
  });
});

describe('versions of rules', () => {
  const packWith = (change: (folder: string, rule: string) => void) => {
    const copy = mkdtempSync(join(folder, 'pack-'));
    cpSync(packFolder('approval'), copy, { recursive: true });
    change(copy, join(copy, 'od', 'OD-02.yaml'));
    return readMaterial([copy], ANY_CITY, office.log.policy);
  };

  it('that came after the alert stand beside the one that it was raised under', async () => {
    const material = packWith((copy, rule) => {
      const text = readFileSync(rule, 'utf8');
      const ended = text.replace(
        'effective: { from: 2007-01-01 }',
        'effective: { from: 2007-01-01, to: 2025-12-31 }',
      );
      const next = text
        .replace('version: 1\n', 'version: 2\n')
        .replace('effective: { from: 2007-01-01 }', 'effective: { from: 2026-01-01 }');
      writeFileSync(rule, ended);
      writeFileSync(join(copy, 'od', 'OD-02-2.yaml'), next);
    });
    const requestNo = await office.request(N1, ['full'], AT + 20, material);
    await office.log.settle();
    const { bytes } = await office.build(requestNo);
    expect(verified(bytes, office.log.policy)).toMatchObject({ exit: 0, said: [] });
  });

  it('that an alert was raised under and that are not there any more are named at the approval', async () => {
    await office.log.checkpoint();
    const material = packWith((_copy, rule) => {
      writeFileSync(rule, readFileSync(rule, 'utf8').replace('version: 1\n', 'version: 2\n'));
    });
    await expect(office.request(N1, ['full'], AT + 30, material)).rejects.toMatchObject({
      reason: 'rules-missing',
      params: { rules: 'OD-02@1' },
    });
  });
});
