import { hash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Finding, FindingChange } from '#core/finding.js';
import { type ArrayElement, arrayLiteral } from './array-literal.js';
import type { AuditTrail } from './audit-trail.js';
import { type CopyTable, copyRows } from './copy-rows.js';
import { InconsistentStepError } from './errors.js';
import type { LockedCase } from './lock-cases.js';
import { type Scope, scopeOfFinding } from './scope.js';
import type { ChangeToSave, StepToSave } from './step-to-save.js';

/** A finding change on its way into the tables. */
export interface ChangeRow {
  readonly caseId: string;
  readonly change: FindingChange;
  /** As it stands after the change; as it stood before where it was retracted. */
  readonly finding: Finding;
  readonly changeNo: number;
  /** Number of its audit record in the chain of the case; 0 until it is recorded. */
  entitySeq: number;
  readonly savedAt: number;
  readonly body: string;
  readonly scope: Scope;
  readonly tenant: string;
}

const FINDING_CHANGE: CopyTable<ChangeRow> = {
  table: 'finding_change',
  columns: [
    ['finding_id', 'text', (row) => row.finding.id],
    ['change_no', 'int4', (row) => row.changeNo],
    ['entity_seq', 'int8', (row) => row.entitySeq],
    ['at', 'timestamptz', (row) => row.change.at],
    ['saved_at', 'timestamptz', (row) => row.savedAt],
    ['case_id', 'text', (row) => row.caseId],
    ['kind', 'text', (row) => row.change.kind],
    ['level', 'text', (row) => row.finding.level],
    ['body', 'text', (row) => row.body],
    ['tenant', 'text', (row) => row.tenant],
    ['region_code', 'text', (row) => row.scope.regionCode],
    ['unit_path', 'text', (row) => row.scope.unitPath],
    ['subject_persons', 'text[]', (row) => row.scope.subjectPersons],
    ['recipient_unit', 'text', (row) => row.scope.recipientUnit],
    ['shared_space', 'bool', (row) => row.scope.sharedSpace],
  ],
};

const UPSERT = `
  insert into finding (finding_id, case_id, rule_id, rule_version, occurrence, level, state, since, until, change_no,
    is_test, tenant, region_code, unit_path, subject_persons, recipient_unit, shared_space)
  select u.finding_id, u.case_id, u.rule_id, u.rule_version, u.occurrence, u.level, u.state,
    to_timestamp(u.since / 1000), to_timestamp(u.until / 1000), u.change_no, u.is_test, $12, u.region_code, u.unit_path,
    coalesce(string_to_array(u.subject_persons, E'\\n'), '{}'), u.recipient_unit, u.shared_space
  from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::float8[],
      $9::float8[], $10::int[], $11::boolean[], $13::text[], $14::text[], $15::text[], $16::text[], $17::boolean[])
    as u (finding_id, case_id, rule_id, rule_version, occurrence, level, state, since, until, change_no, is_test,
      region_code, unit_path, subject_persons, recipient_unit, shared_space)
  order by u.finding_id
  on conflict (finding_id) do update set
    rule_version = excluded.rule_version, level = excluded.level, state = excluded.state, since = excluded.since,
    until = excluded.until, change_no = excluded.change_no, is_test = excluded.is_test,
    region_code = excluded.region_code, unit_path = excluded.unit_path, subject_persons = excluded.subject_persons,
    recipient_unit = excluded.recipient_unit, shared_space = excluded.shared_space`;

function stateAfter({ kind, after }: FindingChange): 'open' | 'ended' | 'retracted' {
  if (kind === 'retracted') return 'retracted';
  return after !== null && after.until !== null ? 'ended' : 'open';
}

async function upsert(
  client: PoolClient,
  rows: readonly ChangeRow[],
  tenant: string,
): Promise<void> {
  const last = [...new Map(rows.map((row) => [row.finding.id, row])).values()];
  const all = (value: (row: ChangeRow) => ArrayElement): string => arrayLiteral(last.map(value));
  await client.query(UPSERT, [
    all((row) => row.finding.id),
    all((row) => row.caseId),
    all((row) => row.finding.ruleId),
    all((row) => row.finding.ruleVersion),
    all((row) => row.finding.occurrence),
    all((row) => row.finding.level),
    all((row) => stateAfter(row.change)),
    all((row) => row.finding.since),
    all((row) => row.finding.until),
    all((row) => row.changeNo),
    all((row) => row.finding.isTest),
    tenant,
    all((row) => row.scope.regionCode),
    all((row) => row.scope.unitPath),
    all((row) =>
      row.scope.subjectPersons.length === 0 ? null : row.scope.subjectPersons.join('\n'),
    ),
    all((row) => row.scope.recipientUnit),
    all((row) => row.scope.sharedSpace),
  ]);
}

/** Enters the change into the chain of its case. */
export function recordChange(trail: AuditTrail, row: ChangeRow, inCase: LockedCase): void {
  const { finding, change } = row;
  const deed = {
    action: `finding.${change.kind}`,
    object: `finding:${finding.id}`,
    schema: 'mingcha.finding-change/1',
    ruleVersion: `${finding.ruleId}@${finding.ruleVersion}`,
    inputsDigest: finding.inputsDigest,
    fields: {
      changeNo: row.changeNo,
      at: new Date(change.at).toISOString(),
      level: finding.level,
      levelBefore: change.before?.level ?? null,
      occurrence: finding.occurrence,
      since: new Date(finding.since).toISOString(),
      until: finding.until === null ? null : new Date(finding.until).toISOString(),
      bodyDigest: hash('sha256', row.body, 'hex'),
    },
  };
  row.entitySeq = trail.append(inCase.entity, inCase.head, deed, row.scope);
}

async function changeNumbers(
  client: PoolClient,
  changes: readonly ChangeToSave[],
): Promise<Map<string, number>> {
  const ids = [...new Set(changes.map(({ change }) => (change.after ?? change.before)?.id ?? ''))];
  const found = await client.query<{ finding_id: string; change_no: number }>(
    'select finding_id, change_no from finding where finding_id = any($1)',
    [arrayLiteral(ids)],
  );
  return new Map(found.rows.map((row) => [row.finding_id, row.change_no]));
}

/** Rows of the step's finding changes, numbered within each finding, in the given order. Not recorded yet. */
export async function changeRows(
  client: PoolClient,
  step: StepToSave,
  cases: ReadonlyMap<string, LockedCase>,
): Promise<ChangeRow[]> {
  if (step.changes.length === 0) return [];
  const numbers = await changeNumbers(client, step.changes);
  return step.changes.map(({ caseId, change }) => {
    const inCase = cases.get(caseId);
    const finding = change.after ?? change.before;
    if (inCase === undefined) {
      throw new InconsistentStepError(
        `a finding of case ${caseId} changes, but the case is not in it`,
      );
    }
    if (finding === null) {
      throw new InconsistentStepError(`a finding change of case ${caseId} names no finding`);
    }
    const changeNo = (numbers.get(finding.id) ?? 0) + 1;
    numbers.set(finding.id, changeNo);
    return {
      caseId,
      change,
      finding,
      changeNo,
      entitySeq: 0,
      savedAt: step.savedAt,
      body: JSON.stringify(finding),
      scope: scopeOfFinding(finding, inCase.saved),
      tenant: step.tenant,
    };
  });
}

/** Saves history rows and the current state of each finding. Each row must have been recorded. */
export async function saveFindings(
  client: PoolClient,
  rows: readonly ChangeRow[],
  tenant: string,
): Promise<number> {
  if (rows.length === 0) return 0;
  await upsert(client, rows, tenant);
  await copyRows(client, FINDING_CHANGE, rows);
  return rows.length;
}
