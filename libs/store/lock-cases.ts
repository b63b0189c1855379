import type { PoolClient } from 'pg';
import { arrayLiteral } from './array-literal.js';
import type { ChainHead } from './audit-trail.js';
import { StaleCaseError } from './errors.js';
import { type Scope, scopeOfCase } from './scope.js';
import { type CaseKey, lostKey } from './sealing.js';
import type { CaseToSave } from './step-to-save.js';
import type { Writer } from './writer.js';

/** A case of the step whose row is locked, or that will be inserted by this transaction. */
export interface LockedCase {
  readonly saved: CaseToSave;
  readonly isNew: boolean;
  readonly entity: string;
  readonly head: ChainHead;
  readonly scope: Scope;
  /** Null where bytes are stored plain. A key that nobody keeps where the case was erased. */
  readonly key: CaseKey | null;
  /** Secret to insert with a new case. */
  readonly newSecret: Buffer | null;
}

interface CaseRow {
  readonly case_id: string;
  readonly version: number;
  readonly audit_seq: string;
  readonly audit_head: Buffer | null;
  readonly secret: Buffer | null;
  readonly destroyed_at: Date | null;
}

function toLocked(writer: Writer, saved: CaseToSave, row: CaseRow | undefined): LockedCase {
  const base = {
    saved,
    entity: `case:${saved.caseId}`,
    scope: scopeOfCase(saved),
    isNew: row === undefined,
  };
  if (row === undefined) {
    const newSecret = writer.keys?.newSecret() ?? null;
    return {
      ...base,
      head: { seq: 0, hash: null },
      key: newSecret === null ? null : (writer.keys?.keyOf(saved.caseId, newSecret) ?? null),
      newSecret,
    };
  }
  return {
    ...base,
    head: { seq: Number(row.audit_seq), hash: row.audit_head },
    key: keyOf(writer, saved.caseId, row),
    newSecret: null,
  };
}

function keyOf(writer: Writer, caseId: string, row: CaseRow): CaseKey | null {
  if (row.destroyed_at !== null) return lostKey();
  return row.secret === null ? null : (writer.keys?.keyOf(caseId, row.secret) ?? null);
}

/**
 * Locks the rows of all cases of the step, in id order so that no two writers can wait for each other, and checks that
 * each still has the version that was evaluated. Throws StaleCaseError naming those that have not.
 */
export async function lockCases(
  client: PoolClient,
  writer: Writer,
  cases: readonly CaseToSave[],
): Promise<ReadonlyMap<string, LockedCase>> {
  if (cases.length === 0) return new Map();
  const ids = cases.map((saved) => saved.caseId);
  const found = await client.query<CaseRow>({
    text: `select c.case_id, c.version, c.audit_seq, c.audit_head, k.secret, k.destroyed_at
      from case_state c left join case_key k on k.case_id = c.case_id
      where c.case_id = any($1) order by c.case_id for no key update of c`,
    values: [arrayLiteral(ids)],
  });
  const rows = new Map(found.rows.map((row) => [row.case_id, row]));
  const stale = cases
    .filter((saved) => (rows.get(saved.caseId)?.version ?? 0) !== saved.version)
    .map((saved) => saved.caseId);
  if (stale.length > 0) throw new StaleCaseError(stale);
  return new Map(
    cases.map((saved) => [saved.caseId, toLocked(writer, saved, rows.get(saved.caseId))]),
  );
}
