import { DataSource } from 'typeorm';
import { Roles1760000000001 } from '#migrations/1760000000001-roles.js';
import { Audit1760000000002 } from '#migrations/1760000000002-audit.js';
import { EventLog1760000000003 } from '#migrations/1760000000003-event-log.js';
import { CasesFindingsAlerts1760000000004 } from '#migrations/1760000000004-cases-findings-alerts.js';
import { ReferencesCoverageOutbox1760000000005 } from '#migrations/1760000000005-references-coverage-outbox.js';
import { CasesByItem1760000000006 } from '#migrations/1760000000006-cases-by-item.js';
import { NotifierInbox1760000000007 } from '#migrations/1760000000007-notifier-inbox.js';
import { MovedEvents1760000000008 } from '#migrations/1760000000008-moved-events.js';
import { RegionTouches1760000000009 } from '#migrations/1760000000009-region-touches.js';
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
];

export interface DataSourceConfig {
  readonly url: string;
  /** Group role to take on after connecting; null keeps the login's own rights (migrations). */
  readonly role: 'mingcha_api' | 'mingcha_monitor' | 'mingcha_notifier' | 'mingcha_auditor' | null;
  readonly connections?: number;
}

/** A TypeORM data source for reading and for migrations; call `initialize()` before use and `destroy()` at the end. */
export function makeDataSource(config: DataSourceConfig): DataSource {
  return new DataSource({
    type: 'postgres',
    url: config.url,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: 'mingcha_migration',
    synchronize: false,
    poolSize: config.connections ?? 8,
    extra: config.role === null ? {} : { options: `-c role=${config.role}` },
  });
}

/** Brings a database up to date. Two processes may call it at once: the second waits and finds nothing to do. */
export async function migrate(url: string): Promise<void> {
  const source = makeDataSource({ url, role: null, connections: 2 });
  await source.initialize();
  const runner = source.createQueryRunner();
  try {
    await runner.query("select pg_advisory_lock(hashtext('mingcha migrate'))");
    await source.runMigrations({ transaction: 'all' });
  } finally {
    await runner
      .query("select pg_advisory_unlock(hashtext('mingcha migrate'))")
      .catch(() => undefined);
    await runner.release();
    await source.destroy();
  }
}
