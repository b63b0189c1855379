import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Jurisdictions whose calendar became known otherwise. Their cases are made due page by page, in id order:
 * `after_case_id` is how far that has come, so that no statement has to touch all of them at once.
 */
export class RegionTouches1760000000009 implements MigrationInterface {
  name = 'RegionTouches1760000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query(`
      create table region_touch (
        touch_id      text collate "C" primary key,
        jurisdiction  text collate "C" not null,
        at            timestamptz not null,
        judged_since  timestamptz not null,
        after_case_id text collate "C" not null default '',
        done          boolean     not null default false
      )`);
    await runner.query('create index region_touch_open on region_touch (touch_id) where not done');
    await runner.query('grant select, insert on region_touch to mingcha_monitor');
    await runner.query('grant update (after_case_id, done) on region_touch to mingcha_monitor');
    await runner.query('grant select on region_touch to mingcha_api, mingcha_auditor');
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table region_touch');
  }
}
