import type { MigrationInterface, QueryRunner } from 'typeorm';

const ROLES = [
  'mingcha_migrator',
  'mingcha_monitor',
  'mingcha_api',
  'mingcha_notifier',
  'mingcha_auditor',
];

/**
 * Group roles without login, one per process, none with BYPASSRLS. Roles belong to the whole server, so they may exist
 * already; two databases may be migrated at once, so losing the race to create one is no error. Every table is made by
 * and belongs to mingcha_migrator: its SECURITY DEFINER functions then never run with more rights than that role has.
 */
export class Roles1760000000001 implements MigrationInterface {
  name = 'Roles1760000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const role of ROLES) {
      await runner.query(`
        do $$ begin
          create role ${role} nologin nosuperuser nocreatedb nocreaterole nobypassrls;
        exception when duplicate_object or unique_violation then null;
        end $$`);
    }
    await runner.query(`
      do $$ begin
        execute format('grant mingcha_migrator to %I', current_user);
      exception when others then
        if not pg_has_role(current_user, 'mingcha_migrator', 'member') then raise; end if;
      end $$`);
    await runner.query(`
      do $$ begin
        if exists (select from pg_roles where rolname like 'mingcha\\_%' and rolbypassrls) then
          raise exception 'a mingcha role has BYPASSRLS: alter role … nobypassrls, then migrate again';
        end if;
      end $$`);
    await runner.query('grant usage, create on schema public to mingcha_migrator');
    await runner.query(
      'grant usage on schema public to mingcha_monitor, mingcha_api, mingcha_notifier, mingcha_auditor',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'revoke all on schema public from mingcha_migrator, mingcha_monitor, mingcha_api, mingcha_notifier, mingcha_auditor',
    );
  }
}
