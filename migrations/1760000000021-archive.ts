import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Settings under which a row is written as text: the same whoever asks, and for ever. */
const AS_TEXT =
  "set search_path = public, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD' set bytea_output = 'hex'";

/**
 * Archiving of months. A month is written to a folder, read back, and only then dropped, by another person, through
 * functions that run as the owner and check everything again: the application's roles cannot drop anything. Leaves and
 * tiles stay, so every proof stays valid.
 */
export class Archive1760000000021 implements MigrationInterface {
  name = 'Archive1760000000021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await this.register(runner);
    await this.lines(runner);
    await this.obstacles(runner);
    await this.dropping(runner);
    await this.restoring(runner);
    await runner.query(
      'grant select on archived_month to mingcha_archivist, mingcha_api, mingcha_auditor',
    );
    await runner.query('grant insert on archived_month to mingcha_archivist');
    await runner.query('reset role');
  }

  private async register(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table archived_month (
        archive_id      text collate "C" primary key,
        parent          text        not null check (parent in ('event', 'audit_record')),
        month           text        not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
        rows            bigint      not null,
        rows_digest     bytea       not null check (octet_length(rows_digest) = 32),
        manifest_digest bytea       not null check (octet_length(manifest_digest) = 32),
        tree_size       bigint      not null,
        written_at      timestamptz not null,
        written_by      text        not null,
        dropped_at      timestamptz,
        dropped_by      text check (dropped_by <> written_by),
        restored_at     timestamptz,
        restored_by     text,
        tenant          text        not null,
        check ((dropped_at is null) = (dropped_by is null)),
        check ((restored_at is null) = (restored_by is null)),
        check (restored_at is null or dropped_at is not null)
      )`);
    await runner.query(`
      create trigger only_onward before update or delete on archived_month
      for each row execute function keep_what_is_set()`);
    await runner.query(`
      create trigger never_truncated before truncate on archived_month
      for each statement execute function refuse_change()`);
    await runner.query(`
      create constraint trigger step_recorded after insert or update on archived_month
      deferrable initially deferred for each row execute function demand_step_record('archive:', 'archive_id')`);
  }

  /**
   * The rows of a month as they are archived: PostgreSQL's JSON of each, in a fixed order; records with the index of
   * their leaf. `month_digest` is SHA-256 over the SHA-256 of each line in that order (32 bytes a row in memory).
   */
  private async lines(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function month_child(parent text, month text) returns text
      language plpgsql immutable set search_path = public, pg_temp as $$
      begin
        if parent not in ('event', 'audit_record') or month !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' then
          raise exception 'there is no month % of %', month, parent;
        end if;
        return parent || '_' || replace(month, '-', '_');
      end $$`);
    await runner.query(`
      create function month_lines(parent text, month text) returns setof text
      language plpgsql stable security definer ${AS_TEXT} as $$
      declare
        child text := month_child(parent, month);
      begin
        if parent = 'event' then
          return query execute format(
            'select row_to_json(x)::text from (select * from %I order by received_at, source, event_id, raw_digest) x', child);
        else
          return query execute format(
            'select row_to_json(x)::text from (
               select r.*, l.leaf_index from %I r left join audit_leaf l on l.record_no = r.record_no
               order by r."time", r.record_no) x', child);
        end if;
      end $$`);
    await runner.query(`
      create function month_digest(parent text, month text, out rows bigint, out digest bytea)
      language sql stable security definer set search_path = public, pg_temp as $$
        select count(*), sha256(coalesce(string_agg(sha256(convert_to(line, 'UTF8')), ''::bytea order by n), ''::bytea))
        from month_lines(parent, month) with ordinality as l (line, n)
      $$`);
    await runner.query('revoke all on function month_child, month_lines, month_digest from public');
    await runner.query('grant execute on function month_lines, month_digest to mingcha_archivist');
  }

  /** Why a month may not leave the database, in words; none: it may. */
  private async obstacles(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function month_obstacles(parent text, month text, years integer) returns setof text
      language plpgsql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
      declare
        child text := month_child(parent, month);
        first timestamptz := (month || '-01')::timestamptz;
        past timestamptz := first + interval '1 month';
        kept interval := make_interval(years => greatest(years, 10));
        covered bigint := (select max(size) from audit_checkpoint where complete);
        standing bigint;
        named text;
      begin
        if to_regclass('public.' || child) is null then
          return next 'it is not in the database';
          return;
        end if;
        if past + kept > now() then
          -- The rest would be counted in vain.
          return next format('its term runs until %s', to_char(past + kept, 'YYYY-MM-DD'));
          return;
        end if;
        for named in
          select h.hold_id from legal_hold h
          where h.lifted_at is null and h.kind = 'period' and h.period_from < past and h.period_to > first
        loop return next format('legal hold %s', named); end loop;
        if covered is null then
          return next 'no checkpoint is complete';
          covered := 0;
        end if;
        if parent = 'event' then
          return query execute format(
            'select distinct ''legal hold '' || h.hold_id from %I e join legal_hold h on h.lifted_at is null and (
               h.kind = ''case'' and h.subject = e.case_id
               or h.kind = ''person'' and h.subject = any(e.subject_persons)
               or h.kind in (''alert'', ''person'') and exists (select from alert a where a.case_id = e.case_id
                 and (h.kind = ''alert'' and a.alert_id = h.subject or h.kind = ''person'' and h.subject = any(a.subject_persons))))
             order by 1', child);
          execute format(
            'select count(*) from (select distinct case_id from %I) e join case_state c on c.case_id = e.case_id
             where c.frozen is null and (c.open_state = ''open'' or c.next_due_at is not null
               or exists (select from event later where later.case_id = c.case_id and later.received_at > now() - $1))', child)
            into standing using kept;
          if standing > 0 then
            return next format('%s of its cases are open or their own terms still run', standing);
          end if;
          execute format(
            'select count(*) from %I e where not exists (
               select from audit_record r join audit_leaf l on l.record_no = r.record_no
               where r.entity = ''case:'' || e.case_id and r.action = ''event.accepted''
                 and r.object = ''event:'' || e.source || ''/'' || e.event_id
                 and l.leaf_index < $1 and l.leaf_hash = r.leaf_hash)
             and not exists (
               select from audit_record r join audit_leaf l on l.record_no = r.record_no
               where r.entity is null and r.object = ''event:'' || e.source || ''/'' || e.event_id
                 and r.action = ''event.accepted'' and l.leaf_index < $1 and l.leaf_hash = r.leaf_hash)', child)
            into standing using covered;
        else
          return query execute format(
            'select distinct ''legal hold '' || h.hold_id from %I r join legal_hold h on h.lifted_at is null and (
               h.kind = ''case'' and r.entity = ''case:'' || h.subject
               or h.kind = ''alert'' and r.entity = ''alert:'' || h.subject
               or h.kind = ''person'' and h.subject = any(r.subject_persons)
               or h.kind in (''case'', ''alert'') and exists (select from alert a where
                 h.kind = ''case'' and a.case_id = h.subject and r.entity = ''alert:'' || a.alert_id
                 or h.kind = ''alert'' and a.alert_id = h.subject and r.entity = ''case:'' || a.case_id))
             order by 1', child);
          for named in
            select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'event'::regclass and c.relname <= 'event_' || replace(month, '-', '_') order by 1
          loop
            execute format('select count(*) from (select from %I limit 1) e', named) into standing;
            if standing > 0 then
              return next format('%s has to be archived before it', named);
            end if;
          end loop;
          execute format(
            'select count(*) from %I r left join audit_leaf l on l.record_no = r.record_no
             where l.record_no is null or l.leaf_index >= $1 or l.leaf_hash <> r.leaf_hash', child)
            into standing using covered;
        end if;
        if standing > 0 then
          return next format('%s of its rows have no record under a complete checkpoint', standing);
        end if;
      end $$`);
    await runner.query('revoke all on function month_obstacles from public');
    await runner.query('grant execute on function month_obstacles to mingcha_archivist');
  }

  /**
   * Drops a month that was archived: what was read back from the archive has to be what stands here. Waits 10 s at most
   * for the lock that keeps writers out for the moment of dropping.
   */
  private async dropping(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function drop_month(archive text, actor text, at timestamptz, years integer, read_digest bytea) returns void
      language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '10s' as $$
      declare
        archived archived_month;
        child text;
        why text;
        here record;
      begin
        select * into archived from archived_month where archive_id = archive for update;
        if archived.archive_id is null or archived.dropped_at is not null then
          raise exception 'archive % is not known, or its month was dropped already', archive
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        if actor = archived.written_by then
          raise exception 'the archive was written by %: another person has to drop the month', actor
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        child := month_child(archived.parent, archived.month);
        select string_agg(o, '; ') into why from month_obstacles(archived.parent, archived.month, years) o;
        if why is not null then
          raise exception '%', why using errcode = 'object_not_in_prerequisite_state';
        end if;
        execute format('lock table %I in share mode', child);
        select * into here from month_digest(archived.parent, archived.month);
        if here.digest <> archived.rows_digest or here.digest is distinct from read_digest then
          raise exception 'the archive does not hold what stands in %', child
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        if archived.parent = 'event' then
          execute format(
            'update case_state set frozen = ''archived'', version = version + 1
             where frozen is null and case_id in (select case_id from %I)', child);
        end if;
        update archived_month set dropped_at = at, dropped_by = actor where archive_id = archive;
        execute format('alter table %I detach partition %I', archived.parent, child);
        execute format('drop table %I', child);
      end $$`);
    await runner.query('revoke all on function drop_month from public');
    await runner.query('grant execute on function drop_month to mingcha_archivist');
  }

  /** Two halves of one transaction, between which the archivist fills the table. Nobody else sees it before the end. */
  private async restoring(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function begin_restore(archive text) returns text
      language plpgsql security definer set search_path = public, pg_temp as $$
      declare
        archived archived_month;
        child text;
      begin
        select * into archived from archived_month where archive_id = archive for update;
        if archived.dropped_at is null or archived.restored_at is not null then
          raise exception 'archive % is not known, or its month is in the database', archive
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        child := month_child(archived.parent, archived.month);
        execute format('create table %I (like %I including defaults including storage including constraints)',
          child, archived.parent);
        execute format('grant insert on %I to mingcha_archivist', child);
        return child;
      end $$`);
    await runner.query(`
      create function finish_restore(archive text, actor text, at timestamptz) returns void
      language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '10s' as $$
      declare
        archived archived_month;
        child text;
        here record;
        first timestamptz;
      begin
        select * into archived from archived_month where archive_id = archive;
        child := month_child(archived.parent, archived.month);
        first := (archived.month || '-01')::timestamptz;
        execute format('revoke all on %I from mingcha_archivist', child);
        select * into here from month_digest(archived.parent, archived.month);
        if here.digest is distinct from archived.rows_digest or here.rows is distinct from archived.rows then
          raise exception 'what was read from the archive is not what was archived'
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        update archived_month set restored_at = at, restored_by = actor where archive_id = archive;
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          archived.parent, child, first, first + interval '1 month');
        perform close_month(archived.parent, child);
      end $$`);
    await runner.query('revoke all on function begin_restore, finish_restore from public');
    await runner.query(
      'grant execute on function begin_restore, finish_restore to mingcha_archivist',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop function finish_restore, begin_restore, drop_month, month_obstacles, month_digest, month_lines, month_child',
    );
    await runner.query('drop table archived_month');
  }
}
