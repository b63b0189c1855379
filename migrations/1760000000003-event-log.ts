import type { MigrationInterface, QueryRunner } from 'typeorm';

const APPEND_ONLY = ['event', 'event_identity'];

/** Events with their bytes, their identities, stream positions, quarantine and the Postgres inbox. */
export class EventLog1760000000003 implements MigrationInterface {
  name = 'EventLog1760000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await this.events(runner);
    await this.months(runner);
    await this.positions(runner);
    await this.quarantine(runner);
    await this.inbox(runner);
    await runner.query('reset role');
  }

  /**
   * Month partitions cannot enforce (source, id), so the narrow identity table does, spread by hash. `sealed` holds the
   * decoded event and the received bytes together; `sealing` 0 = plain, 1 = AES-256-GCM under the case's key.
   */
  private async events(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table event_identity (
        source     text collate "C" not null,
        event_id   text collate "C" not null,
        raw_digest bytea not null,
        case_id    text collate "C" not null,
        primary key (source, event_id, raw_digest)
      ) partition by hash (source, event_id)`);
    for (let remainder = 0; remainder < 8; remainder += 1) {
      await runner.query(`
        create table event_identity_${remainder} partition of event_identity
        for values with (modulus 8, remainder ${remainder})`);
      await runner.query(`
        create trigger never_truncated before truncate on event_identity_${remainder}
        for each statement execute function refuse_change()`);
    }
    await runner.query(`
      create table event (
        received_at     timestamptz not null,
        occurred_at     timestamptz not null,
        recorded_at     timestamptz not null,
        "offset"        bigint      not null,
        data_version    bigint      not null,
        "partition"     integer     not null,
        sealing         smallint    not null,
        shared_space    boolean     not null,
        is_test         boolean     not null,
        case_id         text collate "C" not null,
        source          text collate "C" not null,
        event_id        text collate "C" not null,
        raw_digest      bytea       not null,
        type            text collate "C" not null,
        topic           text collate "C" not null,
        tenant          text        not null,
        region_code     text collate "C" not null,
        unit_path       text collate "C" not null,
        subject_persons text[]      not null,
        recipient_unit  text collate "C" not null,
        sealed          bytea       not null
      ) partition by range (received_at)`);
    await runner.query('alter table event alter column sealed set storage external');
    await runner.query('create index event_case on event (case_id)');
    await runner.query(`
      create table case_key (
        case_id      text collate "C" primary key,
        secret       bytea,
        destroyed_at timestamptz,
        check ((secret is null) = (destroyed_at is not null))
      )`);
    for (const table of APPEND_ONLY) {
      await runner.query(`
        create trigger append_only before update or delete on ${table}
        for each row execute function refuse_change()`);
      await runner.query(`
        create trigger never_truncated before truncate on ${table}
        for each statement execute function refuse_change()`);
    }
    await runner.query(
      'grant select, insert on event, event_identity, case_key to mingcha_monitor',
    );
    await runner.query('grant select on event, event_identity, case_key to mingcha_api');
    await runner.query('grant select on event, event_identity to mingcha_auditor');
  }

  /**
   * Makes the partitions of one month (UTC) if they are missing. Attaching takes a weaker lock on the parent than
   * CREATE … PARTITION OF, so running writers are not stopped; the advisory lock lets two writers ask at once.
   */
  private async months(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function ensure_month(parent text, at timestamptz) returns void
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
        execute format('create trigger never_truncated before truncate on %I for each statement execute function refuse_change()', child);
      end $$`);
    await runner.query('revoke all on function ensure_month from public');
    await runner.query(
      'grant execute on function ensure_month to mingcha_monitor, mingcha_api, mingcha_notifier',
    );
  }

  private async positions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table stream_position (
        topic            text collate "C" not null,
        "partition"      integer     not null,
        next_offset      bigint      not null,
        consumed_through timestamptz not null,
        primary key (topic, "partition")
      ) with (fillfactor = 50)`);
    await runner.query('grant select, insert, update on stream_position to mingcha_monitor');
    await runner.query('grant select on stream_position to mingcha_api, mingcha_auditor');
  }

  private async quarantine(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table quarantine (
        quarantine_id   text collate "C" primary key,
        received_at     timestamptz not null,
        "offset"        bigint      not null,
        "partition"     integer     not null,
        topic           text collate "C" not null,
        reason          text collate "C" not null,
        field           text,
        detail          jsonb       not null,
        source          text collate "C",
        event_id        text collate "C",
        raw             bytea,
        digest          bytea       not null,
        state           text        not null default 'waiting' check (state in ('waiting', 'repaired', 'released')),
        decided_at      timestamptz,
        decided_by      text,
        reason_text     text,
        repaired_by     text,
        tenant          text        not null,
        region_code     text collate "C",
        unit_path       text collate "C",
        subject_persons text[]      not null default '{}',
        recipient_unit  text collate "C",
        shared_space    boolean     not null default false
      )`);
    await runner.query('create index quarantine_order on quarantine (received_at, quarantine_id)');
    await runner.query('grant select, insert on quarantine to mingcha_monitor');
    await runner.query(
      'grant update (state, decided_at, decided_by, reason_text, repaired_by) on quarantine to mingcha_monitor',
    );
    await runner.query('grant select on quarantine to mingcha_api, mingcha_auditor');
  }

  private async inbox(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table inbox_partition (
        topic            text    not null,
        "partition"      integer not null,
        next_offset      bigint  not null default 0,
        last_appended_at bigint  not null default 0,
        primary key (topic, "partition")
      )`);
    await runner.query(`
      create table inbox_record (
        topic       text    not null,
        "partition" integer not null,
        "offset"    bigint  not null,
        key         text,
        headers     jsonb   not null default '{}'::jsonb,
        value       bytea,
        appended_at bigint  not null,
        primary key (topic, "partition", "offset")
      )`);
    await runner.query(
      'grant select, insert, update on inbox_partition to mingcha_api, mingcha_monitor',
    );
    await runner.query('grant select, insert on inbox_record to mingcha_api, mingcha_monitor');
    await runner.query('grant delete on inbox_record to mingcha_monitor');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table inbox_record, inbox_partition, quarantine, stream_position, case_key, event, event_identity',
    );
    await runner.query('drop function ensure_month');
  }
}
