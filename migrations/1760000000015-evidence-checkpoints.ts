import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Earlier checkpoints that the bundles of a scope carry, as they were when it was first built for a pinned state: later
 * cosignatures, and checkpoints that become complete later, change no bundle.
 */
export class EvidenceCheckpoints1760000000015 implements MigrationInterface {
  name = 'EvidenceCheckpoints1760000000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query(`
      create table export_checkpoint (
        scope_digest bytea  not null references export_scope (scope_digest),
        tree_size    bigint not null references export_pin (tree_size),
        size         bigint not null check (size <= tree_size),
        note         text   not null,
        primary key (scope_digest, tree_size, size)
      )`);
    await runner.query(`
      create trigger append_only before update or delete on export_checkpoint
      for each row execute function refuse_change()`);
    await runner.query(`
      create trigger never_truncated before truncate on export_checkpoint
      for each statement execute function refuse_change()`);
    await runner.query('grant select, insert on export_checkpoint to mingcha_evidence');
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table export_checkpoint');
  }
}
