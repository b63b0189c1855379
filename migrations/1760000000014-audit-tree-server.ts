import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which PostgreSQL cluster the watermark's transaction numbers are of (its system identifier). After a restore by
 * pg_dump into another cluster they mean nothing, whether they are larger or smaller than that cluster's own.
 */
export class AuditTreeServer1760000000014 implements MigrationInterface {
  name = 'AuditTreeServer1760000000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query('alter table audit_tree add column cluster_id bigint');
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table audit_tree drop column cluster_id');
  }
}
