import type { PoolClient } from 'pg';
import { rootOf } from '#core/audit/tree/hash-tree.js';
import { growTiles } from './grow-tiles.js';
import { nativeSha256 } from './native-sha256.js';
import { saveTiles } from './tiles.js';
import type { OpenTree, RecordPlace } from './tree-state.js';

/** Somebody else has grown the tree meanwhile: read it again. Nothing was saved. */
export class StaleTreeError extends Error {
  constructor(size: number) {
    super(
      `The audit tree is no longer of size ${size}: another sequencer has grown it. Nothing was saved.`,
    );
    this.name = 'StaleTreeError';
  }
}

export interface Appended {
  readonly tree: OpenTree;
  readonly leaves: number;
  /** True: there was more than one batch takes. */
  readonly isFull: boolean;
  /** Every transaction before this one had ended when the batch was read, xid8. */
  readonly endedBefore: bigint;
  /** The next transaction of the server at that moment. */
  readonly nextXid: bigint;
}

/** No record number is larger. */
const LAST_NO = String(2n ** 63n - 1n);

/**
 * A transaction below the snapshot's xmin has ended, so that nothing can come in before it any more. Records numbered up
 * to the floor may be leaves although they stand behind the watermark; they are looked up one by one (a subquery that
 * counts is never turned into a join), by number and transaction: a number that was given twice would pass over a record,
 * and so it ends with the server's refusal instead.
 */
const APPEND = `
with batch as materialized (
  select r.xid, r.record_no, r."time", r.leaf_hash
  from audit_record r
  where (r.xid, r.record_no) > ($1::xid8, $2::bigint)
    and r.xid < pg_snapshot_xmin(pg_current_snapshot())
    and (r.record_no > $3::bigint
      or (select count(*) from audit_leaf l where l.record_no = r.record_no and l.xid = r.xid) = 0)
  order by r.xid, r.record_no
  limit $4),
placed as (
  insert into audit_leaf (leaf_index, record_no, xid, record_time, leaf_hash)
  select $5::bigint + row_number() over (order by b.xid, b.record_no) - 1, b.record_no, b.xid, b."time", b.leaf_hash
  from batch b
  returning leaf_index, record_no, xid, leaf_hash)
select count(*)::int as leaves, string_agg(p.leaf_hash, ''::bytea order by p.leaf_index) as hashes,
  (select q.xid::text from placed q order by q.leaf_index desc limit 1) as xid,
  (select q.record_no::text from placed q order by q.leaf_index desc limit 1) as "recordNo",
  pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_snapshot_xmax(pg_current_snapshot())::text as xmax
from placed p`;

interface BatchRow {
  readonly leaves: number;
  readonly hashes: Buffer | null;
  readonly xid: string | null;
  readonly recordNo: string | null;
  readonly xmin: string;
  readonly xmax: string;
}

/**
 * Gives the next records their places, at most `limit`, in the transaction that the caller has opened (read committed):
 * leaves, tiles and the tree's state, or nothing. The tree that comes back holds only once the transaction is committed;
 * after a failure, or a connection lost during the commit, read the tree again. A crash before the commit leaves
 * nothing; after it, everything.
 * @throws StaleTreeError where another sequencer was first; the database's own error
 */
export async function appendLeaves(
  client: PoolClient,
  tree: OpenTree,
  limit: number,
): Promise<Appended> {
  const { state, edge, readThrough } = tree;
  const { rows } = await client.query<BatchRow>({
    name: 'append-leaves',
    text: APPEND,
    values: [readThrough.xid, readThrough.recordNo, state.floorNo, limit, state.size],
  });
  const batch = rows[0] as BatchRow;
  const isFull = batch.leaves === limit;
  const endedBefore = BigInt(batch.xmin);
  const outcome = { leaves: batch.leaves, isFull, endedBefore, nextXid: BigInt(batch.xmax) };
  const last = { xid: batch.xid ?? '0', recordNo: batch.recordNo ?? '0' };
  const through = isFull ? last : { xid: String(endedBefore - 1n), recordNo: LAST_NO };
  if (batch.leaves === 0) return { ...outcome, tree: { ...tree, readThrough: through } };
  const grown = growTiles(edge, batch.hashes ?? Buffer.alloc(0));
  await saveTiles(client, grown.changed);
  const root = Buffer.from(rootOf(grown.edge.tree, nativeSha256));
  const { size } = grown.edge.tree;
  const watermark = laterOf(state.watermark, last);
  const saved = await client.query({
    name: 'save-tree',
    text: `update audit_tree set size = $2, root = $3, watermark_xid = $4, watermark_no = $5, cluster_id = $6,
       sequenced_at = clock_timestamp() where size = $1`,
    values: [state.size, size, root, watermark.xid, watermark.recordNo, state.clusterId],
  });
  if (saved.rowCount !== 1) throw new StaleTreeError(state.size);
  const next = { ...state, size, root, watermark };
  return { ...outcome, tree: { state: next, edge: grown.edge, readThrough: through } };
}

function laterOf(one: RecordPlace, other: RecordPlace): RecordPlace {
  const byXid = BigInt(one.xid) - BigInt(other.xid);
  if (byXid !== 0n) return byXid > 0n ? one : other;
  return BigInt(one.recordNo) > BigInt(other.recordNo) ? one : other;
}
