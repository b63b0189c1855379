import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What may change in place, but is never removed: current states, and histories of which one column moves. */
const NEVER_REMOVED = [
  'case_state',
  'case_key',
  'finding',
  'alert',
  'quarantine',
  'reference_fact',
  'source_coverage',
  'audit_index_request',
];

/**
 * What an audit of every table, role and verb found open (test/store/append-only.test.ts): the monitor could set the
 * order of alert events itself; a partition lost its trigger when the owner detached it; the owner could remove current
 * states, quarantined bytes and reference facts without a word; a quarantine decision needed no record and could be made
 * over again.
 */
export class AppendOnly1760000000011 implements MigrationInterface {
  name = 'AppendOnly1760000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await this.orderOfAlertEvents(runner);
    await this.partitions(runner);
    await this.removals(runner);
    await this.quarantineDecisions(runner);
    await runner.query('reset role');
  }

  /** `xid` and `seq` are the database's own, as in audit_record. */
  private async orderOfAlertEvents(runner: QueryRunner): Promise<void> {
    await runner.query('revoke insert on alert_event from mingcha_monitor');
    await runner.query(`
      grant insert (alert_id, event_no, revision, entity_seq, at, saved_at, kind, actor, reason, level, state, detail,
        tenant, region_code, unit_path, subject_persons, recipient_unit, shared_space)
      on alert_event to mingcha_monitor`);
  }

  /** A trigger of the partition's own beside the one that it has from its table, which goes when it is detached. */
  private async partitions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      do $$ declare child regclass; begin
        for child in
          select inhrelid from pg_inherits
          where inhparent in ('event'::regclass, 'audit_record'::regclass, 'event_identity'::regclass)
            and inhrelid in (select oid from pg_class where relkind = 'r')
        loop
          execute format('create trigger append_only_itself before update or delete on %s
            for each row execute function refuse_change()', child);
        end loop;
      end $$`);
    await runner.query(`
      create or replace function ensure_month(parent text, at timestamptz) returns void
      language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
      declare
        first timestamptz := date_trunc('month', at);
        child text := parent || to_char(first, '_YYYY_MM');
      begin
        if parent not in ('event', 'audit_record') then
          raise exception 'ensure_month: % is not partitioned by month', parent;
        end if;
        perform pg_advisory_xact_lock(hashtext('ensure_month ' || parent));
        -- Not to_regclass: its cached "no" outlives the wait for the lock.
        if exists (
          select from pg_class where relnamespace = 'public'::regnamespace and relname = child
        ) then return; end if;
        execute format('create table %I (like %I including defaults including storage including constraints)', child, parent);
        if parent = 'event' then
          execute format('alter table %I set (toast_tuple_target = 8160)', child);
        end if;
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          parent, child, first, first + interval '1 month');
        execute format('create trigger append_only_itself before update or delete on %I for each row execute function refuse_change()', child);
        execute format('create trigger never_truncated before truncate on %I for each statement execute function refuse_change()', child);
      end $$`);
  }

  private async removals(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function refuse_removal() returns trigger language plpgsql as $$
      begin
        raise exception 'rows of % are never removed: % refused', tg_table_name, lower(tg_op)
          using errcode = 'insufficient_privilege';
      end $$`);
    for (const table of NEVER_REMOVED) {
      await runner.query(`
        create trigger never_removed before delete on ${table}
        for each row execute function refuse_removal()`);
      await runner.query(`
        create trigger never_truncated before truncate on ${table}
        for each statement execute function refuse_removal()`);
    }
  }

  /**
   * A quarantined record is decided once, and only its decision is ever written. The record of the decision is found by
   * the transaction that wrote both.
   */
  private async quarantineDecisions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function guard_quarantine() returns trigger language plpgsql as $$
      begin
        if old.state <> 'waiting' or new.state = 'waiting' or (
          new.quarantine_id, new.received_at, new."offset", new."partition", new.topic, new.reason, new.field,
          new.detail, new.source, new.event_id, new.raw, new.digest, new.tenant, new.region_code, new.unit_path,
          new.subject_persons, new.recipient_unit, new.shared_space
        ) is distinct from (
          old.quarantine_id, old.received_at, old."offset", old."partition", old.topic, old.reason, old.field,
          old.detail, old.source, old.event_id, old.raw, old.digest, old.tenant, old.region_code, old.unit_path,
          old.subject_persons, old.recipient_unit, old.shared_space
        ) then
          raise exception 'quarantine is append-only: a record that waits may be decided, nothing else changes'
            using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create trigger decided_once before update on quarantine
      for each row execute function guard_quarantine()`);
    await runner.query(`
      create function demand_decision_record() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if not exists (
          select from audit_record r
          where r.xid = pg_current_xact_id() and r.object = 'quarantine:' || new.quarantine_id
            and r.action = 'event.' || new.state and r.actor = new.decided_by
        ) then
          raise exception 'the decision on quarantined record % has no audit record', new.quarantine_id
            using errcode = 'integrity_constraint_violation';
        end if;
        return null;
      end $$`);
    await runner.query(`
      create constraint trigger decision_recorded after update on quarantine
      deferrable initially deferred for each row execute function demand_decision_record()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger decision_recorded on quarantine');
    await runner.query('drop trigger decided_once on quarantine');
    await runner.query('drop function demand_decision_record, guard_quarantine');
    for (const table of NEVER_REMOVED) {
      await runner.query(`drop trigger never_removed on ${table}`);
      await runner.query(`drop trigger never_truncated on ${table}`);
    }
    await runner.query('drop function refuse_removal');
    await runner.query('grant insert on alert_event to mingcha_monitor');
  }
}
