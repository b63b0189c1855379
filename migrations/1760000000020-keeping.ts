import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Columns of a record that its writer gives; number and transaction are set by the database alone. */
const WRITTEN =
  '"time", entity_seq, id, actor, action, object, schema, tenant, entity, prev, rule_version, inputs_digest, trace_id, ' +
  'region_code, unit_path, subject_persons, recipient_unit, shared_space, leaf, leaf_hash';

/** Tables of events with their digest. */
const OF_EVENTS = ['event', 'event_identity', 'moved_event'];

/**
 * Legal hold and erasure. Both take two persons, which the database demands; a hold is in force from the moment it is
 * placed until its lifting is confirmed. Erasing destroys the secret of a case and what could still confirm a guess at
 * its bytes; nothing else of its rows changes, and no record, leaf or proof does.
 */
export class Keeping1760000000020 implements MigrationInterface {
  name = 'Keeping1760000000020';

  async up(runner: QueryRunner): Promise<void> {
    await this.role(runner);
    await runner.query('set local role mingcha_migrator');
    await runner.query(
      "alter table case_state add column frozen text check (frozen in ('erased', 'archived'))",
    );
    await this.tables(runner);
    await this.guards(runner);
    await this.holds(runner);
    await this.erasedRows(runner);
    await this.erasing(runner);
    await this.grants(runner);
    await runner.query('reset role');
  }

  /** Roles are made by the login itself: mingcha_migrator, which a later migration runs as, may not. */
  private async role(runner: QueryRunner): Promise<void> {
    await runner.query('set local role none');
    await runner.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = 'mingcha_archivist') then
          create role mingcha_archivist nologin nosuperuser nocreatedb nocreaterole nobypassrls;
        end if;
      exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise exception 'this login may not make roles: let a superuser run "create role mingcha_archivist nologin", then migrate again';
      end $$`);
    await runner.query(`
      do $$ begin
        if exists (select from pg_roles where rolname = 'mingcha_archivist' and rolbypassrls) then
          raise exception 'mingcha_archivist has BYPASSRLS: alter role mingcha_archivist nobypassrls, then migrate again';
        end if;
        if not has_schema_privilege('mingcha_archivist', 'public', 'usage') then
          grant usage on schema public to mingcha_archivist;
        end if;
      end $$`);
  }

  private async tables(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table legal_hold (
        hold_id           text collate "C" primary key,
        kind              text        not null check (kind in ('case', 'alert', 'person', 'period')),
        subject           text collate "C",
        period_from       timestamptz,
        period_to         timestamptz check (period_to > period_from),
        reason            text        not null check (reason <> ''),
        placed_at         timestamptz not null,
        placed_by         text        not null,
        confirmed_at      timestamptz,
        confirmed_by      text check (confirmed_by <> placed_by),
        lift_reason       text check (lift_reason <> ''),
        lift_requested_at timestamptz,
        lift_requested_by text,
        lifted_at         timestamptz,
        lifted_by         text check (lifted_by <> lift_requested_by),
        tenant            text        not null,
        check ((kind = 'period') = (subject is null)),
        check ((kind = 'period') = (period_from is not null and period_to is not null)),
        check ((confirmed_at is null) = (confirmed_by is null)),
        check ((lift_requested_at is null) = (lift_requested_by is null)),
        check ((lift_requested_at is null) = (lift_reason is null)),
        check ((lifted_at is null) = (lifted_by is null)),
        check (lifted_at is null or lift_requested_at is not null)
      )`);
    await runner.query(`
      create table erasure_request (
        request_id      text collate "C" primary key,
        case_id         text collate "C" not null,
        reason          text        not null check (reason <> ''),
        requested_at    timestamptz not null,
        requested_by    text        not null,
        decision        text check (decision in ('approved', 'refused')),
        decision_reason text,
        decided_at      timestamptz,
        decided_by      text check (decided_by <> requested_by),
        tenant          text        not null,
        check ((decision is null) = (decided_at is null)),
        check ((decision is null) = (decided_by is null)),
        check (decision is distinct from 'refused' or decision_reason <> '')
      )`);
    await runner.query(
      'create unique index erasure_request_open on erasure_request (case_id) where decision is null',
    );
  }

  /** What was set stays as it was set; and every step has its record, written by the same transaction. */
  private async guards(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function keep_what_is_set() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' or not to_jsonb(new) @> jsonb_strip_nulls(to_jsonb(old)) then
          raise exception '% is append-only: what was set stays: % refused', tg_table_name, lower(tg_op)
            using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create function demand_step_record() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      declare
        named text := tg_argv[0] || (to_jsonb(new) ->> tg_argv[1]);
      begin
        if not exists (
          select from audit_record r where r.xid = pg_current_xact_id() and r.object = named
        ) then
          raise exception '% was changed without its audit record', named
            using errcode = 'integrity_constraint_violation';
        end if;
        return null;
      end $$`);
    for (const [table, prefix, id] of [
      ['legal_hold', 'hold:', 'hold_id'],
      ['erasure_request', 'erasure:', 'request_id'],
    ] as const) {
      await runner.query(`
        create trigger only_onward before update or delete on ${table}
        for each row execute function keep_what_is_set()`);
      await runner.query(`
        create trigger never_truncated before truncate on ${table}
        for each statement execute function refuse_change()`);
      await runner.query(`
        create constraint trigger step_recorded after insert or update on ${table}
        deferrable initially deferred for each row execute function demand_step_record('${prefix}', '${id}')`);
    }
  }

  /** Holds in force that touch a case: its own, those of its alerts, of persons in it, and of when its events came. */
  private async holds(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function holds_on_case(of_case text) returns setof text
      language sql stable security definer set search_path = public, pg_temp as $$
        select h.hold_id from legal_hold h
        where h.lifted_at is null and (
          (h.kind = 'case' and h.subject = of_case)
          or (h.kind = 'alert' and exists (
            select from alert a where a.alert_id = h.subject and a.case_id = of_case))
          or (h.kind = 'person' and exists (
            select from event e where e.case_id = of_case and h.subject = any(e.subject_persons)))
          or (h.kind = 'person' and exists (
            select from alert a where a.case_id = of_case and h.subject = any(a.subject_persons)))
          or (h.kind = 'period' and exists (
            select from event e where e.case_id = of_case
              and e.received_at >= h.period_from and e.received_at < h.period_to)))
        order by 1
      $$`);
    await runner.query('revoke all on function holds_on_case from public');
  }

  /** Rows of events stay as they are; those of an erased case may lose their digest, and nothing else. */
  private async erasedRows(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function guard_event_row() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and to_jsonb(new) - 'raw_digest' = to_jsonb(old) - 'raw_digest' and exists (
          select from case_key k where k.case_id = old.case_id and k.destroyed_at is not null
        ) then return new; end if;
        raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
          using errcode = 'insufficient_privilege';
      end $$`);
    for (const table of OF_EVENTS) {
      await runner.query(`drop trigger append_only on ${table}`);
      await runner.query(`
        create trigger append_only before update or delete on ${table}
        for each row execute function guard_event_row()`);
    }
    await runner.query(`
      do $$ declare child regclass; begin
        for child in
          select inhrelid from pg_inherits
          where inhparent in ('event'::regclass, 'event_identity'::regclass)
            and inhrelid in (select oid from pg_class where relkind = 'r')
        loop
          execute format('drop trigger append_only_itself on %s', child);
          execute format('create trigger append_only_itself before update or delete on %s
            for each row execute function guard_event_row()', child);
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
        perform close_month(parent, child);
      end $$`);
    await runner.query(`
      create function close_month(parent text, child text) returns void language plpgsql
      set search_path = public, pg_temp as $$
      begin
        execute format('create trigger append_only_itself before update or delete on %I for each row execute function %I()',
          child, case parent when 'event' then 'guard_event_row' else 'refuse_change' end);
        execute format('create trigger never_truncated before truncate on %I for each statement execute function refuse_change()', child);
      end $$`);
    await runner.query('revoke all on function close_month from public');
  }

  private async erasing(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function guard_case_key() returns trigger language plpgsql as $$
      begin
        if old.secret is null or new.secret is not null or new.case_id <> old.case_id or not exists (
          select from erasure_request r where r.case_id = old.case_id and r.decision = 'approved'
        ) then
          raise exception 'case_key is append-only: a secret goes with an approved erasure, nothing else changes'
            using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create trigger destroyed_once before update on case_key
      for each row execute function guard_case_key()`);
    await runner.query(`
      create function demand_erasure_record() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if not exists (
          select from audit_record r
          where r.xid = pg_current_xact_id() and r.action = 'data.erased' and r.object = 'case:' || new.case_id
        ) then
          raise exception 'the key of case % was destroyed without its audit record', new.case_id
            using errcode = 'integrity_constraint_violation';
        end if;
        return null;
      end $$`);
    await runner.query(`
      create constraint trigger erasure_recorded after update on case_key
      deferrable initially deferred for each row execute function demand_erasure_record()`);
    // Digests of events of which a corrected case holds a copy under its own key stay until that one is erased as well.
    await runner.query(`
      create function destroy_case_key(request text) returns void
      language plpgsql security definer set search_path = public, pg_temp as $$
      declare
        asked erasure_request;
        held text;
        plain bigint;
      begin
        select * into asked from erasure_request where request_id = request for update;
        if asked.decision is distinct from 'approved' then
          raise exception 'erasure request % is not approved', request using errcode = 'insufficient_privilege';
        end if;
        select string_agg(h, ', ') into held from holds_on_case(asked.case_id) h;
        if held is not null then
          raise exception 'case % is under legal hold (%)', asked.case_id, held
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        select (select count(*) from event where case_id = asked.case_id and sealing = 0)
          + (select count(*) from moved_event where case_id = asked.case_id and sealing = 0) into plain;
        if plain > 0 then
          raise exception '% events of case % are stored in clear: there is no key whose destruction would erase them',
            plain, asked.case_id using errcode = 'object_not_in_prerequisite_state';
        end if;
        update case_key set secret = null, destroyed_at = now() where case_id = asked.case_id and secret is not null;
        if not found then
          raise exception 'case % has no key to destroy', asked.case_id
            using errcode = 'object_not_in_prerequisite_state';
        end if;
        with fresh as materialized (
          select e.source, e.event_id, e.raw_digest, e.received_at,
            sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) as other
          from event e
          where e.case_id = asked.case_id and not exists (
            select from moved_event m where m.home_case_id = asked.case_id and m.source = e.source
              and m.event_id = e.event_id and m.raw_digest = e.raw_digest)
        ), identities as (
          update event_identity i set raw_digest = f.other from fresh f
          where i.source = f.source and i.event_id = f.event_id and i.raw_digest = f.raw_digest
        )
        update event e set raw_digest = f.other from fresh f
        where e.case_id = asked.case_id and e.received_at = f.received_at and e.source = f.source
          and e.event_id = f.event_id and e.raw_digest = f.raw_digest;
        update moved_event set raw_digest = sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
        where case_id = asked.case_id;
      end $$`);
    await runner.query('revoke all on function destroy_case_key from public');
  }

  private async grants(runner: QueryRunner): Promise<void> {
    await runner.query(`
      grant select on case_state, event, event_identity, moved_event, alert, audit_record, audit_leaf, audit_tree,
        audit_checkpoint, legal_hold, erasure_request to mingcha_archivist`);
    await runner.query('grant insert on legal_hold, erasure_request to mingcha_archivist');
    await runner.query(`
      grant update (confirmed_at, confirmed_by, lift_reason, lift_requested_at, lift_requested_by, lifted_at, lifted_by)
      on legal_hold to mingcha_archivist`);
    await runner.query(`
      grant update (decision, decision_reason, decided_at, decided_by) on erasure_request to mingcha_archivist`);
    await runner.query(
      'grant update (version, audit_seq, audit_head, next_due_at, frozen) on case_state to mingcha_archivist',
    );
    await runner.query(`grant insert (${WRITTEN}) on audit_record to mingcha_archivist`);
    await runner.query('grant usage on sequence audit_record_no to mingcha_archivist');
    await runner.query(
      'grant execute on function ensure_month, holds_on_case, destroy_case_key to mingcha_archivist',
    );
    await runner.query(
      'grant select on legal_hold, erasure_request to mingcha_api, mingcha_auditor',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger erasure_recorded on case_key');
    await runner.query('drop trigger destroyed_once on case_key');
    await runner.query(
      'drop function destroy_case_key, holds_on_case, demand_erasure_record, guard_case_key',
    );
    await runner.query('drop table erasure_request, legal_hold');
    await runner.query('drop function keep_what_is_set, demand_step_record');
    for (const table of OF_EVENTS) {
      await runner.query(`drop trigger append_only on ${table}`);
      await runner.query(`
        create trigger append_only before update or delete on ${table}
        for each row execute function refuse_change()`);
    }
    await runner.query('alter table case_state drop column frozen');
    await runner.query(
      'revoke all on case_state, event, event_identity, moved_event, alert, audit_record, audit_leaf, audit_tree, audit_checkpoint, audit_record_no from mingcha_archivist',
    );
    await runner.query('revoke all on function ensure_month from mingcha_archivist');
  }
}
