import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the Postgres inbox is the event log, the notifier writes its topics there. */
export class NotifierInbox1760000000007 implements MigrationInterface {
  name = 'NotifierInbox1760000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query('grant select, insert, update on inbox_partition to mingcha_notifier');
    await runner.query('grant select, insert on inbox_record to mingcha_notifier');
    await runner.query('reset role');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('revoke all on inbox_partition, inbox_record from mingcha_notifier');
  }
}
