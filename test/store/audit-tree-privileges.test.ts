import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { makeDataSource } from '#store/data-source.js';
import { AuditCheckpointEntity } from '#store/entity/audit-checkpoint.entity.js';
import { AuditLeafEntity } from '#store/entity/audit-leaf.entity.js';
import { AuditTileEntity } from '#store/entity/audit-tile.entity.js';
import { AuditTreeEntity } from '#store/entity/audit-tree.entity.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from './sample-step.js';

const HASH = "decode(repeat('ab', 32), 'hex')";
const ROWS = [
  `insert into audit_leaf values (0, 1, '5', now(), ${HASH})`,
  `insert into audit_tile values (0, 0, 1, ${HASH})`,
  `insert into audit_tile values (0, 1, 256, decode(repeat('cd', 256 * 32), 'hex'))`,
  `insert into audit_checkpoint values (1, ${HASH}, E'log\\n1\\nq\\n\\n— log a\\n', now(), false, null)`,
  `insert into audit_index values (1, 1, ${HASH}, 9, now())`,
  `insert into audit_entity_head values (0, ${HASH}, 1, 1, ${HASH})`,
  `insert into audit_index_bucket values (0, 1, ${HASH})`,
];
const TABLES = [
  ...['audit_leaf', 'audit_tile', 'audit_tree', 'audit_checkpoint', 'audit_index'],
  ...['audit_entity_head', 'audit_index_bucket'],
];
const READERS = ['mingcha_api', 'mingcha_auditor'];

let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createDatabase(STORE);
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  for (const sql of ROWS) await admin.query(sql);
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

/** Runs a statement as a role and undoes it; gives the server's message, or null. */
async function refusal(role: string, sql: string): Promise<string | null> {
  await admin.query('begin');
  try {
    await admin.query(`set local role ${role}`);
    await admin.query(sql);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await admin.query('rollback');
  }
}

describe('the tables of the hash tree', () => {
  it.each(TABLES)('%s: read by API and auditor, changed by neither', async (table) => {
    for (const role of READERS) {
      expect(await refusal(role, `select * from ${table}`)).toBeNull();
      for (const sql of [`insert into ${table} default values`, `delete from ${table}`])
        expect(await refusal(role, sql)).toMatch(/permission denied/);
    }
  });

  it.each(TABLES)('%s: the sequencer takes nothing away, nor does the owner', async (table) => {
    for (const sql of [`delete from ${table}`, `truncate ${table} cascade`]) {
      expect(await refusal('mingcha_sequencer', sql)).toMatch(/permission denied/);
      expect(await refusal('mingcha_migrator', sql)).toMatch(/append-only|only grows|takes only/);
    }
  });

  it.each(['audit_leaf', 'audit_index', 'audit_entity_head', 'audit_index_bucket'])(
    '%s: no row is changed',
    async (table) => {
      const column =
        table === 'audit_leaf' ? 'record_no' : table === 'audit_index' ? 'entities' : 'index_size';
      const sql = `update ${table} set ${column} = ${column} + 1`;
      expect(await refusal('mingcha_sequencer', sql)).toMatch(/permission denied/);
      expect(await refusal('mingcha_migrator', sql)).toMatch(/append-only/);
    },
  );

  it('a tile grows by what is added at its end, and in no other way', async () => {
    const grown = (hashes: string, width: number, index = 0) =>
      refusal(
        'mingcha_sequencer',
        `update audit_tile set width = ${width}, hashes = decode('${hashes}', 'hex') where tile_index = ${index}`,
      );
    const [ab, cd] = ['ab'.repeat(32), 'cd'.repeat(32)];
    expect(await grown(ab + cd, 2)).toBeNull();
    expect(await grown(cd + ab, 2)).toMatch(/only grows/);
    expect(await grown(ab, 1)).toMatch(/only grows/);
    expect(await grown(cd, 1)).toMatch(/only grows/);
    expect(await grown('cd'.repeat(256 * 32), 256, 1)).toMatch(/only grows/);
  });

  it('the tree grows, and a size keeps its root', async () => {
    const state = (set: string) => refusal('mingcha_sequencer', `update audit_tree set ${set}`);
    expect(await state(`size = 5, root = ${HASH}`)).toBeNull();
    expect(await state(`root = ${HASH}`)).toMatch(/only grows/);
    expect(await state('size = -1')).toMatch(/only grows/);
    expect(
      await refusal('mingcha_migrator', 'insert into audit_tree select * from audit_tree'),
    ).toMatch(/duplicate key/);
  });

  it('a checkpoint takes further signatures and one timestamp', async () => {
    const changed = (set: string) =>
      refusal('mingcha_sequencer', `update audit_checkpoint set ${set}`);
    expect(await changed("note = note || E'— witness b\\n', complete = true")).toBeNull();
    expect(await changed("timestamp_token = 'x'")).toBeNull();
    expect(await changed("note = 'other'")).toMatch(/takes only/);
    expect(await changed('size = 2')).toMatch(/permission denied/);
    expect(
      await refusal('mingcha_migrator', `update audit_checkpoint set root = sha256('')`),
    ).toMatch(/takes only/);
    await admin.query("update audit_checkpoint set complete = true, timestamp_token = 'x'");
    expect(await changed('complete = false')).toMatch(/takes only/);
    expect(await changed('timestamp_token = null')).toMatch(/takes only/);
  });

  it('the sequencer sees of records only what gives them their place', async () => {
    const may = 'xid, record_no, "time", leaf_hash, entity, entity_seq';
    expect(await refusal('mingcha_sequencer', `select ${may} from audit_record`)).toBeNull();
    for (const column of ['leaf', 'actor', 'object', 'id'])
      expect(await refusal('mingcha_sequencer', `select ${column} from audit_record`)).toMatch(
        /permission denied/,
      );
    for (const column of ['xid', 'record_no'])
      expect(
        await refusal('mingcha_sequencer', `insert into audit_record (${column}) values ('1')`),
      ).toMatch(/permission denied/);
  });

  it('the API asks for a commitment of the index and cannot answer itself', async () => {
    const ask = "insert into audit_index_request (requested_by) values ('export')";
    expect(await refusal('mingcha_api', ask)).toBeNull();
    for (const sql of [
      "insert into audit_index_request (requested_by, index_size) values ('export', 1)",
      'update audit_index_request set index_size = 1',
    ])
      expect(await refusal('mingcha_api', sql)).toMatch(/permission denied/);
  });

  it('are read through entities', async () => {
    const source = makeDataSource({ url: database.url, role: 'mingcha_auditor' });
    await source.initialize();
    try {
      const leaf = await source.getRepository(AuditLeafEntity).findOneByOrFail({ leafIndex: '0' });
      expect(leaf).toMatchObject({ recordNo: '1', xid: '5' });
      expect(await source.getRepository(AuditTileEntity).count()).toBe(2);
      const [tree] = await source.getRepository(AuditTreeEntity).find();
      // SHA-256 of nothing (FIPS 180-4 examples).
      expect(tree?.root.toString('hex')).toBe(
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      );
      const checkpoint = await source.getRepository(AuditCheckpointEntity).findOneByOrFail({});
      expect(checkpoint.size).toBe('1');
    } finally {
      await source.destroy();
    }
  });
});
