import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Cases of an item are found when a new version of it becomes known. */
export class CasesByItem1760000000006 implements MigrationInterface {
  name = 'CasesByItem1760000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query(
      'create index case_state_item on case_state (item_code) where item_code is not null',
    );
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index case_state_item');
  }
}
