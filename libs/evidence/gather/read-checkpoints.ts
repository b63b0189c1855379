import type { Pool } from 'pg';
import { formatHashes } from '#core/audit/note/witness-request.js';
import { readConsistency } from '#store/audit-tree/tiles.js';
import type { ExportScope } from '../request/export-scope.js';
import { scopeText } from '../request/export-scope.js';
import type { Pin } from './pin.js';

/** A signed state of the trail before the pinned one, with the proof that the pinned one begins with it. */
export interface EarlierCheckpoint {
  readonly size: number;
  readonly note: string;
  /** Lines of base64 hashes. */
  readonly consistency: string;
}

const MOST = 50;

/** Complete checkpoints that were the first to cover each of these records: they show by when a record stood in the log. */
async function firstCovering(pool: Pool, leafIndexes: readonly number[], below: number) {
  const { rows } = await pool.query<{ size: string; note: string }>(
    `select distinct c.size, c.note from unnest($1::bigint[]) as w (leaf_index)
     cross join lateral (
       select size, note from audit_checkpoint where complete and size > w.leaf_index and size < $2
       order by size limit 1) c
     order by c.size limit $3`,
    [leafIndexes, below, MOST],
  );
  return rows;
}

/**
 * Earlier checkpoints of a scope: those that first covered its first record and the records given, at most 50. What is
 * found the first time is kept, so that every later build carries the same.
 */
export async function readCheckpoints(
  pool: Pool,
  scope: ExportScope,
  pin: Pin,
  leafIndexes: readonly number[],
): Promise<EarlierCheckpoint[]> {
  const kept = () =>
    pool.query<{ size: string; note: string }>(
      `select size, note from export_checkpoint
       where scope_digest = sha256(convert_to($1, 'UTF8')) and tree_size = $2 order by size`,
      [scopeText(scope), pin.treeSize],
    );
  let { rows } = await kept();
  if (rows.length === 0) {
    // The pinned one stands for "looked for, and none found".
    const found = [
      ...(await firstCovering(pool, leafIndexes, pin.treeSize)),
      { size: String(pin.treeSize), note: pin.note },
    ];
    await pool.query(
      `insert into export_checkpoint (scope_digest, tree_size, size, note)
       select sha256(convert_to($1, 'UTF8')), $2, c.size, c.note from unnest($3::bigint[], $4::text[]) as c (size, note)
       on conflict do nothing`,
      [
        scopeText(scope),
        pin.treeSize,
        found.map(({ size }) => size),
        found.map(({ note }) => note),
      ],
    );
    rows = (await kept()).rows;
  }
  const earlier: EarlierCheckpoint[] = [];
  for (const row of rows) {
    const size = Number(row.size);
    if (size >= pin.treeSize) continue;
    const proof = await readConsistency(pool, size, pin.treeSize);
    earlier.push({ size, note: row.note, consistency: formatHashes(proof) });
  }
  return earlier;
}
