import type { MigrationInterface, QueryRunner } from 'typeorm';

const APPEND_ONLY = ['export_event', 'export_scope', 'export_material', 'export_pin'];

/** What building a bundle reads; it changes none of it. */
const READ = [
  ...['event', 'event_identity', 'moved_event', 'case_key', 'case_state', 'finding_change'],
  ...['alert', 'alert_event', 'quarantine', 'reference_fact', 'audit_record'],
  ...['audit_leaf', 'audit_tile', 'audit_tree', 'audit_checkpoint', 'audit_index'],
  ...['audit_entity_head', 'audit_index_bucket', 'audit_index_request'],
];

/** Columns of a record that its writer gives; number and transaction are set by the database alone. */
const WRITTEN =
  '"time", entity_seq, id, actor, action, object, schema, tenant, entity, prev, rule_version, inputs_digest, trace_id, ' +
  'region_code, unit_path, subject_persons, recipient_unit, shared_space, leaf, leaf_hash';

/**
 * Requests for evidence. `export_request` is the state of each, an entity of the audit trail; `export_event` what was done
 * with it, in order, added only. Two requesters, an approver who is neither, and gap-free numbers are demanded by the
 * database itself. `export_scope` holds the secret from which the digests of redacted values are salted,
 * `export_material` rules and settings as they were at the approval, `export_pin` the signed state that bundles speak of.
 */
export class EvidenceExports1760000000012 implements MigrationInterface {
  name = 'EvidenceExports1760000000012';

  async up(runner: QueryRunner): Promise<void> {
    await this.role(runner);
    await runner.query('set local role mingcha_migrator');
    await this.inputs(runner);
    await this.requests(runner);
    await this.recordsDemanded(runner);
    // Records outside of any chain are found by what they are about: reference facts, gaps, quarantined records.
    await runner.query(
      'create index audit_record_alone on audit_record (object) where entity is null',
    );
    for (const table of APPEND_ONLY)
      await runner.query(`
        create trigger append_only before update or delete on ${table}
        for each row execute function refuse_change()`);
    for (const table of [...APPEND_ONLY, 'export_request', 'export_number'])
      await runner.query(`
        create trigger never_truncated before truncate on ${table}
        for each statement execute function refuse_change()`);
    await this.grants(runner);
    await runner.query('reset role');
  }

  /** Roles are made by the login itself: mingcha_migrator, which a later migration runs as, may not. */
  private async role(runner: QueryRunner): Promise<void> {
    await runner.query('set local role none');
    await runner.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = 'mingcha_evidence') then
          create role mingcha_evidence nologin nosuperuser nocreatedb nocreaterole nobypassrls;
        end if;
      exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise exception 'this login may not make roles: let a superuser run "create role mingcha_evidence nologin", then migrate again';
      end $$`);
    await runner.query(`
      do $$ begin
        if exists (select from pg_roles where rolname = 'mingcha_evidence' and rolbypassrls) then
          raise exception 'mingcha_evidence has BYPASSRLS: alter role mingcha_evidence nobypassrls, then migrate again';
        end if;
        if not has_schema_privilege('mingcha_evidence', 'public', 'usage') then
          grant usage on schema public to mingcha_evidence;
        end if;
      end $$`);
  }

  private async inputs(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table export_scope (
        scope_digest bytea primary key check (octet_length(scope_digest) = 32),
        scope        text  not null,
        secret       bytea not null check (octet_length(secret) = 32)
      )`);
    await runner.query(`
      create table export_material (
        digest  bytea primary key check (digest = sha256(content)),
        content bytea not null
      )`);
    await runner.query(`
      create table export_pin (
        tree_size  bigint primary key,
        index_size bigint not null check (index_size < tree_size),
        note       text   not null
      )`);
    // The last number given of each series and year; its row is locked until the transaction that takes one ends.
    await runner.query(`
      create table export_number (
        series text    not null check (series in ('request', 'full', 'redacted')),
        year   integer not null,
        last   integer not null check (last > 0),
        primary key (series, year)
      )`);
    await runner.query(`
      create function export_number_counts() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' or new.series <> old.series or new.year <> old.year or new.last <> old.last + 1 then
          raise exception 'export_number counts one by one: % refused', lower(tg_op) using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create trigger only_counts before update or delete on export_number
      for each row execute function export_number_counts()`);
  }

  private async requests(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table export_request (
        request_no      text collate "C" primary key,
        state           text        not null
          check (state in ('requested', 'approved', 'refused', 'built', 'handed-over', 'recalled', 'destroyed')),
        event_no        integer     not null,
        audit_seq       bigint      not null,
        audit_head      bytea       not null check (octet_length(audit_head) = 32),
        requested_at    timestamptz not null,
        requesters      text[]      not null check (cardinality(requesters) = 2 and requesters[1] <> requesters[2]),
        notice          text        not null,
        cause           text        not null,
        purpose         text        not null,
        scope_digest    bytea       not null references export_scope (scope_digest),
        editions        text[]      not null
          check (cardinality(editions) > 0 and editions <@ array['full', 'redacted']),
        approver        text        check (not approver = any(requesters)),
        decided_at      timestamptz,
        full_number     text collate "C" unique,
        redacted_number text collate "C" unique,
        material        bytea       references export_material (digest),
        tree_size       bigint      references export_pin (tree_size),
        tenant          text        not null,
        check ((approver is null) = (decided_at is null)),
        check (full_number is null or ('full' = any(editions) and approver is not null)),
        check (redacted_number is null or ('redacted' = any(editions) and approver is not null)),
        check (tree_size is null or material is not null),
        check (state in ('requested', 'refused') = (material is null))
      )`);
    await runner.query(`
      create function export_request_stays() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' or row(new.request_no, new.requested_at, new.requesters, new.notice, new.cause, new.purpose,
            new.scope_digest, new.editions, new.tenant)
          is distinct from row(old.request_no, old.requested_at, old.requesters, old.notice, old.cause, old.purpose,
            old.scope_digest, old.editions, old.tenant)
          or (old.approver is not null and row(new.approver, new.decided_at, new.full_number, new.redacted_number, new.material)
            is distinct from row(old.approver, old.decided_at, old.full_number, old.redacted_number, old.material))
          or (old.tree_size is not null and new.tree_size is distinct from old.tree_size) then
          raise exception 'export_request %: what was asked, decided or pinned stays: % refused', old.request_no, lower(tg_op)
            using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create trigger only_onward before update or delete on export_request
      for each row execute function export_request_stays()`);
    await runner.query(`
      create table export_event (
        request_no text collate "C" not null
          references export_request (request_no) deferrable initially deferred,
        event_no   integer     not null check (event_no > 0),
        entity_seq bigint      not null,
        saved_at   timestamptz not null,
        kind       text        not null check (kind in ('requested', 'approved', 'refused', 'pinned', 'built', 'viewed',
          'handed-over', 'verified', 'recalled', 'destroyed')),
        actor      text        not null,
        detail     text        not null,
        primary key (request_no, event_no)
      )`);
  }

  /** No request changes without its event, and no event stands without its audit record: checked at the commit. */
  private async recordsDemanded(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function demand_export_event_record() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if not exists (
          select from audit_record r
          where r.entity = 'export:' || new.request_no and r.entity_seq = new.entity_seq
            and r.action = 'export.' || new.kind and r."time" = new.saved_at
        ) then
          raise exception 'event % of export request % has no audit record', new.event_no, new.request_no
            using errcode = 'integrity_constraint_violation';
        end if;
        return null;
      end $$`);
    await runner.query(`
      create constraint trigger export_event_recorded after insert on export_event
      deferrable initially deferred for each row execute function demand_export_event_record()`);
    await runner.query(`
      create function demand_export_event() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if (tg_op = 'UPDATE' and new.event_no <> old.event_no + 1) or (tg_op = 'INSERT' and new.event_no <> 1)
          or not exists (
            select from export_event h where h.request_no = new.request_no and h.event_no = new.event_no
              and h.entity_seq = new.audit_seq
          ) then
          raise exception 'export request % was changed without its export_event', new.request_no
            using errcode = 'integrity_constraint_violation';
        end if;
        return null;
      end $$`);
    await runner.query(`
      create constraint trigger export_request_has_history after insert or update on export_request
      deferrable initially deferred for each row execute function demand_export_event()`);
  }

  private async grants(runner: QueryRunner): Promise<void> {
    await runner.query(`grant select on ${READ.join(', ')} to mingcha_evidence`);
    await runner.query(`grant insert (${WRITTEN}) on audit_record to mingcha_evidence`);
    await runner.query('grant usage on sequence audit_record_no to mingcha_evidence');
    await runner.query('grant execute on function ensure_month to mingcha_evidence');
    await runner.query('grant insert (requested_by) on audit_index_request to mingcha_evidence');
    await runner.query(
      `grant select, insert on ${[...APPEND_ONLY, 'export_request', 'export_number'].join(', ')} to mingcha_evidence`,
    );
    await runner.query(`
      grant update (state, event_no, audit_seq, audit_head, approver, decided_at, full_number, redacted_number, material,
        tree_size) on export_request to mingcha_evidence`);
    await runner.query('grant update (last) on export_number to mingcha_evidence');
    await runner.query(
      'grant select on export_request, export_event, export_number to mingcha_api, mingcha_auditor',
    );
    await runner.query(
      'grant select (scope_digest, scope) on export_scope to mingcha_api, mingcha_auditor',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table export_event, export_request, export_number, export_pin, export_material, export_scope',
    );
    await runner.query('drop index audit_record_alone');
    for (const name of ['export_number_counts', 'export_request_stays'])
      await runner.query(`drop function ${name}`);
    for (const name of ['demand_export_event', 'demand_export_event_record'])
      await runner.query(`drop function ${name}`);
    await runner.query(`revoke all on ${READ.join(', ')}, audit_record_no from mingcha_evidence`);
    await runner.query('revoke all on function ensure_month from mingcha_evidence');
  }
}
