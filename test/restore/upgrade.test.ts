import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { MIGRATIONS, migrate } from '#store/data-source.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { LogDesk } from '#test/evidence/log-desk.js';
import { compare } from '#test/sequencer/records.js';
import { mingcha, start } from '../cli/run-mingcha.js';
import { leafHashOf, rootOfLeaves } from './independent-root.js';
import { fillAsBefore, migrateAsBefore, OLD_MASTER_KEY, oldData } from './old-database.js';

const rowsOf = (table: string) =>
  oldData()
    .tables.filter((one) => one.table === table || one.parent === table)
    .flatMap(({ text }) => text.split('\n').filter(Boolean)).length;

describe('a database of the version before the hash tree, with its data', () => {
  let database: TestDatabase;
  let admin: Client;
  let policy = '';

  beforeAll(async () => {
    database = await createDatabase();
    await migrateAsBefore(database.url);
    admin = new Client({ connectionString: database.url });
    await admin.connect();
    await fillAsBefore(admin);
  });
  afterAll(async () => {
    await admin?.end();
    await database?.drop();
  });

  async function countAll(tables: readonly string[]): Promise<number[]> {
    const counts = tables.map((table) => `(select count(*)::int from ${table})`);
    const { rows } = await admin.query<{ n: number[] }>(`select array[${counts.join(', ')}] as n`);
    return rows[0]?.n ?? [];
  }

  it('is migrated to the newest and loses nothing', async () => {
    const tables = ['audit_record', 'event', 'finding', 'alert', 'alert_event', 'outbox'] as const;
    const before = await countAll(tables);
    expect(before).toEqual(tables.map(rowsOf));
    expect(before[0]).toBe(66);
    const { applied, before: known } = await migrate(database.url);
    expect([known, applied]).toEqual([9, MIGRATIONS.slice(9).map(({ name }) => name)]);
    expect(await countAll(tables)).toEqual(before);
  });

  it('gives every record of before its leaf, and the root is that of all of them', async () => {
    const desk = new LogDesk(database.url);
    try {
      expect(await desk.checkpoint()).toBe(66);
      policy = desk.policy;
    } finally {
      await desk.close();
    }
    expect(await compare(admin)).toEqual({ records: 66, leaves: 66, wrong: 0, gaps: 0 });
    const { rows } = await admin.query<{ leaf: string; hash: Buffer }>(
      `select r.leaf, l.leaf_hash as hash from audit_leaf l join audit_record r using (record_no) order by l.leaf_index`,
    );
    expect(rows.map(({ hash }) => hash)).toEqual(rows.map(({ leaf }) => leafHashOf(leaf)));
    const { rows: tree } = await admin.query<{ root: Buffer }>('select root from audit_tree');
    expect(tree[0]?.root).toEqual(rootOfLeaves(rows.map(({ hash }) => hash)));
  });

  it('is judged whole: records, leaves, tree, checkpoint and chains fit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mingcha-upgrade-'));
    try {
      const keys = join(folder, 'trusted-keys');
      writeFileSync(keys, policy);
      // The old data are of a simulation, whose records bear the times of its city.
      const args = ['--keys', keys, '--record-time', '--lang', 'en'];
      const { code, out } = await mingcha(['verify', '--database', database.url, ...args]);
      expect([code, out]).toEqual([
        0,
        expect.stringMatching(/Verified 66 records, .* 1 checkpoints/),
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses a change of what it held before, also to the owner', async () => {
    await expect(admin.query("update audit_record set actor = 'x'")).rejects.toThrow('refused');
    await expect(admin.query('delete from event')).rejects.toThrow('refused');
    await expect(admin.query('delete from case_key')).rejects.toThrow('refused');
  });

  it('is answered from by the new API, which opens what was sealed before', async () => {
    const env = {
      DATABASE_URL: database.url,
      EVENT_LOG: 'inbox',
      MINGCHA_MASTER_KEY: OLD_MASTER_KEY,
      MINGCHA_API_PORT: '0',
      MINGCHA_METRICS_PORT: '0',
    };
    const api = start('api/main.js', [], env);
    try {
      const address = await addressOf(() => api.text.out);
      const { rows: cases } = await admin.query<{ id: string }>(
        'select case_id as id from case_state',
      );
      for (const { id } of cases) {
        const answer = await fetch(`${address}/v1/cases/${encodeURIComponent(id)}`);
        expect([id, answer.status]).toEqual([id, 200]);
      }
    } finally {
      api.child.kill('SIGTERM');
      await api.ended;
    }
  });
});

async function addressOf(text: () => string): Promise<string> {
  for (let tries = 0; tries < 600; tries += 1) {
    const [, address] = /"address":"([^"]+)"/.exec(text()) ?? [];
    if (address !== undefined) return address;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the API does not listen: ${text()}`);
}
