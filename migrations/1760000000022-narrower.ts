import type { MigrationInterface, QueryRunner } from 'typeorm';

/** First letters of actions that belong to one role; the trigger's condition is all that other records cost. */
const OWN_ACTIONS = "('inde', 'key.', 'expo', 'data', 'hold', 'eras')";

/**
 * What roles could do beyond their work: write records of each other's actions, add rows that were decided already,
 * freeze cases, tell other events than `audit.broken`; and what slipped past a check: a legal hold placed during an
 * erasure or a drop, one requester written twice, a watermark set back.
 */
export class Narrower1760000000022 implements MigrationInterface {
  name = 'Narrower1760000000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await this.actions(runner);
    await this.columns(runner);
    await this.freezing(runner);
    await this.erasing(runner);
    await this.dropping(runner);
    await this.restoring(runner);
    await this.inbox(runner);
    await this.watermark(runner);
    await this.requests(runner);
    await runner.query('reset role');
  }

  /**
   * Column and leaf both count: bundles carry the leaf. A row trigger after the insert, since one before it would keep
   * COPY from writing whole pages.
   */
  private async actions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function refuse_foreign_action() returns trigger language plpgsql as $$
      declare
        action text;
        its_role text;
      begin
        if current_user = 'mingcha_migrator' then return null; end if;
        foreach action in array array[new.action, substring(new.leaf from '^{"action":"([^"]*)"')] loop
          its_role := case
            when action = 'index.committed' or action like 'key.%' then 'mingcha_sequencer'
            when action like 'export.%' then 'mingcha_evidence'
            when action like 'data.%' or action like 'hold.%' or action like 'erasure.%' then 'mingcha_archivist'
          end;
          if its_role is not null and not pg_has_role(current_user, its_role, 'member') then
            raise exception 'records of % are written by % alone', action, its_role
              using errcode = 'insufficient_privilege';
          end if;
        end loop;
        return null;
      end $$`);
    await runner.query(`
      create trigger own_actions after insert on audit_record for each row
      when (left(new.action, 4) in ${OWN_ACTIONS} or substr(new.leaf, 12, 4) in ${OWN_ACTIONS})
      execute function refuse_foreign_action()`);
  }

  /** Rows come as requests; what decides them comes later, from another person or from a function. */
  private async columns(runner: QueryRunner): Promise<void> {
    await runner.query(
      'revoke insert on archived_month, erasure_request, legal_hold from mingcha_archivist',
    );
    await runner.query(`
      grant insert (archive_id, parent, month, rows, rows_digest, manifest_digest, tree_size, written_at, written_by, tenant)
      on archived_month to mingcha_archivist`);
    await runner.query(`
      grant insert (request_id, case_id, reason, requested_at, requested_by, tenant)
      on erasure_request to mingcha_archivist`);
    await runner.query(`
      grant insert (hold_id, kind, subject, period_from, period_to, reason, placed_at, placed_by, tenant)
      on legal_hold to mingcha_archivist`);
  }

  /** One column stays with the archivist, for the right to lock the row. */
  private async freezing(runner: QueryRunner): Promise<void> {
    await runner.query(
      'revoke update (audit_seq, audit_head, next_due_at, frozen) on case_state from mingcha_archivist',
    );
    await runner.query(`
      create function freeze_by_function() returns trigger language plpgsql as $$
      begin
        if current_user <> 'mingcha_migrator' and not (select rolsuper from pg_roles where rolname = current_user) then
          raise exception 'a case is frozen by its erasure or with its month, by nothing else'
            using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create trigger frozen_by_function before update of frozen on case_state for each row
      when (new.frozen is distinct from old.frozen) execute function freeze_by_function()`);
    await runner.query(`
      create function freeze_erased_case(request text, seq bigint, head bytea) returns void
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        update case_state c set version = c.version + 1, audit_seq = seq, audit_head = head, next_due_at = null,
          frozen = 'erased'
        from erasure_request r, case_key k
        where r.request_id = request and r.decision = 'approved' and c.case_id = r.case_id and k.case_id = r.case_id
          and k.destroyed_at is not null and seq = c.audit_seq + 1 and c.frozen is distinct from 'erased';
        if not found then
          raise exception 'erasure request % has not destroyed the key of its case just now', request
            using errcode = 'object_not_in_prerequisite_state';
        end if;
      end $$`);
    await runner.query('revoke all on function freeze_erased_case from public');
    await runner.query('grant execute on function freeze_erased_case to mingcha_archivist');
    await runner.query(`
      create or replace function demand_erasure_record() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if not exists (
          select from audit_record r join case_state c on c.case_id = new.case_id
          where r.xid = pg_current_xact_id() and r.action = 'data.erased' and r.object = 'case:' || new.case_id
            and r.entity = r.object and r.entity_seq = c.audit_seq and r.leaf_hash = c.audit_head and c.frozen = 'erased'
        ) then
          raise exception 'the key of case % was destroyed without its audit record', new.case_id
            using errcode = 'integrity_constraint_violation';
        end if;
        return null;
      end $$`);
  }

  /** Holds being placed are waited for, and none is placed until the erasure has ended. */
  private async erasing(runner: QueryRunner): Promise<void> {
    await runner.query('alter function destroy_case_key rename to destroy_case_key_unlocked');
    await runner.query(
      'revoke all on function destroy_case_key_unlocked from mingcha_archivist, public',
    );
    await runner.query(`
      create or replace function lock_holds() returns void language plpgsql set search_path = public, pg_temp as $$
      begin
        if current_setting('transaction_isolation') <> 'read committed' then
          raise exception 'holds are checked in read committed only: an older snapshot would not show them';
        end if;
        lock table legal_hold in share row exclusive mode;
      end $$`);
    await runner.query('revoke all on function lock_holds from public');
    await runner.query(`
      create function destroy_case_key(request text) returns void
      language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '10s' as $$
      begin
        perform lock_holds();
        perform destroy_case_key_unlocked(request);
      end $$`);
    await runner.query('revoke all on function destroy_case_key from public');
    await runner.query('grant execute on function destroy_case_key to mingcha_archivist');
  }

  /**
   * As before; but what keeps the month is asked once more when no hold can be placed any more. The lock is taken
   * late: reading a month takes long, and a hold must not wait for that.
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
        select * into archived from archived_month where archive_id = archive for update;
        if archived.archive_id is null or archived.dropped_at is not null then
          raise exception 'archive % is not known, or its month was dropped already', archive
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        if actor is null or actor = archived.written_by then
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
   * A month comes back only where drop_month let it go: `dropped_at` is set by nothing else from now on, and the record
   * of the dropping, with the digest of the same manifest, stands in the trail or was archived itself.
   */
  private async restoring(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function demand_dropped(archive text) returns void
      language plpgsql stable set search_path = public, pg_temp as $$
      declare
        archived archived_month := (select a from archived_month a where archive_id = archive);
      begin
        if archived.dropped_at is null or archived.restored_at is not null then
          raise exception 'archive % is not known, or its month is in the database', archive
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        if not exists (
          select from audit_record r
          where r.entity is null and r.object = 'archive:' || archive and r.action = 'data.dropped'
            and r.actor = archived.dropped_by
            and r.leaf::jsonb -> 'fields' ->> 'manifestDigest' = encode(archived.manifest_digest, 'hex')
        ) and not exists (
          select from archived_month a where a.parent = 'audit_record' and a.dropped_at is not null
            and a.restored_at is null and a.month = to_char(archived.dropped_at at time zone 'UTC', 'YYYY-MM')
        ) then
          raise exception 'no record tells that the month of archive % was dropped', archive
            using errcode = 'object_not_in_prerequisite_state';
        end if;
      end $$`);
    await runner.query('revoke all on function demand_dropped from public');
    for (const [name, given, returned] of [
      ['begin_restore', 'archive text', 'text'],
      ['finish_restore', 'archive text, actor text, at timestamptz', 'void'],
    ] as const) {
      const passed = given.replaceAll(/ text| timestamptz/g, '');
      const type = given.replaceAll(/archive |actor |at /g, '');
      await runner.query(`alter function ${name}(${type}) rename to ${name}_of_dropped`);
      await runner.query(
        `revoke all on function ${name}_of_dropped from mingcha_archivist, public`,
      );
      await runner.query(`
        create function ${name}(${given}) returns ${returned}
        language plpgsql security definer set search_path = public, pg_temp as $$
        begin
          perform demand_dropped(archive);
          ${returned === 'void' ? 'perform' : 'return'} ${name}_of_dropped(${passed});
        end $$`);
      await runner.query(`revoke all on function ${name} from public`);
      await runner.query(`grant execute on function ${name} to mingcha_archivist`);
    }
  }

  /** The auditor tells `audit.broken` and nothing else, whatever the topic is called. */
  private async inbox(runner: QueryRunner): Promise<void> {
    await runner.query('revoke insert, update on inbox_partition from mingcha_auditor');
    await runner.query(
      'grant update (next_offset, last_appended_at) on inbox_partition to mingcha_auditor',
    );
    await runner.query(`
      create function refuse_other_event() returns trigger language plpgsql as $$
      declare
        event jsonb;
      begin
        begin
          event := convert_from(new.value, 'UTF8')::jsonb;
        exception when data_exception then
          event := null;
        end;
        if event ->> 'type' is distinct from 'audit.broken' or event ->> 'source' is distinct from 'mingcha' then
          raise exception '% tells audit.broken and nothing else', current_user using errcode = 'insufficient_privilege';
        end if;
        return null;
      end $$`);
    await runner.query(`
      create trigger of_auditor after insert on inbox_record for each row
      when (current_user = 'mingcha_auditor') execute function refuse_other_event()`);
  }

  /** Set back it would have records sequenced twice, or not at all. Another server counts anew (rebuild-watermark). */
  private async watermark(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function audit_tree_grows() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' or new.size < old.size or (new.size = old.size and new.root <> old.root) or (
          (new.watermark_xid, new.watermark_no) < (old.watermark_xid, old.watermark_no)
          and new.cluster_id is not distinct from old.cluster_id and new.floor_no = old.floor_no
        ) then
          raise exception 'audit_tree only grows: % refused', lower(tg_op) using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
  }

  /** Not valid for rows of before, which stay as they are: such a request goes no further. */
  private async requests(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table export_request add constraint two_requesters check (
        array_ndims(requesters) = 1 and array_lower(requesters, 1) = 1 and cardinality(requesters) = 2
        and requesters[1] is not null and requesters[2] is not null and requesters[1] <> requesters[2]
        and btrim(requesters[1]) <> '' and btrim(requesters[2]) <> '') not valid`);
    await runner.query(`
      alter table export_request add constraint decided_by_somebody
      check ((state = 'requested') = (approver is null)) not valid`);
    await runner.query(`
      create function export_number_starts() returns trigger language plpgsql as $$
      begin
        if new.last <> 1 then
          raise exception 'export_number counts one by one: it starts at 1' using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create trigger starts_at_one before insert on export_number
      for each row execute function export_number_starts()`);
  }

  /** Rights as before; functions that only check more stay. */
  async down(runner: QueryRunner): Promise<void> {
    for (const [trigger, table] of [
      ['own_actions', 'audit_record'],
      ['frozen_by_function', 'case_state'],
      ['of_auditor', 'inbox_record'],
      ['starts_at_one', 'export_number'],
    ])
      await runner.query(`drop trigger ${trigger} on ${table}`);
    for (const constraint of ['two_requesters', 'decided_by_somebody'])
      await runner.query(`alter table export_request drop constraint ${constraint}`);
    await runner.query(`
      drop function refuse_foreign_action, freeze_by_function, freeze_erased_case, refuse_other_event,
        export_number_starts, destroy_case_key, begin_restore, finish_restore, demand_dropped`);
    await runner.query('alter function destroy_case_key_unlocked rename to destroy_case_key');
    for (const name of ['begin_restore', 'finish_restore'])
      await runner.query(`alter function ${name}_of_dropped rename to ${name}`);
    await runner.query(
      'grant execute on function destroy_case_key, begin_restore, finish_restore to mingcha_archivist',
    );
    await runner.query(
      'grant insert on archived_month, erasure_request, legal_hold to mingcha_archivist',
    );
    await runner.query(
      'grant update (audit_seq, audit_head, next_due_at, frozen) on case_state to mingcha_archivist',
    );
    await runner.query('grant insert, update on inbox_partition to mingcha_auditor');
  }
}
