import type { PoolClient } from 'pg';
import type { Instant } from '#core/event/event.js';
import { arrayLiteral } from './array-literal.js';
import { type CopyTable, copyRows } from './copy-rows.js';
import type { LockedCase } from './lock-cases.js';
import type { EventToSave, MovedToSave } from './step-to-save.js';

interface CaseRow {
  readonly locked: LockedCase;
  readonly firstReceivedAt: Instant | null;
  readonly tenant: string;
}

const CASE_STATE: CopyTable<CaseRow> = {
  table: 'case_state',
  columns: [
    ['case_id', 'text', ({ locked }) => locked.saved.caseId],
    ['version', 'int4', ({ locked }) => locked.saved.version + 1],
    ['audit_seq', 'int8', ({ locked }) => locked.head.seq],
    ['as_of', 'timestamptz', ({ locked }) => locked.saved.asOf],
    ['next_due_at', 'timestamptz', ({ locked }) => locked.saved.nextDueAt],
    ['first_received_at', 'timestamptz', ({ firstReceivedAt }) => firstReceivedAt],
    ['is_test', 'bool', ({ locked }) => locked.saved.isTest],
    ['open_state', 'text', ({ locked }) => locked.saved.openState],
    ['audit_head', 'bytea', ({ locked }) => locked.head.hash],
    ['agency_code', 'text', ({ locked }) => locked.saved.agencyCode],
    ['handling_region_code', 'text', ({ locked }) => locked.saved.handlingRegionCode ?? null],
    ['item_code', 'text', ({ locked }) => locked.saved.itemCode],
    ['item_name', 'text', ({ locked }) => locked.saved.itemName ?? null],
    ['tenant', 'text', ({ tenant }) => tenant],
    ['region_code', 'text', ({ locked }) => locked.scope.regionCode],
    ['unit_path', 'text', ({ locked }) => locked.scope.unitPath],
    ['subject_persons', 'text[]', ({ locked }) => locked.scope.subjectPersons],
    ['recipient_unit', 'text', ({ locked }) => locked.scope.recipientUnit],
    ['shared_space', 'bool', ({ locked }) => locked.scope.sharedSpace],
  ],
};

const CASE_KEY: CopyTable<CaseRow> = {
  table: 'case_key',
  columns: [
    ['case_id', 'text', ({ locked }) => locked.saved.caseId],
    ['secret', 'bytea', ({ locked }) => locked.newSecret],
  ],
};

const UPDATE = `
  update case_state c set
    version = u.version, audit_seq = u.audit_seq, audit_head = decode(u.audit_head, 'hex'),
    as_of = to_timestamp(u.as_of / 1000), next_due_at = to_timestamp(u.next_due_at / 1000),
    first_received_at = least(c.first_received_at, to_timestamp(u.first_received_at / 1000)),
    is_test = u.is_test, open_state = u.open_state, agency_code = u.agency_code,
    handling_region_code = u.handling_region_code, item_code = u.item_code, item_name = u.item_name,
    region_code = u.region_code, unit_path = u.unit_path, recipient_unit = u.recipient_unit
  from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::float8[], $6::float8[], $7::float8[],
    $8::boolean[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
    as u (case_id, version, audit_seq, audit_head, as_of, next_due_at, first_received_at,
      is_test, open_state, agency_code, handling_region_code, item_code, item_name, region_code, unit_path, recipient_unit)
  where c.case_id = u.case_id`;

async function update(client: PoolClient, rows: readonly CaseRow[]): Promise<void> {
  if (rows.length === 0) return;
  const all = (value: (row: CaseRow) => string | number | boolean | null): string =>
    arrayLiteral(rows.map(value));
  await client.query(UPDATE, [
    all(({ locked }) => locked.saved.caseId),
    all(({ locked }) => locked.saved.version + 1),
    all(({ locked }) => locked.head.seq),
    all(({ locked }) => locked.head.hash?.toString('hex') ?? null),
    all(({ locked }) => locked.saved.asOf),
    all(({ locked }) => locked.saved.nextDueAt),
    all(({ firstReceivedAt }) => firstReceivedAt),
    all(({ locked }) => locked.saved.isTest),
    all(({ locked }) => locked.saved.openState),
    all(({ locked }) => locked.saved.agencyCode),
    all(({ locked }) => locked.saved.handlingRegionCode ?? null),
    all(({ locked }) => locked.saved.itemCode),
    all(({ locked }) => locked.saved.itemName ?? null),
    all(({ locked }) => locked.scope.regionCode),
    all(({ locked }) => locked.scope.unitPath),
    all(({ locked }) => locked.scope.recipientUnit),
  ]);
}

function firstReceipts(events: readonly EventToSave[]): Map<string, Instant> {
  const first = new Map<string, Instant>();
  for (const { event, outcome } of events) {
    if (outcome === 'duplicate') continue;
    const known = first.get(event.caseId);
    if (known === undefined || event.receivedAt < known) first.set(event.caseId, event.receivedAt);
  }
  return first;
}

/**
 * Writes the new version of every case of the step, with the head of its audit chain: so it comes after everything that
 * appends to the chains. New rows go in id order; a row that somebody else inserted meanwhile fails the transaction.
 */
export async function saveCases(
  client: PoolClient,
  cases: ReadonlyMap<string, LockedCase>,
  context: {
    readonly events: readonly EventToSave[];
    readonly moved: readonly MovedToSave[];
    readonly tenant: string;
  },
): Promise<void> {
  const first = firstReceipts(context.events);
  const rows = [...cases.values()].map((locked) => ({
    locked,
    firstReceivedAt: first.get(locked.saved.caseId) ?? null,
    tenant: context.tenant,
  }));
  await update(
    client,
    rows.filter(({ locked }) => !locked.isNew),
  );
  const made = rows
    .filter(({ locked }) => locked.isNew)
    .sort((a, b) => (a.locked.saved.caseId < b.locked.saved.caseId ? -1 : 1));
  await copyRows(client, CASE_STATE, made);
  await copyRows(
    client,
    CASE_KEY,
    made.filter(({ locked }) => locked.newSecret !== null),
  );
  if (context.moved.length === 0) return;
  await client.query(
    'update case_state set has_moved = true where case_id = any($1) and not has_moved',
    [[...new Set(context.moved.map(({ caseId }) => caseId))]],
  );
}
