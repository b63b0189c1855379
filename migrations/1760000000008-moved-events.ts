import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Versions of events that concern a case besides the one that they stand in. The event itself, its bytes and its
 * identity stay where they were sent; `sealed` is the decoded event under the key of the case that reads it. Cases that
 * have any are marked, so that loading the others does not look here.
 */
export class MovedEvents1760000000008 implements MigrationInterface {
  name = 'MovedEvents1760000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query(`
      create table moved_event (
        received_at     timestamptz not null,
        "partition"     integer     not null,
        sealing         smallint    not null,
        shared_space    boolean     not null,
        case_id         text collate "C" not null,
        source          text collate "C" not null,
        event_id        text collate "C" not null,
        raw_digest      bytea       not null,
        home_case_id    text collate "C" not null,
        tenant          text        not null,
        region_code     text collate "C" not null,
        unit_path       text collate "C" not null,
        subject_persons text[]      not null,
        recipient_unit  text collate "C" not null,
        sealed          bytea       not null,
        primary key (case_id, source, event_id, raw_digest),
        check (case_id <> home_case_id)
      )`);
    await runner.query(`
      create trigger append_only before update or delete on moved_event
      for each row execute function refuse_change()`);
    await runner.query(`
      create trigger never_truncated before truncate on moved_event
      for each statement execute function refuse_change()`);
    await runner.query(
      'alter table case_state add column has_moved boolean not null default false',
    );
    await runner.query('grant select, insert on moved_event to mingcha_monitor');
    await runner.query('grant select on moved_event to mingcha_api, mingcha_auditor');
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table case_state drop column has_moved');
    await runner.query('drop table moved_event');
  }
}
