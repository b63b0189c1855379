import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Not only calendars disprove what was found: a posting reaches the cases of the person's unit, a declared outage those
 * of the feed's numbering authority. They are made due page by page in the same way.
 */
export class ReachTouches1760000000025 implements MigrationInterface {
  name = 'ReachTouches1760000000025';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query(`
      alter table region_touch
        add column agency_code text collate "C",
        add column authority   text collate "C"`);
    await runner.query('create index case_state_agency on case_state (agency_code, case_id)');
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index case_state_agency');
    await runner.query('alter table region_touch drop column agency_code, drop column authority');
  }
}
