import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { closeWriter } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { AT, fullStep, monitorOf, STORE } from './sample-step.js';

/**
 * Tables that change in place, and who may do what to their rows. A table that is not named here counts as history:
 * nobody may change or remove anything in it. A new table that is to change needs its line here, and a reason.
 */
const CHANGING: Readonly<Record<string, { readonly [verb in Verb]?: readonly string[] }>> = {
  // Current states: rows change, none is removed.
  case_state: { UPDATE: ['mingcha_archivist', 'mingcha_monitor'] },
  // A secret goes by destroy_case_key alone.
  case_key: {},
  finding: { UPDATE: ['mingcha_monitor'] },
  alert: { UPDATE: ['mingcha_monitor'] },
  // A waiting record is decided once.
  quarantine: { UPDATE: ['mingcha_monitor'] },
  // Each step is added once and stays.
  legal_hold: { UPDATE: ['mingcha_archivist'] },
  erasure_request: { UPDATE: ['mingcha_archivist'] },
  archived_month: {},
  // Until when something was known.
  reference_fact: { UPDATE: ['mingcha_monitor'] },
  source_coverage: { UPDATE: ['mingcha_monitor'] },
  // The tree grows by triggers of its own; records and leaves are history.
  audit_tree: { UPDATE: ['mingcha_sequencer'] },
  audit_tile: { UPDATE: ['mingcha_sequencer'] },
  audit_checkpoint: { UPDATE: ['mingcha_sequencer'] },
  audit_index_request: { UPDATE: ['mingcha_sequencer'] },
  export_request: { UPDATE: ['mingcha_evidence'] },
  export_number: { UPDATE: ['mingcha_evidence'] },
  // Work in hand, not history.
  alert_hold: { DELETE: ['mingcha_monitor'] },
  stream_position: { UPDATE: ['mingcha_monitor'] },
  region_touch: { UPDATE: ['mingcha_monitor'] },
  outbox: { UPDATE: ['mingcha_notifier'] },
  // The notifier writes its topics there, the auditor the event audit.broken.
  inbox_partition: {
    UPDATE: ['mingcha_api', 'mingcha_auditor', 'mingcha_monitor', 'mingcha_notifier'],
  },
  inbox_record: { DELETE: ['mingcha_monitor'] },
  mingcha_migration: {},
};
/** Of these the owner may remove rows. */
const REMOVABLE = [
  'alert_hold',
  'stream_position',
  'region_touch',
  'outbox',
  'inbox_partition',
  'inbox_record',
  'mingcha_migration',
];
const VERBS = ['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES'] as const;
type Verb = (typeof VERBS)[number];

interface Table {
  readonly name: string;
  /** The table that it is a partition of, else itself. */
  readonly of: string;
  readonly partitioned: boolean;
}

let database: TestDatabase;
let admin: Client;
let tables: readonly Table[];
let roles: readonly string[];

beforeAll(async () => {
  database = await createDatabase(STORE);
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  const writer = monitorOf(database.url);
  await saveStep(writer, fullStep(0n));
  // A month that this step makes itself.
  await saveStep(writer, { ...emptyStep('monitor', Date.UTC(2031, 0, 1)) });
  await closeWriter(writer);
  tables = (
    await admin.query<Table>(`
      select c.relname as name, coalesce(p.relname, c.relname) as of, c.relkind = 'p' as partitioned
      from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`)
  ).rows;
  roles = (
    await admin.query<{ name: string }>(
      "select rolname as name from pg_roles where rolname like 'mingcha\\_%' and rolname <> 'mingcha_migrator' order by 1",
    )
  ).rows.map(({ name }) => name);
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

/** Runs a statement as a role and undoes it; gives the server's message, or null. */
async function refusal(role: string, ...statements: string[]): Promise<string | null> {
  await admin.query('begin');
  try {
    await admin.query(`set local role ${role}`);
    for (const statement of statements) await admin.query(statement);
    await admin.query('set constraints all immediate');
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await admin.query('rollback');
  }
}

async function rowsOf(name: string): Promise<number> {
  const { rows } = await admin.query<{ n: number }>(`select count(*)::int as n from ${name}`);
  return rows[0]?.n ?? 0;
}

const isHistory = (table: Table): boolean => CHANGING[table.of] === undefined;

describe('every table of the catalog', () => {
  it('is found, with its partitions, months among them', () => {
    const names = tables.map(({ name }) => name);
    for (const name of [
      'audit_record',
      'audit_record_2025_03',
      'audit_record_2031_01',
      'event_2025_03',
      'event_identity_7',
    ])
      expect(names).toContain(name);
    expect(tables.filter(isHistory).map(({ of }) => of)).toEqual(
      expect.arrayContaining([
        'audit_record',
        'event',
        'event_identity',
        'moved_event',
        'finding_change',
        'alert_event',
      ]),
    );
    expect(roles).toEqual(
      expect.arrayContaining([
        'mingcha_api',
        'mingcha_auditor',
        'mingcha_monitor',
        'mingcha_notifier',
      ]),
    );
  });

  it('gives no role but those named a way to change or remove its rows', async () => {
    const open: string[] = [];
    for (const table of tables)
      for (const role of roles)
        for (const verb of VERBS) {
          const asked =
            verb === 'UPDATE' || verb === 'REFERENCES'
              ? 'has_table_privilege($1, $2, $3) or has_any_column_privilege($1, $2, $3)'
              : 'has_table_privilege($1, $2, $3)';
          const { rows } = await admin.query<{ may: boolean }>(`select ${asked} as may`, [
            role,
            table.name,
            verb,
          ]);
          const named = table.name === table.of && CHANGING[table.of]?.[verb]?.includes(role);
          if (rows[0]?.may !== (named ?? false)) open.push(`${role} ${verb} ${table.name}`);
        }
    expect(open).toEqual([]);
  });

  it('refuses real statements of every role where it is history', async () => {
    for (const { name } of tables.filter(isHistory))
      for (const role of roles) {
        const column = await firstColumn(name);
        for (const sql of [
          `update ${name} set ${column} = ${column}`,
          `delete from ${name}`,
          `truncate ${name}`,
        ])
          expect([role, sql, await refusal(role, sql)]).toEqual([
            role,
            sql,
            expect.stringMatching(/permission denied/),
          ]);
      }
  });

  it('has triggers that stop the owner too', async () => {
    const { rows } = await admin.query<{ name: string; type: number; enabled: string }>(
      `select tgrelid::regclass::text as name, tgtype::int as type, tgenabled as enabled from pg_trigger`,
    );
    const [rowLevel, before, del, update, truncate] = [1, 2, 8, 16, 32];
    const open: string[] = [];
    for (const table of tables) {
      if (REMOVABLE.includes(table.of)) continue;
      const types = rows
        .filter(({ name, enabled }) => name === table.name && (enabled === 'O' || enabled === 'A'))
        .map(({ type }) => type);
      const stops = (mask: number) => types.some((type) => (type & mask) === mask);
      if (!stops(before | del | rowLevel)) open.push(`${table.name}: delete`);
      if (!stops(before | truncate)) open.push(`${table.name}: truncate`);
      if (isHistory(table) && !stops(before | update | rowLevel))
        open.push(`${table.name}: update`);
    }
    expect(open).toEqual([]);
  });

  it('refuses real statements of the owner', async () => {
    for (const table of tables) {
      if (REMOVABLE.includes(table.of)) continue;
      const { name } = table;
      const column = await firstColumn(name);
      const refused = /append-only|never removed|refused/;
      expect([name, await refusal('mingcha_migrator', `truncate ${name} cascade`)]).toEqual([
        name,
        expect.stringMatching(refused),
      ]);
      if ((await rowsOf(name)) === 0) continue;
      expect([name, await refusal('mingcha_migrator', `delete from ${name}`)]).toEqual([
        name,
        expect.stringMatching(refused),
      ]);
      if (!isHistory(table)) continue;
      expect([
        name,
        await refusal('mingcha_migrator', `update ${name} set ${column} = ${column}`),
      ]).toEqual([name, expect.stringMatching(refused)]);
    }
  });

  it('keeps a detached month as closed as before', async () => {
    for (const [parent, child] of [
      ['audit_record', 'audit_record_2025_03'],
      ['event', 'event_2025_03'],
      ['event_identity', 'event_identity_0'],
    ] as const)
      for (const sql of [`delete from ${child}`, `truncate ${child}`]) {
        if (sql.startsWith('delete') && (await rowsOf(child)) === 0) continue;
        expect(
          await refusal('mingcha_migrator', `alter table ${parent} detach partition ${child}`, sql),
        ).toMatch(/append-only/);
      }
  });
});

async function firstColumn(table: string): Promise<string> {
  const { rows } = await admin.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = '' order by attnum limit 1`,
    [table],
  );
  return rows[0]?.name ?? '';
}

describe('rights', () => {
  it('are those of the role alone: none is a member of another, none owns anything', async () => {
    const { rows } = await admin.query(
      `select m.rolname || ' in ' || g.rolname as found from pg_auth_members a
         join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
       where m.rolname like 'mingcha\\_%'
       union all
       select c.relname || ' of ' || r.rolname from pg_class c join pg_roles r on r.oid = c.relowner
       where r.rolname like 'mingcha\\_%' and r.rolname <> 'mingcha_migrator'`,
    );
    expect(rows).toEqual([]);
  });

  it('are not lent by functions that anybody may call', async () => {
    const { rows } = await admin.query(
      `select proname from pg_proc p
       where pronamespace = 'public'::regnamespace and prosecdef and prorettype <> 'trigger'::regtype
         and has_function_privilege('public', p.oid, 'execute')
       union all
       select proname from pg_proc
       where pronamespace = 'public'::regnamespace and prosecdef
         and not coalesce(array_to_string(proconfig, ',') ~ 'search_path=', false)`,
    );
    expect(rows).toEqual([]);
  });

  it('leave the order of histories to the database', async () => {
    const open: string[] = [];
    for (const role of roles)
      for (const [table, column] of [
        ['audit_record', 'xid'],
        ['audit_record', 'record_no'],
        ['alert_event', 'xid'],
        ['alert_event', 'seq'],
      ]) {
        const { rows } = await admin.query<{ may: boolean }>(
          "select has_column_privilege($1, $2, $3, 'INSERT') as may",
          [role, table, column],
        );
        if (rows[0]?.may) open.push(`${role} ${table}.${column}`);
      }
    expect(open).toEqual([]);
  });
});

describe('a decision on a quarantined record', () => {
  const decide = "update quarantine set state = 'released', decided_by = 'x', reason_text = 'y'";

  it('needs its audit record', async () => {
    expect(await refusal('mingcha_monitor', decide)).toMatch(/has no audit record/);
  });

  it('changes nothing else and is made once', async () => {
    expect(await refusal('mingcha_migrator', "update quarantine set raw = 'x'")).toMatch(
      /append-only/,
    );
    const writer = monitorOf(database.url);
    try {
      await saveStep(writer, {
        ...emptyStep('operator:a', AT + 1),
        quarantineDecisions: [
          {
            quarantineId: 'mingcha.events/0/3',
            to: 'released',
            reasonText: 'sent again',
            repairedBy: null,
            at: AT + 1,
          },
        ],
      });
    } finally {
      await closeWriter(writer);
    }
    expect(await refusal('mingcha_monitor', decide)).toMatch(/append-only/);
  });
});
