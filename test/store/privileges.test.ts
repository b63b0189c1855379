import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { MIGRATIONS, migrate } from '#store/data-source.js';
import { saveStep } from '#store/save-step.js';
import { closeWriter } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { fullStep, monitorOf, STORE } from './sample-step.js';

const ROLES = [
  'mingcha_migrator',
  'mingcha_monitor',
  'mingcha_api',
  'mingcha_notifier',
  'mingcha_auditor',
];
let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createDatabase(STORE);
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  const writer = monitorOf(database.url);
  await saveStep(writer, fullStep(0n));
  await closeWriter(writer);
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

/** Runs statements as a role and undoes them; gives the server's message, or null. */
async function refusal(role: string | null, ...statements: string[]): Promise<string | null> {
  await admin.query('begin');
  try {
    if (role !== null) await admin.query(`set local role ${role}`);
    for (const statement of statements) await admin.query(statement);
    await admin.query('set constraints all immediate');
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await admin.query('rollback');
  }
}

const APPEND_ONLY = [
  'audit_record',
  'event',
  'event_identity',
  'moved_event',
  'finding_change',
  'alert_event',
];
const CHANGES = (table: string): string[] => [
  `update ${table} set ${table.endsWith('_identity') || table === 'moved_event' ? 'case_id' : table === 'event' ? 'topic' : table === 'audit_record' ? 'actor' : 'level'} = 'x'`,
  `delete from ${table}`,
  `truncate ${table}`,
];

describe('roles', () => {
  it('exist without login, superuser or BYPASSRLS', async () => {
    const { rows } = await admin.query(
      'select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = any($1)',
      [ROLES],
    );
    expect(rows).toHaveLength(5);
    for (const row of rows) {
      expect(row).toMatchObject({
        rolcanlogin: false,
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
      });
    }
  });

  it.each(APPEND_ONLY.flatMap((table) => CHANGES(table).map((sql) => [sql])))(
    'no process may: %s',
    async (sql) => {
      for (const role of ROLES.slice(1))
        expect(await refusal(role, sql)).toMatch(/permission denied/);
    },
  );

  it.each(APPEND_ONLY.flatMap((table) => CHANGES(table).map((sql) => [sql])))(
    'a trigger stops even the owner: %s',
    async (sql) => {
      expect(await refusal('mingcha_migrator', sql)).toMatch(/append-only/);
    },
  );

  it.each([
    ['mingcha_monitor', "insert into audit_record (xid) values ('1')"],
    ['mingcha_monitor', 'insert into audit_record (record_no) values (1)'],
    ['mingcha_monitor', 'select * from audit_record'],
    ['mingcha_monitor', 'delete from case_state'],
    ['mingcha_monitor', 'update quarantine set raw = null'],
    ['mingcha_monitor', "update reference_fact set body = '{}'"],
    ['mingcha_monitor', 'update case_key set secret = null'],
    ['mingcha_api', 'insert into event_identity values ($$s$$, $$i$$, $$d$$, $$c$$)'],
    ['mingcha_api', "update alert set state = 'x'"],
    ['mingcha_notifier', 'select * from event'],
    ['mingcha_notifier', "update outbox set payload = '{}'"],
    ['mingcha_auditor', 'select * from case_key'],
    ['mingcha_auditor', "insert into audit_record (actor) values ('x')"],
  ])('%s may not: %s', async (role, sql) => {
    expect(await refusal(role, sql)).toMatch(/permission denied/);
  });

  it('leave partitions as closed as their table', async () => {
    const { rows } = await admin.query<{ child: string }>(
      "select inhrelid::regclass::text as child from pg_inherits join pg_class c on c.oid = inhrelid where c.relkind = 'r'",
    );
    expect(rows.length).toBeGreaterThan(8);
    for (const { child } of rows) {
      expect(await refusal('mingcha_monitor', `delete from ${child}`)).toMatch(/permission denied/);
      expect(await refusal('mingcha_api', `insert into ${child} select * from ${child}`)).toMatch(
        /permission denied/,
      );
      expect(await refusal('mingcha_migrator', `truncate ${child}`)).toMatch(/append-only/);
      const { rowCount } = await admin.query(`select from ${child} limit 1`);
      if (rowCount === 0) continue;
      expect(await refusal('mingcha_migrator', `delete from ${child}`)).toMatch(/append-only/);
    }
  });
});

describe('what the database itself demands', () => {
  const columns =
    'finding_id, change_no, entity_seq, at, saved_at, case_id, kind, level, body, tenant, region_code, unit_path, recipient_unit';
  const copied = (changed: string): string =>
    `insert into finding_change (${columns}) select finding_id, change_no + 1, ${changed}, at, saved_at, case_id, 'revised', level, body, tenant, region_code, unit_path, recipient_unit from finding_change`;

  it('refuses a finding change without its audit record when the transaction ends', async () => {
    expect(await refusal('mingcha_monitor', copied('entity_seq + 100'))).toMatch(
      /has no audit record/,
    );
  });

  it('refuses a finding change that points at the record of something else', async () => {
    expect(await refusal('mingcha_monitor', copied('1'))).toMatch(/has no audit record/);
  });

  it('refuses an alert event without its audit record', async () => {
    expect(
      await refusal(
        'mingcha_monitor',
        `insert into alert_event (alert_id, event_no, revision, entity_seq, at, saved_at, kind, actor, level, state, detail,
           tenant, region_code, unit_path, recipient_unit)
         select alert_id, 2, 1, 2, at, saved_at, 'released', 'x', level, 'raised', '{}', tenant, region_code, unit_path,
           recipient_unit from alert_event`,
      ),
    ).toMatch(/alert_event 2 of alert .* has no audit record/);
  });

  it.each([
    ['finding', "update finding set level = 'notice'"],
    ['finding', "update finding set level = 'notice', change_no = change_no + 1"],
    ['alert', "update alert set state = 'dismissed'"],
    ['alert', "update alert set state = 'dismissed', event_no = event_no + 1"],
  ])('refuses a %s that changes without history: %s', async (table, sql) => {
    expect(await refusal('mingcha_monitor', sql)).toMatch(
      new RegExp(`${table} .* was changed without its`),
    );
  });

  it('migrates twice, and two at once, without harm', async () => {
    await Promise.all([migrate(database.url), migrate(database.url)]);
    const { rows } = await admin.query('select count(*)::int as n from mingcha_migration');
    expect(rows).toEqual([{ n: MIGRATIONS.length }]);
  });
});
