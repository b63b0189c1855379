import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finding one record by its id: those of an entity have an index already (`entity#entitySeq`), the others get one of their
 * own, which costs nothing where a chained record is written. The auditor tells a broken trail through the event log,
 * which may be the Postgres inbox.
 */
export class AuditLookup1760000000013 implements MigrationInterface {
  name = 'AuditLookup1760000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query(
      'create index audit_record_alone_id on audit_record (id) where entity is null',
    );
    await runner.query('grant select, insert, update on inbox_partition to mingcha_auditor');
    await runner.query('grant select, insert on inbox_record to mingcha_auditor');
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index audit_record_alone_id');
    await runner.query('revoke all on inbox_partition, inbox_record from mingcha_auditor');
  }
}
