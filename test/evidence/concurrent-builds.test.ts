import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildExport } from '#evidence/bundle/build-export.js';
import { type Pin, pinRequest } from '#evidence/gather/pin.js';
import { readCheckpoints } from '#evidence/gather/read-checkpoints.js';
import type { ExportScope } from '#evidence/request/export-scope.js';
import { loadExportEvents, loadRequest } from '#evidence/request/load-requests.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { mingcha } from '../cli/run-mingcha.js';
import { STORE } from '../store/sample-step.js';
import { AT, EvidenceOffice, heartbeat, MASTER_KEY, twoCases } from './office.js';

const N1: ExportScope = { kind: 'case', caseId: 'feed-a/N1' };
const DOING = { actor: '张某', at: AT + 120_000 };

let database: TestDatabase;
let office: EvidenceOffice;

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  // A signed state after every step, so that there is more than one that could be carried.
  await office.monitor.take(0, twoCases());
  for (const day of ['2025-09-20', '2025-09-25', '2025-09-30', '2025-10-15']) {
    await office.log.checkpoint();
    await office.monitor.tick(`${day}T10:00:00+08:00`);
    await office.monitor.take(0, [heartbeat(`${day}T11:00`)]);
    await office.monitor.tick(`${day}T12:00:00+08:00`);
  }
});

afterAll(async () => {
  await office.close();
  await database.drop();
});

const kindsOf = async (requestNo: string): Promise<string[]> => {
  const events = await loadExportEvents(office.writer.pool, requestNo);
  return events.map(({ kind }) => kind);
};

const buildOnce = (requestNo: string, tools = office.tools) =>
  buildExport(
    office.writer,
    { requestNo, edition: 'full', persons: ['张某', '李某'], waitSeconds: 5 },
    tools,
    { actor: '张某', now: () => AT + 120_000, keep: async () => undefined },
  );

describe('first builds of one request at once', () => {
  it('by two processes give the same file, and one pinned state', async () => {
    const requestNo = await office.request(N1, ['full']);
    const folder = mkdtempSync(join(tmpdir(), 'mingcha-twice-'));
    const env = {
      DATABASE_URL: database.url,
      MINGCHA_MASTER_KEY: MASTER_KEY.toString('hex'),
      MINGCHA_EXPORT_KEY: office.log.exportKeyFile,
      MINGCHA_ORGANIZATION: '某市纪检监察机关',
    };
    writeFileSync(join(folder, 'policy.txt'), office.log.policy);
    const file = (name: string) => join(folder, `${name}.zip`);
    const running = ['one', 'other'].map((name) =>
      mingcha(
        [
          ...['export', 'build', requestNo, '--person', 'a', '--person', 'b'],
          ...['--out', file(name), '--wait', '60'],
        ],
        env,
      ),
    );
    await sleep(1_500);
    await office.log.settle();
    const ended = await Promise.all(running);
    expect(ended.map(({ code, err }) => [code, err])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const digests = ['one', 'other'].map((name) =>
      createHash('sha256')
        .update(readFileSync(file(name)))
        .digest('hex'),
    );
    expect(new Set(digests).size).toBe(1);
    expect(await kindsOf(requestNo)).toEqual(['requested', 'approved', 'pinned', 'built', 'built']);
    rmSync(folder, { recursive: true, force: true });
  });

  it('pin one state, whichever each of them would have taken', async () => {
    const requestNo = await office.request(N1, ['full'], AT + 10);
    const request = await loadRequest(office.writer.pool, requestNo);
    await office.log.settle();
    const pins = await Promise.all(
      [1, 2, 3].map(() => pinRequest(office.writer, request, DOING, 5)),
    );
    expect(new Set(pins.map(({ treeSize }) => treeSize)).size).toBe(1);
    expect(await kindsOf(requestNo)).toEqual(['requested', 'approved', 'pinned']);
    // One that read the request before the other was ready takes what was pinned, not what came since.
    await buildOnce(requestNo);
    await office.log.settle();
    const late = await pinRequest(office.writer, request, DOING, 5);
    expect(late.treeSize).toBe(pins[0]?.treeSize);
    expect(await kindsOf(requestNo)).toEqual(['requested', 'approved', 'pinned', 'built']);
  });

  it('that came out otherwise leave one of them: the other is refused', async () => {
    const requestNo = await office.request(N1, ['full'], AT + 20);
    await office.log.settle();
    const newer = { ...office.tools, software: { name: 'mingcha', version: '0.0.1-test' } };
    const outcomes = await Promise.allSettled([buildOnce(requestNo), buildOnce(requestNo, newer)]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { reason: 'other-bytes' } }]);
    expect(await kindsOf(requestNo)).toEqual(['requested', 'approved', 'pinned', 'built']);
  });
});

describe('earlier signed states that a bundle carries', () => {
  it('are those of the first build, also for one that looked for them at the same time', async () => {
    const requestNo = await office.request({ kind: 'case', caseId: 'feed-a/N2' }, ['full']);
    await office.log.settle();
    const { pool } = office.writer;
    const pin: Pin = await pinRequest(office.writer, await loadRequest(pool, requestNo), DOING, 5);
    const scope: ExportScope = { kind: 'case', caseId: 'feed-a/N2' };
    const client = await pool.connect();
    try {
      await client.query('begin');
      const first = await readCheckpoints(client, scope, pin, [0]);
      expect(first).toHaveLength(1);
      // As if more states had become complete meanwhile.
      const second = readCheckpoints(pool, scope, pin, [0, first[0]?.size ?? 0]);
      await sleep(300);
      await client.query('commit');
      expect((await second).map(({ size }) => size)).toEqual(first.map(({ size }) => size));
    } finally {
      client.release();
    }
  });
});
