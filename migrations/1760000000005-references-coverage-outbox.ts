import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known from when: reference facts and coverage (bitemporal); and what is still to be sent. */
export class ReferencesCoverageOutbox1760000000005 implements MigrationInterface {
  name = 'ReferencesCoverageOutbox1760000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query(`
      create table reference_fact (
        kind       text collate "C" not null,
        code       text collate "C" not null,
        version    text collate "C" not null,
        digest     bytea       not null,
        valid_from date        not null,
        valid_to   date,
        known_from timestamptz not null,
        known_to   timestamptz not null default 'infinity',
        source     text collate "C" not null,
        event_id   text collate "C" not null,
        tenant     text        not null,
        body       jsonb       not null,
        primary key (kind, code, version, digest)
      )`);
    await runner.query('create index reference_fact_known on reference_fact (known_from)');
    await runner.query(`
      create table source_coverage (
        source            text collate "C" not null,
        known_from        timestamptz not null,
        known_to          timestamptz not null default 'infinity',
        evaluated_through timestamptz,
        gap_from          timestamptz,
        gap_reason        text,
        late              bigint      not null,
        quarantined       bigint      not null,
        tenant            text        not null,
        primary key (source, known_from)
      ) with (fillfactor = 70)`);
    await runner.query(
      "create unique index source_coverage_now on source_coverage (source) where known_to = 'infinity'",
    );
    await runner.query(`
      create table outbox (
        message_id    text collate "C" primary key,
        channel       text        not null,
        key           text        not null,
        payload       jsonb       not null,
        created_at    timestamptz not null,
        not_before    timestamptz not null,
        attempts      integer     not null default 0,
        claimed_until timestamptz,
        sent_at       timestamptz,
        last_error    text,
        tenant        text        not null
      ) with (fillfactor = 80)`);
    await runner.query(
      'create index outbox_waiting on outbox (not_before, message_id) where sent_at is null',
    );
    await runner.query('grant select, insert, update on source_coverage to mingcha_monitor');
    await runner.query('grant select, insert on reference_fact, outbox to mingcha_monitor');
    await runner.query('grant update (known_to) on reference_fact to mingcha_monitor');
    await runner.query('grant select on outbox to mingcha_notifier, mingcha_auditor');
    await runner.query(
      'grant update (attempts, claimed_until, sent_at, last_error) on outbox to mingcha_notifier',
    );
    await runner.query(
      'grant select on reference_fact, source_coverage to mingcha_api, mingcha_auditor',
    );
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table outbox, source_coverage, reference_fact');
  }
}
