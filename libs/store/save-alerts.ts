import { hash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { type ArrayElement, arrayLiteral } from './array-literal.js';
import type { AuditTrail, ChainHead } from './audit-trail.js';
import { type CopyTable, copyRows } from './copy-rows.js';
import { InconsistentStepError } from './errors.js';
import type { LockedCase } from './lock-cases.js';
import { type Scope, scopeOfAlert } from './scope.js';
import type { AlertChange, StepToSave } from './step-to-save.js';

/** Channel on which a commit that changed alerts is announced; the payload is empty, readers ask for what is new. */
export const ALERT_CHANNEL = 'mingcha_alert';

interface StandingAlert {
  eventNo: number;
  firstAt: number;
  readonly head: ChainHead;
}

interface EventRow {
  readonly change: AlertChange;
  readonly eventNo: number;
  readonly entitySeq: number;
  readonly savedAt: number;
  readonly actor: string;
  readonly scope: Scope;
  readonly tenant: string;
  readonly detail: string;
}

const ALERT_EVENT: CopyTable<EventRow> = {
  table: 'alert_event',
  columns: [
    ['alert_id', 'text', (row) => row.change.alertId],
    ['event_no', 'int4', (row) => row.eventNo],
    ['revision', 'int4', (row) => row.change.revision],
    ['entity_seq', 'int8', (row) => row.entitySeq],
    ['at', 'timestamptz', (row) => row.change.at],
    ['saved_at', 'timestamptz', (row) => row.savedAt],
    ['kind', 'text', (row) => row.change.kind],
    ['actor', 'text', (row) => row.actor],
    ['reason', 'text', (row) => row.change.reason],
    ['level', 'text', (row) => row.change.after.level],
    ['state', 'text', (row) => row.change.after.state],
    ['detail', 'jsonb', (row) => row.detail],
    ['tenant', 'text', (row) => row.tenant],
    ['region_code', 'text', (row) => row.scope.regionCode],
    ['unit_path', 'text', (row) => row.scope.unitPath],
    ['subject_persons', 'text[]', (row) => row.scope.subjectPersons],
    ['recipient_unit', 'text', (row) => row.scope.recipientUnit],
    ['shared_space', 'bool', (row) => row.scope.sharedSpace],
  ],
};

const UPSERT = `
  insert into alert (alert_id, finding_id, case_id, rule_id, rule_version, revision, event_no, audit_seq, audit_head,
    level, state, held, ended, retracted, grouped_into, first_at, changed_at, agency_code, item_code, is_test, tenant,
    region_code, unit_path, subject_persons, recipient_unit, shared_space)
  select u.alert_id, u.finding_id, u.case_id, u.rule_id, u.rule_version, u.revision, u.event_no, u.audit_seq,
    decode(u.audit_head, 'hex'), u.level, u.state, u.held, u.ended, u.retracted, u.grouped_into,
    to_timestamp(u.first_at / 1000), to_timestamp(u.changed_at / 1000), u.agency_code, u.item_code, u.is_test, $1,
    u.region_code, u.unit_path, coalesce(string_to_array(u.subject_persons, E'\\n'), '{}'), u.recipient_unit,
    u.shared_space
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::int[], $9::bigint[],
      $10::text[], $11::text[], $12::text[], $13::boolean[], $14::boolean[], $15::boolean[], $16::text[],
      $17::float8[], $18::float8[], $19::text[], $20::text[], $21::boolean[], $22::text[], $23::text[], $24::text[],
      $25::text[], $26::boolean[])
    as u (alert_id, finding_id, case_id, rule_id, rule_version, revision, event_no, audit_seq, audit_head, level,
      state, held, ended, retracted, grouped_into, first_at, changed_at, agency_code, item_code, is_test, region_code,
      unit_path, subject_persons, recipient_unit, shared_space)
  order by u.alert_id
  on conflict (alert_id) do update set
    rule_version = excluded.rule_version, revision = excluded.revision, event_no = excluded.event_no,
    audit_seq = excluded.audit_seq, audit_head = excluded.audit_head, level = excluded.level, state = excluded.state,
    held = excluded.held, ended = excluded.ended, retracted = excluded.retracted,
    grouped_into = excluded.grouped_into, changed_at = excluded.changed_at, item_code = excluded.item_code,
    is_test = excluded.is_test, region_code = excluded.region_code, unit_path = excluded.unit_path,
    subject_persons = excluded.subject_persons, recipient_unit = excluded.recipient_unit,
    shared_space = excluded.shared_space`;

type Standing = ReadonlyMap<string, StandingAlert>;

async function upsert(
  client: PoolClient,
  rows: readonly EventRow[],
  standing: Standing,
): Promise<void> {
  const last = [...new Map(rows.map((row) => [row.change.alertId, row])).values()];
  const all = (value: (row: EventRow) => ArrayElement): string => arrayLiteral(last.map(value));
  const of = (value: (alert: StandingAlert) => ArrayElement): string =>
    arrayLiteral(last.map((row) => value(standing.get(row.change.alertId) as StandingAlert)));
  await client.query(UPSERT, [
    last[0]?.tenant,
    all(({ change }) => change.alertId),
    all(({ change }) => change.findingId),
    all(({ change }) => change.caseId),
    all(({ change }) => change.after.ruleId),
    all(({ change }) => change.after.ruleVersion),
    all(({ change }) => change.revision),
    of((alert) => alert.eventNo),
    of((alert) => alert.head.seq),
    of((alert) => alert.head.hash?.toString('hex') ?? null),
    all(({ change }) => change.after.level),
    all(({ change }) => change.after.state),
    all(({ change }) => change.after.held),
    all(({ change }) => change.after.ended),
    all(({ change }) => change.after.retracted),
    all(({ change }) => change.after.groupedInto),
    of((alert) => alert.firstAt),
    all(({ change }) => change.at),
    all(({ change }) => change.after.agencyCode),
    all(({ change }) => change.after.itemCode),
    all(({ change }) => change.after.isTest),
    all(({ scope }) => scope.regionCode),
    all(({ scope }) => scope.unitPath),
    all(({ scope }) =>
      scope.subjectPersons.length === 0 ? null : scope.subjectPersons.join('\n'),
    ),
    all(({ scope }) => scope.recipientUnit),
    all(({ scope }) => scope.sharedSpace),
  ]);
}

/** Held alerts by source and deadline, so that coverage that moves on finds them by index. */
async function saveHolds(client: PoolClient, changes: readonly AlertChange[]): Promise<void> {
  const last = [...new Map(changes.map((change) => [change.alertId, change])).values()];
  await client.query('delete from alert_hold where alert_id = any($1)', [
    arrayLiteral(last.map((change) => change.alertId)),
  ]);
  const holds = last.flatMap((change) =>
    change.after.held ? change.after.awaited.map((awaited) => ({ change, awaited })) : [],
  );
  await copyRows(
    client,
    {
      table: 'alert_hold',
      columns: [
        ['alert_id', 'text', ({ change }) => change.alertId],
        ['source', 'text', ({ awaited }) => awaited.source],
        ['until', 'timestamptz', ({ awaited }) => awaited.until],
        ['case_id', 'text', ({ change }) => change.caseId],
      ],
    },
    holds,
  );
}

async function standingAlerts(
  client: PoolClient,
  step: StepToSave,
): Promise<Map<string, StandingAlert>> {
  const found = await client.query<{
    alert_id: string;
    event_no: number;
    audit_seq: string;
    audit_head: Buffer | null;
    first_at: Date;
  }>(
    `select alert_id, event_no, audit_seq, audit_head, first_at from alert
     where alert_id = any($1) order by alert_id for no key update`,
    [arrayLiteral(step.alerts.map((change) => change.alertId))],
  );
  const rows = new Map(found.rows.map((row) => [row.alert_id, row]));
  const standing = new Map<string, StandingAlert>();
  for (const { alertId, at } of step.alerts) {
    if (standing.has(alertId)) continue;
    const row = rows.get(alertId);
    standing.set(alertId, {
      eventNo: row?.event_no ?? 0,
      firstAt: row?.first_at.getTime() ?? at,
      head: { seq: Number(row?.audit_seq ?? 0), hash: row?.audit_head ?? null },
    });
  }
  return standing;
}

function record(trail: AuditTrail, alert: StandingAlert, row: Omit<EventRow, 'entitySeq'>): number {
  const { change } = row;
  const deed = {
    action: `alert.${change.kind}`,
    object: `alert:${change.alertId}`,
    schema: 'mingcha.alert-event/1',
    ruleVersion: `${change.after.ruleId}@${change.after.ruleVersion}`,
    inputsDigest: null,
    fields: {
      eventNo: row.eventNo,
      revision: change.revision,
      findingId: change.findingId,
      caseId: change.caseId,
      at: new Date(change.at).toISOString(),
      level: change.after.level,
      state: change.after.state,
      reason: change.reason,
      detailDigest: hash('sha256', row.detail, 'hex'),
    },
  };
  return trail.append(`alert:${change.alertId}`, alert.head, deed, row.scope);
}

/**
 * Saves alert changes in the given order: numbered `alert.*` events, the current state, holds, one audit record each in
 * the alert's own chain, and the notice to listeners, which the server sends only if the transaction commits. The cases
 * of the alerts must be in the step: their versions keep two writers from changing the same alert.
 */
export async function saveAlerts(
  client: PoolClient,
  step: StepToSave,
  context: { readonly cases: ReadonlyMap<string, LockedCase>; readonly trail: AuditTrail },
): Promise<number> {
  if (step.alerts.length === 0) return 0;
  const stray = step.alerts.find((change) => !context.cases.has(change.caseId));
  if (stray !== undefined) {
    throw new InconsistentStepError(
      `alert ${stray.alertId} changes, but its case ${stray.caseId} is not in it`,
    );
  }
  const standing = await standingAlerts(client, step);
  const rows = step.alerts.map((change) => {
    const alert = standing.get(change.alertId) as StandingAlert;
    alert.eventNo += 1;
    const row = {
      change,
      eventNo: alert.eventNo,
      savedAt: step.savedAt,
      actor: step.actor,
      scope: scopeOfAlert(change.after),
      tenant: step.tenant,
      detail: canonicalJson(change.detail as { readonly [key: string]: JsonValue }),
    };
    return { ...row, entitySeq: record(context.trail, alert, row) };
  });
  await upsert(client, rows, standing);
  await copyRows(client, ALERT_EVENT, rows);
  await saveHolds(client, step.alerts);
  await client.query(`notify ${ALERT_CHANNEL}`);
  return rows.length;
}
