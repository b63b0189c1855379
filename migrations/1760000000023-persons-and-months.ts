import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables with two persons who have to be different: constraint, table, the one and the other. */
const DIFFERENT = [
  ['confirmed_by_another', 'legal_hold', 'confirmed_by', 'placed_by'],
  ['lifted_by_another', 'legal_hold', 'lifted_by', 'lift_requested_by'],
  ['decided_by_another', 'erasure_request', 'decided_by', 'requested_by'],
  ['dropped_by_another', 'archived_month', 'dropped_by', 'written_by'],
  ['requested_by_two', 'export_request', 'requesters[1]', 'requesters[2]'],
  ['approved_by_a_third', 'export_request', 'approver', 'requesters[1]'],
  ['approved_by_another', 'export_request', 'approver', 'requesters[2]'],
] as const;

/** Characters that are not shown: Default_Ignorable_Code_Point of Unicode. */
const UNSEEN =
  '\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F\\u3164' +
  '\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFF8\\U0001BCA0-\\U0001BCA3\\U0001D173-\\U0001D17A\\U000E0000-\\U000E0FFF';

/**
 * One person is not two by another way of writing, for the database as for the code; the auditor advances the inbox by what
 * it told and by nothing else; digests of an erased case go with the last copy; and what takes long when a month goes or comes
 * back is done before the transaction has an id, so that the sequencer does not wait for it.
 */
export class PersonsAndMonths1760000000023 implements MigrationInterface {
  name = 'PersonsAndMonths1760000000023';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await this.persons(runner);
    await this.inbox(runner);
    await this.copies(runner);
    await this.dropping(runner);
    await this.restoring(runner);
    await runner.query('reset role');
  }

  /** As libs/core/person-name.ts reads a name. Not valid for rows of before, which stay as they are. */
  private async persons(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function person_read_as(name text) returns text language sql immutable parallel safe
      return normalize(btrim(regexp_replace(
        regexp_replace(normalize(name, NFKC), '[${UNSEEN}]', '', 'g'), '\\s+', ' ', 'g')), NFKC)`);
    for (const [constraint, table, one, other] of DIFFERENT)
      await runner.query(`
        alter table ${table} add constraint ${constraint}
        check (person_read_as(${one}) <> person_read_as(${other})) not valid`);
  }

  /** Offsets are taken by records, one each, at the end of the partition; and no time of the future is told. */
  private async inbox(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function refuse_other_place() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if new."offset" < (select p.next_offset from inbox_partition p where p.topic = new.topic and p."partition" = new."partition")
          or new.appended_at > greatest(extract(epoch from clock_timestamp()) * 1000 + 60000, (
            select p.last_appended_at from inbox_partition p where p.topic = new.topic and p."partition" = new."partition")) then
          raise exception 'the auditor appends to the inbox, now and at its end' using errcode = 'insufficient_privilege';
        end if;
        return null;
      end $$`);
    await runner.query(`
      create trigger of_auditor_at_end after insert on inbox_record for each row
      when (current_user = 'mingcha_auditor') execute function refuse_other_place()`);
    await runner.query(`
      create function demand_appended() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if new.next_offset < old.next_offset or new.last_appended_at < old.last_appended_at
          or new.last_appended_at > greatest(old.last_appended_at, extract(epoch from clock_timestamp()) * 1000 + 60000)
          or new.next_offset - old.next_offset <> (
            select count(*) from inbox_record r where r.topic = new.topic and r."partition" = new."partition"
              and r."offset" >= old.next_offset and r."offset" < new.next_offset) then
          raise exception 'the auditor advances % by what it appended and by nothing else', new.topic
            using errcode = 'insufficient_privilege';
        end if;
        return null;
      end $$`);
    await runner.query(`
      create constraint trigger advanced_by_auditor after update on inbox_partition
      deferrable initially deferred for each row when (current_user = 'mingcha_auditor')
      execute function demand_appended()`);
    await runner.query(`
      create function demand_advanced() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if new."offset" >= (select p.next_offset from inbox_partition p where p.topic = new.topic and p."partition" = new."partition") then
          raise exception 'the auditor takes no place beyond the end of %', new.topic using errcode = 'insufficient_privilege';
        end if;
        return null;
      end $$`);
    await runner.query(`
      create constraint trigger within_partition after insert on inbox_record
      deferrable initially deferred for each row when (current_user = 'mingcha_auditor')
      execute function demand_advanced()`);
    await runner.query(
      'revoke all on function refuse_other_place, demand_appended, demand_advanced from public',
    );
  }

  /**
   * As before; and where this case held the last readable copy of an event of a case that was erased earlier, the digest at
   * home goes as well.
   */
  private async copies(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function destroy_case_key(request text) returns void
      language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '10s' as $$
      declare
        homes text[];
        sources text[];
        ids text[];
        digests bytea[];
      begin
        perform lock_holds();
        select array_agg(m.home_case_id), array_agg(m.source), array_agg(m.event_id), array_agg(m.raw_digest)
        into homes, sources, ids, digests
        from moved_event m join erasure_request r on r.request_id = request and r.case_id = m.case_id
        join case_key k on k.case_id = m.home_case_id and k.destroyed_at is not null;
        perform destroy_case_key_unlocked(request);
        with fresh as materialized (
          select c.*, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) as other
          from unnest(homes, sources, ids, digests) as c (home, source, event_id, raw_digest)
          where not exists (
            select from moved_event m where m.home_case_id = c.home and m.source = c.source
              and m.event_id = c.event_id and m.raw_digest = c.raw_digest)
        ), identities as (
          update event_identity i set raw_digest = f.other from fresh f
          where i.source = f.source and i.event_id = f.event_id and i.raw_digest = f.raw_digest and i.case_id = f.home
        )
        update event e set raw_digest = f.other from fresh f
        where e.case_id = f.home and e.source = f.source and e.event_id = f.event_id and e.raw_digest = f.raw_digest;
      end $$`);
  }

  /**
   * As before, in another order: reading the month and asking what keeps it take long, and come before the first statement that
   * gives the transaction an id. Until then the sequencer sees nothing of it. The advisory lock stands for the row's.
   */
  private async dropping(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function drop_month(archive text, actor text, at timestamptz, years integer, read_digest bytea) returns void
      language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '10s' as $$
      declare
        archived archived_month;
        child text;
        why text;
        here record;
      begin
        perform pg_advisory_xact_lock(hashtext('archive ' || archive));
        select * into archived from archived_month where archive_id = archive;
        if archived.archive_id is null or archived.dropped_at is not null then
          raise exception 'archive % is not known, or its month was dropped already', archive
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        if actor is null or person_read_as(actor) = person_read_as(archived.written_by) then
          raise exception 'the archive was written by %: another person has to drop the month', archived.written_by
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
        perform lock_holds();
        select string_agg(o, '; ') into why from month_obstacles(archived.parent, archived.month, years) o;
        if why is not null then
          raise exception '%', why using errcode = 'object_not_in_prerequisite_state';
        end if;
        -- From here on the transaction has an id.
        if archived.parent = 'event' then
          execute format(
            'update case_state set frozen = ''archived'', version = version + 1
             where frozen is null and case_id in (select case_id from %I)', child);
        end if;
        update archived_month set dropped_at = at, dropped_by = actor where archive_id = archive;
        execute format('alter table %I detach partition %I', archived.parent, child);
        execute format('drop table %I', child);
      end $$`);
  }

  /**
   * The month is filled in transactions of its own, beside the table, with indexes and bounds from the start; the last
   * transaction compares its digest and only then writes. What an earlier attempt left is made anew.
   */
  private async restoring(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function begin_restore_of_dropped(archive text) returns text
      language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '10s' as $$
      declare
        archived archived_month := (select a from archived_month a where archive_id = archive);
        child text := month_child(archived.parent, archived.month);
        first timestamptz := (archived.month || '-01')::timestamptz;
        of_time text := case archived.parent when 'event' then 'received_at' else 'time' end;
      begin
        perform pg_advisory_xact_lock(hashtext('archive ' || archive));
        if exists (select from pg_inherits i where i.inhrelid = to_regclass('public.' || child)) then
          raise exception '% is in the database', child using errcode = 'object_not_in_prerequisite_state';
        end if;
        execute format('drop table if exists %I', child);
        execute format(
          'create table %I (like %I including defaults including storage including constraints including indexes,
             constraint of_month check (%I >= %L and %I < %L))',
          child, archived.parent, of_time, first, of_time, first + interval '1 month');
        execute format('grant insert on %I to mingcha_archivist', child);
        return child;
      end $$`);
    await runner.query(`
      create or replace function finish_restore_of_dropped(archive text, actor text, at timestamptz) returns void
      language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '10s' as $$
      declare
        archived archived_month := (select a from archived_month a where archive_id = archive);
        child text := month_child(archived.parent, archived.month);
        first timestamptz := (archived.month || '-01')::timestamptz;
        here record;
      begin
        perform pg_advisory_xact_lock(hashtext('archive ' || archive));
        execute format('lock table %I in share mode', child);
        select * into here from month_digest(archived.parent, archived.month);
        if here.digest is distinct from archived.rows_digest or here.rows is distinct from archived.rows then
          raise exception 'what was read from the archive is not what was archived'
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        -- From here on the transaction has an id.
        execute format('revoke all on %I from mingcha_archivist', child);
        update archived_month set restored_at = at, restored_by = actor where archive_id = archive;
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          archived.parent, child, first, first + interval '1 month');
        execute format('alter table %I drop constraint of_month', child);
        perform close_month(archived.parent, child);
      end $$`);
  }

  /** Names are compared as written again; functions that only check more, or do the same in another order, stay. */
  async down(runner: QueryRunner): Promise<void> {
    for (const [constraint, table] of DIFFERENT)
      await runner.query(`alter table ${table} drop constraint ${constraint}`);
    for (const [trigger, table] of [
      ['of_auditor_at_end', 'inbox_record'],
      ['within_partition', 'inbox_record'],
      ['advanced_by_auditor', 'inbox_partition'],
    ])
      await runner.query(`drop trigger ${trigger} on ${table}`);
    await runner.query('drop function refuse_other_place, demand_appended, demand_advanced');
  }
}
