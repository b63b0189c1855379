import type { PoolClient } from 'pg';
import { rootOf } from '#core/audit/tree/hash-tree.js';
import { growTiles, type TreeEdge } from './grow-tiles.js';
import { nativeSha256 } from './native-sha256.js';
import { inTransaction, takeTreeLock } from './sequencing.js';
import { saveTiles } from './tiles.js';
import { readEdge, readServer, readTreeState } from './tree-state.js';

const BATCH = 20_000;

/** Another process grows the tree: nothing was changed. */
export class TreeInUseError extends Error {
  constructor() {
    super('A sequencer is at work on this database. End it first; nothing was changed');
    this.name = 'TreeInUseError';
  }
}

/** Numbers of records would be given a second time: nothing was changed. */
export class NumbersBehindError extends Error {
  constructor(next: string, highest: string) {
    super(
      `The sequence audit_record_no has only come to ${next}, but there are records up to ${highest}: new ones would get numbers ` +
        'that are taken. The restore did not set it, or it was set back. Nothing was changed. As the owner of the database run: ' +
        `select setval('audit_record_no', ${highest})`,
    );
    this.name = 'NumbersBehindError';
  }
}

export interface Rebuilt {
  /** Records that had no place and have one now. */
  readonly sequenced: number;
  readonly size: number;
  /** Leaves whose record is not there. None of them is a fault where months were archived. */
  readonly withoutRecord: number;
}

/** In the order of sequencing, whatever their transactions: those of before a restore were counted by another server. */
const WITHOUT_LEAF = `
with batch as materialized (
  select r.xid, r.record_no, r."time", r.leaf_hash from audit_record r
  where r.record_no <= $3
    and not exists (select from audit_leaf l where l.record_no = r.record_no and l.xid = r.xid)
  order by r.xid, r.record_no limit $1),
placed as (
  insert into audit_leaf (leaf_index, record_no, xid, record_time, leaf_hash)
  select $2::bigint + row_number() over (order by b.xid, b.record_no) - 1, b.record_no, b.xid, b."time", b.leaf_hash
  from batch b
  returning leaf_index, leaf_hash)
select count(*)::int as leaves, string_agg(p.leaf_hash, ''::bytea order by p.leaf_index) as hashes from placed p`;

/**
 * After the database was restored from a dump into another server: compares records with leaves one by one, gives the records
 * that have no place their places, in the order of their transactions, and sets the watermark anew by this server's
 * transactions. In one transaction, so that a crash leaves what was there. Writers may go on meanwhile: what they write
 * is found by the sequencer afterwards. Running it without need changes nothing but the watermark.
 * @throws TreeInUseError where a sequencer is at work; NumbersBehindError where new records would get numbers of old ones; DamagedTreeError where the stored tree contradicts itself
 */
export async function rebuildWatermark(client: PoolClient): Promise<Rebuilt> {
  if (!(await takeTreeLock(client))) throw new TreeInUseError();
  return inTransaction(client, async () => {
    await client.query(
      'set local statement_timeout = 0; set local enable_seqscan = on; set local enable_hashjoin = on',
    );
    const state = await readTreeState(client);
    let edge: TreeEdge = await readEdge(client, state);
    // Transactions that have ended by now: whatever the others write, the sequencer will find behind the new watermark.
    const { rows } = await client.query<{ xmin: string; highest: string }>(
      `select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, (select coalesce(max(record_no), 0)::text from audit_record) as highest`,
    );
    const { xmin, highest } = rows[0] as { xmin: string; highest: string };
    await requireNumbers(client, highest);
    let sequenced = 0;
    for (;;) {
      const batch = await client.query<{ leaves: number; hashes: Buffer | null }>(WITHOUT_LEAF, [
        BATCH,
        edge.tree.size,
        highest,
      ]);
      const { leaves = 0, hashes = null } = batch.rows[0] ?? {};
      if (leaves === 0 || hashes === null) break;
      const grown = growTiles(edge, hashes);
      await saveTiles(client, grown.changed);
      edge = grown.edge;
      sequenced += leaves;
    }
    const { clusterId } = await readServer(client);
    const root = Buffer.from(rootOf(edge.tree, nativeSha256));
    await client.query(
      `update audit_tree set size = $1, root = $2, watermark_xid = ($3::text)::xid8, watermark_no = $4, floor_no = $5,
         cluster_id = $6, sequenced_at = clock_timestamp()`,
      [edge.tree.size, root, String(BigInt(xmin) - 1n), String(2n ** 63n - 1n), highest, clusterId],
    );
    const missing = await client.query<{ n: number }>(
      'select count(*)::int as n from audit_leaf l where not exists (select from audit_record r where r.record_no = l.record_no and r.xid = l.xid)',
    );
    return { sequenced, size: edge.tree.size, withoutRecord: missing.rows[0]?.n ?? 0 };
  });
}

/** Read after the highest number, so that records written meanwhile are no fault. */
async function requireNumbers(client: PoolClient, highest: string): Promise<void> {
  const { rows } = await client.query<{ next: string; behind: boolean }>(
    `select s.last::text as next, s.last < $1::bigint as behind
     from (select coalesce(pg_sequence_last_value('audit_record_no'::regclass), 0) as last) s`,
    [highest],
  );
  const { next, behind } = rows[0] as { next: string; behind: boolean };
  if (behind) throw new NumbersBehindError(next, highest);
}
