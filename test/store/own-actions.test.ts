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

  describe('in the inbox', () => {
    const broken = Buffer.from('{"type":"audit.broken","source":"mingcha"}');
    const insert = `insert into inbox_record (topic, "partition", "offset", value, appended_at) values ('own', 0, $1, $2, $3)`;
    const advance = `update inbox_partition set next_offset = $1, last_appended_at = $2 where topic = 'own'`;
    type Steps = readonly (readonly [string, readonly unknown[]])[];
    /** Carries out the statements as this role in one transaction; what refused them, or null. */
    const inOne = async (role: string, steps: Steps) => {
      await admin.query('begin');
      try {
        await admin.query(`set local role ${role}`);
        for (const [sql, values] of steps) await admin.query(sql, [...values]);
        await admin.query('set constraints all immediate');
        return null;
      } catch (error) {
        return (error as Error).message;
      } finally {
        await admin.query('rollback');
      }
    };

    beforeAll(async () => {
      await admin.query(
        `insert into inbox_partition (topic, "partition", next_offset, last_appended_at) values ('own', 0, 7, 1000)`,
      );
    });

    it('advances a partition by what it appended', async () => {
      const now = Date.now();
      const steps: Steps = [
        [insert, [7, broken, now]],
        [insert, [8, broken, now]],
        [advance, [9, now]],
      ];
      expect(await inOne('mingcha_auditor', steps)).toBeNull();
    });

    const ADVANCED: readonly (readonly [string, Steps, RegExp])[] = [
      ['by more', [[advance, [8, 1000]]], /by what it appended/],
      [
        'by more than it appended',
        [
          [insert, [7, broken, 1000]],
          [advance, [9, 1000]],
        ],
        /by what it appended/,
      ],
      ['backwards', [[advance, [6, 1000]]], /by what it appended/],
      ['into the future', [[advance, [7, 9e15]]], /by what it appended/],
      ['backwards in time', [[advance, [7, 999]]], /by what it appended/],
      ['not, and takes a place beyond its end', [[insert, [7, broken, 1000]]], /no place beyond/],
      ['and puts a record before its end', [[insert, [6, broken, 1000]]], /now and at its end/],
      ['and puts a record into the future', [[insert, [7, broken, 9e15]]], /now and at its end/],
    ];
    it.each(ADVANCED)('does not advance it %s', async (_, steps, message) => {
      expect(await inOne('mingcha_auditor', steps)).toMatch(message);
    });

    it('binds nobody else by this', async () => {
      expect(await inOne('mingcha_api', [[advance, [70, 9e15]]])).toBeNull();
    });
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

describe('two persons who have to be different', () => {
  const PAIRS = [
    ['legal_hold', 'confirmed_by_another'],
    ['legal_hold', 'lifted_by_another'],
    ['erasure_request', 'decided_by_another'],
    ['archived_month', 'dropped_by_another'],
    ['export_request', 'requested_by_two'],
    ['export_request', 'approved_by_another'],
    ['export_request', 'approved_by_a_third'],
  ] as const;

  it.each(PAIRS)('are compared by %s as they are read: %s', async (table, constraint) => {
    const { rows } = await admin.query<{ check: string }>(
      'select pg_get_expr(conbin, conrelid) as check from pg_constraint where conname = $1 and conrelid = $2::regclass',
      [constraint, table],
    );
    const first = constraint === 'approved_by_a_third';
    const columns = `'wang'::text as placed_by, $1::text as confirmed_by, 'wang'::text as lift_requested_by,
      $1::text as lifted_by, 'wang'::text as requested_by, $1::text as decided_by, 'wang'::text as written_by,
      $1::text as dropped_by, 'wang'::text as approver, array[${first ? "$1, 'other'" : "'wang', $1"}]::text[] as requesters`;
    const differ = async (other: string) => {
      const sql = `select ${rows[0]?.check} as differ from (select ${columns}) x`;
      return (await admin.query<{ differ: boolean }>(sql, [other])).rows[0]?.differ;
    };
    for (const same of ['wang', 'ｗａｎｇ', 'wa\u200bng', ' wang', 'wang\u3000'])
      expect([same, await differ(same)]).toEqual([same, false]);
    expect(await differ('li')).toBe(true);
  });

  it('are refused by the table where they are one', async () => {
    await admin.query("select ensure_month('audit_record', now())");
    const hold = (confirmedBy: string) =>
      refusal(
        'none',
        `insert into legal_hold (hold_id, kind, subject, reason, placed_at, placed_by, confirmed_at, confirmed_by, tenant)
         values ('h', 'case', 'c', 'r', now(), 'wang', now(), $1, 'main')`,
        [confirmedBy],
      );
    expect(await hold('ｗａｎｇ')).toMatch(/confirmed_by_another/);
    expect(await hold('li')).toBeNull();
  });
});
