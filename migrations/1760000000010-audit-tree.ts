import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables to which rows are only ever added. */
const APPEND_ONLY = ['audit_leaf', 'audit_index', 'audit_entity_head', 'audit_index_bucket'];

/** Columns of a record that its writer gives; number and transaction are set by the database alone. */
const WRITTEN =
  '"time", entity_seq, id, actor, action, object, schema, tenant, entity, prev, rule_version, inputs_digest, trace_id, ' +
  'region_code, unit_path, subject_persons, recipient_unit, shared_space, leaf, leaf_hash';

/**
 * The hash tree over the audit trail (RFC 6962) and what is signed of it. `audit_leaf` gives each record its place, one to
 * one; `audit_tile` holds the tree's nodes as C2SP tiles; `audit_tree` is how far it has come; `audit_checkpoint` what was
 * signed and cosigned. `audit_index*` and `audit_entity_head` keep the committed index of entity chains, row by row as
 * of each commitment, so that a proof can be made again for any of them.
 */
export class AuditTree1760000000010 implements MigrationInterface {
  name = 'AuditTree1760000000010';

  async up(runner: QueryRunner): Promise<void> {
    await this.role(runner);
    await runner.query('set local role mingcha_migrator');
    await this.leaves(runner);
    await this.tiles(runner);
    await this.checkpoints(runner);
    await this.index(runner);
    for (const table of APPEND_ONLY) {
      await runner.query(`
        create trigger append_only before update or delete on ${table}
        for each row execute function refuse_change()`);
      await runner.query(`grant select, insert on ${table} to mingcha_sequencer`);
    }
    for (const table of [...APPEND_ONLY, 'audit_tile', 'audit_tree', 'audit_checkpoint']) {
      await runner.query(`
        create trigger never_truncated before truncate on ${table}
        for each statement execute function refuse_change()`);
      await runner.query(`grant select on ${table} to mingcha_api, mingcha_auditor`);
    }
    await this.records(runner);
    await runner.query('reset role');
  }

  /** Roles are made by the login itself: mingcha_migrator, which a later migration runs as, may not. */
  private async role(runner: QueryRunner): Promise<void> {
    await runner.query('set local role none');
    await runner.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = 'mingcha_sequencer') then
          create role mingcha_sequencer nologin nosuperuser nocreatedb nocreaterole nobypassrls;
        end if;
      exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise exception 'this login may not make roles: let a superuser run "create role mingcha_sequencer nologin", then migrate again';
      end $$`);
    await runner.query(`
      do $$ begin
        if exists (select from pg_roles where rolname = 'mingcha_sequencer' and rolbypassrls) then
          raise exception 'mingcha_sequencer has BYPASSRLS: alter role mingcha_sequencer nobypassrls, then migrate again';
        end if;
        if not has_schema_privilege('mingcha_sequencer', 'public', 'usage') then
          grant usage on schema public to mingcha_sequencer;
        end if;
      end $$`);
  }

  private async leaves(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_leaf (
        leaf_index  bigint      primary key check (leaf_index >= 0),
        record_no   bigint      not null unique,
        xid         xid8        not null,
        record_time timestamptz not null,
        leaf_hash   bytea       not null check (octet_length(leaf_hash) = 32)
      )`);
    // One row. Records up to the watermark, and all numbered up to floor_no (those of before a restore), are leaves.
    await runner.query(`
      create table audit_tree (
        the_one       boolean     primary key default true check (the_one),
        size          bigint      not null,
        root          bytea       not null check (octet_length(root) = 32),
        watermark_xid xid8        not null,
        watermark_no  bigint      not null,
        floor_no      bigint      not null,
        sequenced_at  timestamptz not null
      )`);
    // The root of no leaves is SHA-256 of nothing (RFC 6962 2.1).
    await runner.query(`
      insert into audit_tree (size, root, watermark_xid, watermark_no, floor_no, sequenced_at)
      values (0, sha256(''), '0', 0, 0, now())`);
    await runner.query(`
      create function audit_tree_grows() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' or new.size < old.size or (new.size = old.size and new.root <> old.root) then
          raise exception 'audit_tree only grows: % refused', lower(tg_op) using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create trigger only_grows before update or delete on audit_tree
      for each row execute function audit_tree_grows()`);
    await runner.query('grant select, update on audit_tree to mingcha_sequencer');
  }

  /** Level 0 holds leaf hashes, level l the roots of full subtrees of 256^l leaves. */
  private async tiles(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_tile (
        level      smallint not null check (level between 0 and 7),
        tile_index bigint   not null check (tile_index >= 0),
        width      smallint not null check (width between 1 and 256),
        hashes     bytea    not null,
        primary key (level, tile_index),
        check (octet_length(hashes) = width * 32)
      ) with (fillfactor = 70)`);
    await runner.query('alter table audit_tile alter column hashes set storage external');
    await runner.query(`
      create function audit_tile_grows() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' or new.level <> old.level or new.tile_index <> old.tile_index or new.width <= old.width
          or substring(new.hashes from 1 for octet_length(old.hashes)) <> old.hashes then
          raise exception 'audit_tile % of level % only grows: % refused', old.tile_index, old.level, lower(tg_op)
            using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create trigger only_grows before update or delete on audit_tile
      for each row execute function audit_tile_grows()`);
    await runner.query('grant select, insert on audit_tile to mingcha_sequencer');
    await runner.query('grant update (width, hashes) on audit_tile to mingcha_sequencer');
  }

  /** `note` is the signed note; lines of cosignatures are added at its end. */
  private async checkpoints(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_checkpoint (
        size            bigint      primary key check (size >= 0),
        root            bytea       not null check (octet_length(root) = 32),
        note            text        not null,
        signed_at       timestamptz not null,
        complete        boolean     not null,
        timestamp_token bytea
      )`);
    await runner.query(
      'create index audit_checkpoint_complete on audit_checkpoint (size) where complete',
    );
    await runner.query(`
      create function audit_checkpoint_stays() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' or new.size <> old.size or new.root <> old.root or new.signed_at <> old.signed_at
          or not starts_with(new.note, old.note) or (old.complete and not new.complete)
          or (old.timestamp_token is not null and new.timestamp_token is distinct from old.timestamp_token) then
          raise exception 'audit_checkpoint % takes only further signatures and a timestamp: % refused', old.size, lower(tg_op)
            using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`);
    await runner.query(`
      create trigger only_completed before update or delete on audit_checkpoint
      for each row execute function audit_checkpoint_stays()`);
    await runner.query('grant select, insert on audit_checkpoint to mingcha_sequencer');
    await runner.query(
      'grant update (note, complete, timestamp_token) on audit_checkpoint to mingcha_sequencer',
    );
  }

  /**
   * Commitments of the index of entity chains. Heads and bucket hashes are added with the size of the commitment that
   * brought them: as of size S the row with the largest index_size <= S counts.
   */
  private async index(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_index (
        size         bigint      primary key,
        entities     bigint      not null,
        root         bytea       not null check (octet_length(root) = 32),
        record_no    bigint      not null unique,
        committed_at timestamptz not null
      )`);
    await runner.query(`
      create table audit_entity_head (
        bucket      integer not null check (bucket between 0 and 65535),
        entity_hash bytea   not null check (octet_length(entity_hash) = 32),
        index_size  bigint  not null,
        entity_seq  bigint  not null,
        head        bytea   not null check (octet_length(head) = 32),
        primary key (bucket, entity_hash, index_size)
      )`);
    await runner.query(`
      create table audit_index_bucket (
        bucket     integer not null check (bucket between 0 and 65535),
        index_size bigint  not null,
        leaf_hash  bytea   not null check (octet_length(leaf_hash) = 32),
        primary key (bucket, index_size)
      )`);
    // Who needs a commitment now adds a row; its transaction tells which records it has to cover.
    await runner.query(`
      create table audit_index_request (
        request_no   bigint generated always as identity primary key,
        xid          xid8        not null default pg_current_xact_id(),
        requested_at timestamptz not null default clock_timestamp(),
        requested_by text        not null,
        index_size   bigint      references audit_index (size)
      )`);
    await runner.query(
      'create index audit_index_request_open on audit_index_request (request_no) where index_size is null',
    );
    await runner.query('grant select on audit_index_request to mingcha_sequencer, mingcha_auditor');
    await runner.query('grant update (index_size) on audit_index_request to mingcha_sequencer');
    await runner.query('grant select, insert (requested_by) on audit_index_request to mingcha_api');
  }

  /** The sequencer sees of a record what it needs for its place, and writes records of its own. */
  private async records(runner: QueryRunner): Promise<void> {
    await runner.query(
      'grant select (xid, record_no, "time", leaf_hash, entity, entity_seq) on audit_record to mingcha_sequencer',
    );
    await runner.query(`grant insert (${WRITTEN}) on audit_record to mingcha_sequencer`);
    await runner.query('grant usage on sequence audit_record_no to mingcha_sequencer');
    await runner.query('grant execute on function ensure_month to mingcha_sequencer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table audit_index_request, audit_index_bucket, audit_entity_head, audit_index, audit_checkpoint, audit_tile, audit_tree, audit_leaf',
    );
    await runner.query('drop function audit_tree_grows, audit_tile_grows, audit_checkpoint_stays');
    await runner.query('revoke all on audit_record, audit_record_no from mingcha_sequencer');
    await runner.query('revoke all on function ensure_month from mingcha_sequencer');
  }
}
