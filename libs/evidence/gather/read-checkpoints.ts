import { parseCheckpoint } from '#core/audit/note/checkpoint.js';
import { parseNote } from '#core/audit/note/signed-note.js';
import { formatHashes } from '#core/audit/note/witness-request.js';
import { verifyConsistency } from '#core/audit/tree/proof.js';
import { TileMissingError } from '#core/audit/tree/tile.js';
import { nativeSha256 } from '#store/audit-tree/native-sha256.js';
import { type Queryable, readConsistency } from '#store/audit-tree/tiles.js';
import { ExportError } from '../request/export-error.js';
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
async function firstCovering(pool: Queryable, leafIndexes: readonly number[], below: number) {
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

/** Proof that the pinned state begins with an earlier one. Throws ExportError where the stored tree does not show it. */
async function growthFrom(
  pool: Queryable,
  { size, note }: { readonly size: number; readonly note: string },
  pin: Pin,
): Promise<readonly Uint8Array[]> {
  const broken = () => new ExportError('broken-growth', { size, treeSize: pin.treeSize });
  const proof = await readConsistency(pool, size, pin.treeSize).catch((error: unknown) => {
    throw error instanceof TileMissingError ? broken() : error;
  });
  const { root } = parseCheckpoint(parseNote(note).text);
  const claim = { size1: size, size2: pin.treeSize, root1: root, root2: pin.root, proof };
  if (!verifyConsistency(claim, nativeSha256).ok) throw broken();
  return proof;
}

/**
 * Earlier checkpoints of a scope: those that first covered its first record and the records given, at most 50. What is
 * found the first time is kept, so that every later build carries the same. Throws ExportError where the stored tree does not
 * lead from one to the pinned state.
 */
export async function readCheckpoints(
  pool: Queryable,
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
    // Whoever enters the pinned one enters the others with it; a second build at the same time waits for that, and takes them.
    await pool.query(
      `with first as (
         insert into export_checkpoint (scope_digest, tree_size, size, note)
         select sha256(convert_to($1, 'UTF8')), $2, c.size, c.note from unnest($3::bigint[], $4::text[]) as c (size, note)
         where c.size = $2 on conflict do nothing returning size)
       insert into export_checkpoint (scope_digest, tree_size, size, note)
       select sha256(convert_to($1, 'UTF8')), $2, c.size, c.note
       from unnest($3::bigint[], $4::text[]) as c (size, note) cross join first where c.size <> first.size`,
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
    const proof = await growthFrom(pool, { size, note: row.note }, pin);
    earlier.push({ size, note: row.note, consistency: formatHashes(proof) });
  }
  return earlier;
}
