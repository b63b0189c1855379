import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { AT, STORE } from './sample-step.js';

/** Whose records they are; null: any writer's. */
const ACTIONS: readonly (readonly [string, string | null])[] = [
  ['index.committed', 'mingcha_sequencer'],
  ['key.rotated', 'mingcha_sequencer'],
  ['export.approved', 'mingcha_evidence'],
  ['data.dropped', 'mingcha_archivist'],
  ['data.erased', 'mingcha_archivist'],
  ['hold.lifted', 'mingcha_archivist'],
  ['erasure.approved', 'mingcha_archivist'],
  ['event.accepted', null],
  ['index.looked-at', null],
];
const WRITERS = ['monitor', 'api', 'notifier', 'sequencer', 'evidence', 'archivist'].map(
  (name) => `mingcha_${name}`,
);

let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createDatabase(STORE);
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query("select ensure_month('audit_record', $1)", [new Date(AT)]);
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

/** Tries an insert and undoes it; gives the server's message, or null. */
async function refusal(role: string, sql: string, values: unknown[] = []): Promise<string | null> {
  await admin.query('begin');
  try {
    await admin.query(`set local role ${role}`);
    await admin.query(sql, values);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await admin.query('rollback');
  }
}

const written = (role: string, action: string, inLeaf: string) =>
  refusal(
    role,
    `insert into audit_record ("time", id, actor, action, object, schema, tenant, leaf, leaf_hash)
     values ($1, 'x', 'x', $2, 'x', 'x', 'main', $3, sha256('x'))`,
    [new Date(AT), action, `{"action":"${inLeaf}","actor":"x"}`],
  );

describe('a record', () => {
  it.each(ACTIONS)('of %s is written by its role alone: %s', async (action, owner) => {
    for (const role of WRITERS) {
      const refused =
        owner === null || owner === role
          ? null
          : `records of ${action} are written by ${owner} alone`;
      expect([role, await written(role, action, action)]).toEqual([role, refused]);
      // Nor by saying so in the leaf or in the column only.
      expect([role, await written(role, action, 'event.accepted')]).toEqual([role, refused]);
      expect([role, await written(role, 'event.accepted', action)]).toEqual([role, refused]);
    }
    for (const role of ['mingcha_migrator', 'none'])
      expect([role, await written(role, action, action)]).toEqual([role, null]);
  });
});

describe('the auditor', () => {
  const told = (role: string, value: string | null) =>
    refusal(
      role,
      `insert into inbox_record (topic, "partition", "offset", value, appended_at) values ('t', 0, 0, $1, 0)`,
      [value === null ? null : Buffer.from(value)],
    );

  it('tells audit.broken and nothing else', async () => {
    const broken = '{"type":"audit.broken","source":"mingcha"}';
    expect(await told('mingcha_auditor', broken)).toBeNull();
    for (const other of [
      '{"type":"acceptance.recorded","source":"mingcha"}',
      '{"type":"audit.broken","source":"feed-a"}',
      'audit.broken',
      '',
      null,
    ])
      expect(await told('mingcha_auditor', other)).toMatch(/audit.broken and nothing else/);
    expect(await told('mingcha_notifier', 'x')).toBeNull();
  });

  it('makes no topic', async () => {
    const sql = `insert into inbox_partition (topic, "partition") values ('t', 0)`;
    expect(await refusal('mingcha_auditor', sql)).toMatch(/permission denied/);
  });
});

describe('the watermark of the tree', () => {
  const to = (set: string) => refusal('mingcha_sequencer', `update audit_tree set ${set}`);

  it('is set back only for another server or another floor', async () => {
    await admin.query(
      "update audit_tree set watermark_xid = '10', watermark_no = 5, cluster_id = 1",
    );
    expect(await to("watermark_xid = '11', watermark_no = 0")).toBeNull();
    expect(await to('watermark_no = 4')).toMatch(/only grows/);
    expect(await to("watermark_xid = '9', watermark_no = 6")).toMatch(/only grows/);
    expect(await to("watermark_xid = '9', cluster_id = 2")).toBeNull();
    expect(await to("watermark_xid = '9', floor_no = 7")).toBeNull();
  });
});
