import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCOPE = `
        tenant          text        not null,
        region_code     text collate "C" not null,
        unit_path       text collate "C" not null,
        subject_persons text[]      not null default '{}',
        recipient_unit  text collate "C" not null,
        shared_space    boolean     not null default true`;

/** Current state of cases, findings and alerts, their append-only histories, and held alerts by source and deadline. */
export class CasesFindingsAlerts1760000000004 implements MigrationInterface {
  name = 'CasesFindingsAlerts1760000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set local role mingcha_migrator');
    await this.cases(runner);
    await this.findings(runner);
    await this.alerts(runner);
    await this.recordsDemanded(runner);
    await this.grants(runner);
    await runner.query('reset role');
  }

  private async cases(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table case_state (
        case_id         text collate "C" primary key,
        version         integer     not null,
        audit_seq       bigint      not null,
        as_of           timestamptz not null,
        next_due_at     timestamptz,
        first_received_at timestamptz,
        is_test         boolean     not null,
        open_state      text        not null check (open_state in ('open', 'closed')),
        audit_head      bytea,
        agency_code     text collate "C" not null,
        handling_region_code text collate "C",
        item_code       text collate "C",
        item_name       text,${SCOPE}
      ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)`);
    await runner.query(
      'create index case_state_due on case_state (next_due_at) where next_due_at is not null',
    );
  }

  private async findings(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table finding (
        finding_id   text collate "C" primary key,
        case_id      text collate "C" not null,
        rule_id      text collate "C" not null,
        rule_version integer     not null,
        occurrence   text        not null,
        level        text        not null check (level in ('data', 'lead', 'notice', 'yellow', 'red')),
        state        text        not null check (state in ('open', 'ended', 'retracted')),
        since        timestamptz not null,
        until        timestamptz,
        change_no    integer     not null,
        is_test      boolean     not null,${SCOPE}
      ) with (fillfactor = 80)`);
    await runner.query('create index finding_case on finding (case_id)');
    await runner.query(`
      create table finding_change (
        finding_id text collate "C" not null,
        change_no  integer     not null,
        entity_seq bigint      not null,
        at         timestamptz not null,
        saved_at   timestamptz not null,
        case_id    text collate "C" not null,
        kind       text        not null check
          (kind in ('raised', 'level-raised', 'level-lowered', 'revised', 'ended', 'retracted')),
        level      text        not null,
        body       text        not null,${SCOPE},
        primary key (finding_id, change_no)
      )`);
  }

  private async alerts(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table alert (
        alert_id     text collate "C" primary key,
        finding_id   text collate "C" not null,
        case_id      text collate "C" not null,
        rule_id      text collate "C" not null,
        rule_version integer     not null,
        revision     integer     not null,
        event_no     integer     not null,
        audit_seq    bigint      not null,
        audit_head   bytea,
        level        text        not null check (level in ('data', 'lead', 'notice', 'yellow', 'red')),
        state        text        not null,
        held         boolean     not null,
        ended        boolean     not null,
        retracted    boolean     not null,
        grouped_into text collate "C",
        first_at     timestamptz not null,
        changed_at   timestamptz not null,
        agency_code  text collate "C" not null,
        item_code    text collate "C",
        is_test      boolean     not null,${SCOPE}
      ) with (fillfactor = 80)`);
    await runner.query('create index alert_order on alert (first_at, alert_id)');
    await runner.query('create index alert_case on alert (case_id)');
    await runner.query('create index alert_finding on alert (finding_id)');
    await runner.query(`
      create table alert_event (
        alert_id   text collate "C" not null,
        event_no   integer     not null,
        seq        bigint      generated always as identity,
        xid        xid8        not null default pg_current_xact_id(),
        revision   integer     not null,
        entity_seq bigint      not null,
        at         timestamptz not null,
        saved_at   timestamptz not null,
        kind       text        not null,
        actor      text        not null,
        reason     text,
        level      text        not null,
        state      text        not null,
        detail     jsonb       not null,${SCOPE},
        primary key (alert_id, event_no)
      )`);
    await runner.query('create index alert_event_order on alert_event (xid, seq)');
    await runner.query(`
      create table alert_hold (
        alert_id text collate "C" not null,
        source   text collate "C" not null,
        until    timestamptz not null,
        case_id  text collate "C" not null,
        primary key (alert_id, source)
      )`);
    await runner.query('create index alert_hold_release on alert_hold (source, until, alert_id)');
  }

  /**
   * No finding and no alert changes without its history row, and no history row without its audit record: checked when
   * the transaction commits, as the owner of the tables, so that the writer needs no right to read the trail.
   */
  private async recordsDemanded(runner: QueryRunner): Promise<void> {
    const demands = [
      ['finding', 'finding_change', 'finding_id', 'change_no', "'case:' || new.case_id"],
      ['alert', 'alert_event', 'alert_id', 'event_no', "'alert:' || new.alert_id"],
    ] as const;
    for (const [state, history, id, number, entity] of demands) {
      await runner.query(`
        create function demand_${history}_record() returns trigger
        language plpgsql security definer set search_path = public, pg_temp as $$
        begin
          if not exists (
            select from audit_record r
            where r.entity = ${entity} and r.entity_seq = new.entity_seq
              and r.object = '${state}:' || new.${id} and r."time" = new.saved_at
          ) then
            raise exception '${history} % of ${state} % has no audit record', new.${number}, new.${id}
              using errcode = 'integrity_constraint_violation';
          end if;
          return null;
        end $$`);
      await runner.query(`
        create constraint trigger ${history}_recorded after insert on ${history}
        deferrable initially deferred for each row execute function demand_${history}_record()`);
      await runner.query(`
        create trigger append_only before update or delete on ${history}
        for each row execute function refuse_change()`);
      await runner.query(`
        create trigger never_truncated before truncate on ${history}
        for each statement execute function refuse_change()`);
    }
    for (const [state, history, id, number] of demands) {
      await runner.query(`
        create function demand_${history}() returns trigger
        language plpgsql security definer set search_path = public, pg_temp as $$
        begin
          if (tg_op = 'UPDATE' and new.${number} <= old.${number}) or not exists (
            select from ${history} h where h.${id} = new.${id} and h.${number} = new.${number}
          ) then
            raise exception '${state} % was changed without its ${history}', new.${id}
              using errcode = 'integrity_constraint_violation';
          end if;
          return null;
        end $$`);
      await runner.query(`
        create constraint trigger ${state}_has_history after insert or update on ${state}
        deferrable initially deferred for each row execute function demand_${history}()`);
    }
  }

  private async grants(runner: QueryRunner): Promise<void> {
    await runner.query(
      'grant select, insert, update on case_state, finding, alert to mingcha_monitor',
    );
    await runner.query('grant select, insert on finding_change, alert_event to mingcha_monitor');
    await runner.query('grant select, insert, delete on alert_hold to mingcha_monitor');
    await runner.query(`
      grant select on case_state, finding, finding_change, alert, alert_event, alert_hold
      to mingcha_api, mingcha_auditor`);
    await runner.query('grant select on alert, alert_event to mingcha_notifier');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table alert_hold, alert_event, alert, finding_change, finding, case_state',
    );
    for (const history of ['finding_change', 'alert_event']) {
      await runner.query(`drop function demand_${history}`);
      await runner.query(`drop function demand_${history}_record`);
    }
  }
}
