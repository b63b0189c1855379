import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit trail: one row per record, partitioned by month of `time`. `leaf` is the canonical text that is hashed; the
 * other columns repeat it for finding records. `xid` and `record_no` are set by the database alone (writers have no
 * privilege on them) and give the order in which a sequencer reads: (xid, record_no) below the snapshot's xmin.
 */
export class Audit1760000000002 implements MigrationInterface {
  name = 'Audit1760000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query('create sequence audit_record_no cache 1000');
    await runner.query(`
      create table audit_record (
        xid            xid8        not null default pg_current_xact_id(),
        record_no      bigint      not null default nextval('audit_record_no'),
        "time"         timestamptz not null,
        entity_seq     bigint,
        id             text collate "C" not null,
        actor          text        not null,
        action         text collate "C" not null,
        object         text collate "C" not null,
        schema         text        not null,
        tenant         text        not null,
        entity         text collate "C",
        prev           bytea,
        rule_version   text,
        inputs_digest  text,
        trace_id       text,
        region_code    text collate "C",
        unit_path      text collate "C",
        subject_persons text[]     not null default '{}',
        recipient_unit text collate "C",
        shared_space   boolean     not null default false,
        leaf           text        not null,
        leaf_hash      bytea       not null check (octet_length(leaf_hash) = 32),
        check ((entity is null) = (entity_seq is null)),
        check (prev is null or entity_seq > 1)
      ) partition by range ("time")`);
    await runner.query('create index audit_record_order on audit_record (xid, record_no)');
    await runner.query('create index audit_record_entity on audit_record (entity, entity_seq)');
    await runner.query(`
      create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
          using errcode = 'insufficient_privilege';
      end $$`);
    await runner.query(`
      create trigger append_only before update or delete on audit_record
      for each row execute function refuse_change()`);
    await runner.query(`
      create trigger never_truncated before truncate on audit_record
      for each statement execute function refuse_change()`);
    await runner.query(`
      grant insert ("time", entity_seq, id, actor, action, object, schema, tenant, entity, prev, rule_version,
        inputs_digest, trace_id, region_code, unit_path, subject_persons, recipient_unit, shared_space, leaf, leaf_hash)
      on audit_record to mingcha_monitor, mingcha_api, mingcha_notifier`);
    await runner.query('grant select on audit_record to mingcha_api, mingcha_auditor');
    await runner.query(
      'grant usage on sequence audit_record_no to mingcha_monitor, mingcha_api, mingcha_notifier',
    );
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table audit_record');
    await runner.query('drop function refuse_change');
    await runner.query('drop sequence audit_record_no');
  }
}
