import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A request holds its cases from the asking until it is refused, recalled or destroyed. */
const OPEN = "r.state not in ('refused', 'recalled', 'destroyed')";

/**
 * What an investigation has asked for is neither erased nor dropped while the request is open: `export_case` names the
 * cases of each request, and what asks for legal holds finds an open request like one that was placed by hand, under the
 * name of its entity (`export:2026-0001`).
 */
export class HeldByRequest1760000000024 implements MigrationInterface {
  name = 'HeldByRequest1760000000024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await runner.query(`
      create table export_case (
        request_no text collate "C" not null
          references export_request (request_no) deferrable initially deferred,
        case_id    text collate "C" not null,
        primary key (request_no, case_id)
      )`);
    await runner.query('create index export_case_of on export_case (case_id)');
    await runner.query(`
      create trigger append_only before update or delete on export_case
      for each row execute function refuse_change()`);
    await runner.query(`
      create trigger never_truncated before truncate on export_case
      for each statement execute function refuse_change()`);
    await runner.query('grant select, insert on export_case to mingcha_evidence');
    await runner.query('grant select on export_case to mingcha_api, mingcha_auditor');
    // Open requests of before: those about a case or an alert. The others hold their cases from their next step on.
    await runner.query(`
      insert into export_case (request_no, case_id)
      select r.request_no, coalesce(s.scope::jsonb ->> 'caseId', a.case_id)
      from export_request r join export_scope s using (scope_digest)
      left join alert a on a.alert_id = s.scope::jsonb ->> 'alertId'
      where ${OPEN} and coalesce(s.scope::jsonb ->> 'caseId', a.case_id) is not null`);
    await this.holds(runner);
    await this.obstacles(runner);
    await runner.query('reset role');
  }

  /** Requests being made are waited for like holds being placed, and none is made until the erasure has ended. */
  private async holds(runner: QueryRunner): Promise<void> {
    await runner.query('alter function holds_on_case rename to placed_holds_on_case');
    await runner.query(
      'revoke all on function placed_holds_on_case from mingcha_archivist, public',
    );
    await runner.query(`
      create function holds_on_case(of_case text) returns setof text
      language sql stable security definer set search_path = public, pg_temp as $$
        select placed_holds_on_case(of_case)
        union all
        (select 'export:' || r.request_no from export_case c join export_request r using (request_no)
         where c.case_id = of_case and ${OPEN} order by 1)
      $$`);
    await runner.query('revoke all on function holds_on_case from public');
    await runner.query('grant execute on function holds_on_case to mingcha_archivist');
    await runner.query('alter function lock_holds rename to lock_placed_holds');
    await runner.query(`
      create function lock_holds() returns void language plpgsql set search_path = public, pg_temp as $$
      begin
        perform lock_placed_holds();
        lock table export_case in share row exclusive mode;
      end $$`);
    await runner.query('revoke all on function lock_holds from public');
  }

  private async obstacles(runner: QueryRunner): Promise<void> {
    await runner.query('alter function month_obstacles rename to month_obstacles_but_requests');
    await runner.query(
      'revoke all on function month_obstacles_but_requests from mingcha_archivist, public',
    );
    await runner.query(`
      create function month_obstacles(parent text, month text, years integer) returns setof text
      language plpgsql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
      declare
        child text := month_child(parent, month);
        past timestamptz := (month || '-01')::timestamptz + interval '1 month';
      begin
        return query select o from month_obstacles_but_requests(parent, month, years) o;
        -- Not in the database, or its term still runs: the rest would be counted in vain.
        if to_regclass('public.' || child) is null or past + make_interval(years => greatest(years, 10)) > now() then
          return;
        end if;
        return query execute format(
          'select distinct ''evidence request export:'' || r.request_no
           from export_case c join export_request r using (request_no) where ${OPEN.replaceAll("'", "''")}
           and exists (select from %I x where ' || case parent
             when 'event' then 'x.case_id = c.case_id'
             else 'x.entity = ''case:'' || c.case_id
               or x.entity in (select ''alert:'' || a.alert_id from alert a where a.case_id = c.case_id)' end || ')
           order by 1', child);
      end $$`);
    await runner.query('revoke all on function month_obstacles from public');
    await runner.query('grant execute on function month_obstacles to mingcha_archivist');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function month_obstacles, holds_on_case, lock_holds');
    for (const [now, before] of [
      ['placed_holds_on_case', 'holds_on_case'],
      ['lock_placed_holds', 'lock_holds'],
      ['month_obstacles_but_requests', 'month_obstacles'],
    ])
      await runner.query(`alter function ${now} rename to ${before}`);
    await runner.query(
      'grant execute on function holds_on_case, month_obstacles to mingcha_archivist',
    );
    await runner.query('drop table export_case');
  }
}
