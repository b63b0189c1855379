import { Client } from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { Roles1760000000001 } from '#migrations/1760000000001-roles.js';
import { Audit1760000000002 } from '#migrations/1760000000002-audit.js';
import { EventLog1760000000003 } from '#migrations/1760000000003-event-log.js';
import { CasesFindingsAlerts1760000000004 } from '#migrations/1760000000004-cases-findings-alerts.js';
import { ReferencesCoverageOutbox1760000000005 } from '#migrations/1760000000005-references-coverage-outbox.js';
import { CasesByItem1760000000006 } from '#migrations/1760000000006-cases-by-item.js';
import { NotifierInbox1760000000007 } from '#migrations/1760000000007-notifier-inbox.js';
import { MovedEvents1760000000008 } from '#migrations/1760000000008-moved-events.js';
import { RegionTouches1760000000009 } from '#migrations/1760000000009-region-touches.js';
import { AuditTree1760000000010 } from '#migrations/1760000000010-audit-tree.js';
import { AppendOnly1760000000011 } from '#migrations/1760000000011-append-only.js';
import { EvidenceExports1760000000012 } from '#migrations/1760000000012-evidence-exports.js';
import { AuditLookup1760000000013 } from '#migrations/1760000000013-audit-lookup.js';
import { AuditTreeServer1760000000014 } from '#migrations/1760000000014-audit-tree-server.js';
import { EvidenceCheckpoints1760000000015 } from '#migrations/1760000000015-evidence-checkpoints.js';
import { Keeping1760000000020 } from '#migrations/1760000000020-keeping.js';
import { Archive1760000000021 } from '#migrations/1760000000021-archive.js';
import { Narrower1760000000022 } from '#migrations/1760000000022-narrower.js';
import { PersonsAndMonths1760000000023 } from '#migrations/1760000000023-persons-and-months.js';
import { HeldByRequest1760000000024 } from '#migrations/1760000000024-held-by-request.js';
import { ReachTouches1760000000025 } from '#migrations/1760000000025-reach-touches.js';
import { ENTITIES } from './entity/entities.js';

/** In order; a landed migration is never edited, a new one is added at the end. */
export const MIGRATIONS = [
  Roles1760000000001,
  Audit1760000000002,
  EventLog1760000000003,
  CasesFindingsAlerts1760000000004,
  ReferencesCoverageOutbox1760000000005,
  CasesByItem1760000000006,
  NotifierInbox1760000000007,
  MovedEvents1760000000008,
  RegionTouches1760000000009,
  AuditTree1760000000010,
  AppendOnly1760000000011,
  EvidenceExports1760000000012,
  AuditLookup1760000000013,
  AuditTreeServer1760000000014,
  EvidenceCheckpoints1760000000015,
  Keeping1760000000020,
  Archive1760000000021,
  Narrower1760000000022,
  PersonsAndMonths1760000000023,
  HeldByRequest1760000000024,
  ReachTouches1760000000025,
];

export interface DataSourceConfig {
  readonly url: string;
  /** Group role to take on after connecting; null keeps the login's own rights (migrations). */
  readonly role:
    | 'mingcha_migrator'
    | 'mingcha_api'
    | 'mingcha_monitor'
    | 'mingcha_notifier'
    | 'mingcha_auditor'
    | 'mingcha_sequencer'
    | 'mingcha_evidence'
    | 'mingcha_archivist'
    | null;
  readonly connections?: number;
}

/** A TypeORM data source for reading and for migrations; call `initialize()` before use and `destroy()` at the end. */
export function makeDataSource(config: DataSourceConfig): DataSource {
  return new DataSource({
    type: 'postgres',
    url: config.url,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: MIGRATION_TABLE,
    synchronize: false,
    poolSize: config.connections ?? 8,
    extra: config.role === null ? {} : { options: `-c role=${config.role}` },
  });
}

const MIGRATION_TABLE = 'mingcha_migration';
const MIGRATOR = 'mingcha_migrator';

/** What migrating did. */
export interface Migrated {
  /** Names of the migrations that were applied now, in order; empty where the database was up to date. */
  readonly applied: readonly string[];
  /** How many were there before. */
  readonly before: number;
  /** The role that applied them; null: the login itself, which has to be a superuser the first time. */
  readonly role: typeof MIGRATOR | null;
}

/** The database was migrated by a newer version of this program. */
export class NewerDatabaseError extends Error {
  constructor(unknown: readonly string[]) {
    super(
      `The database holds migrations that this version does not know (${unknown.join(', ')}): it belongs to a newer one. ` +
        'Nothing was changed. Use the version that migrated it, or restore the backup from before',
    );
    this.name = 'NewerDatabaseError';
  }
}

/**
 * Brings a database up to date, in one transaction. Two processes may call it at once: the second waits and finds
 * nothing to do. The first time the login has to be a superuser, since roles are made; from then on any login that is a
 * member of mingcha_migrator will do.
 * @throws NewerDatabaseError, or the database's own error; nothing is changed then
 */
export async function migrate(url: string): Promise<Migrated> {
  const role = (await ownerOfMigrations(url)) === MIGRATOR ? MIGRATOR : null;
  const source = makeDataSource({ url, role, connections: 2 });
  await source.initialize();
  const runner = source.createQueryRunner();
  try {
    await runner.query("select pg_advisory_lock(hashtext('mingcha migrate'))");
    const before = await appliedNames(runner);
    const known = new Set(MIGRATIONS.map(({ name }) => name));
    const unknown = before.filter((name) => !known.has(name));
    if (unknown.length > 0) throw new NewerDatabaseError(unknown);
    const applied = await source.runMigrations({ transaction: 'all' });
    if (role === null) await runner.query(`alter table ${MIGRATION_TABLE} owner to ${MIGRATOR}`);
    return { applied: applied.map(({ name }) => name), before: before.length, role };
  } finally {
    await runner
      .query("select pg_advisory_unlock(hashtext('mingcha migrate'))")
      .catch(() => undefined);
    await runner.release();
    await source.destroy();
  }
}

async function ownerOfMigrations(url: string): Promise<string | null> {
  const client = new Client({ connectionString: url });
  // A connection that breaks is reported by the query as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ owner: string }>(
      'select pg_get_userbyid(relowner) as owner from pg_class where oid = to_regclass($1)',
      [MIGRATION_TABLE],
    );
    return rows[0]?.owner ?? null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function appliedNames(runner: QueryRunner): Promise<string[]> {
  const [found] = (await runner.query('select to_regclass($1) is not null as there', [
    MIGRATION_TABLE,
  ])) as { there: boolean }[];
  if (found?.there !== true) return [];
  const rows = (await runner.query(`select name from ${MIGRATION_TABLE} order by id`)) as {
    name: string;
  }[];
  return rows.map(({ name }) => name);
}
