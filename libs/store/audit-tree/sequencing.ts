import type { PoolClient } from 'pg';
import { type Appended, appendLeaves } from './append-leaves.js';
import type { Queryable } from './tiles.js';
import type { OpenTree, RecordPlace } from './tree-state.js';

/**
 * Takes the right to grow the tree, for as long as the connection lasts; false where another process has it. It spares
 * two sequencers from hindering each other; what keeps the tree whole is the compare-and-set on its size.
 */
export async function takeTreeLock(client: Queryable): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    "select pg_try_advisory_lock(hashtext('mingcha audit tree')) as taken",
  );
  return rows[0]?.taken === true;
}

/** Gives up the right; it ends with the connection anyway. */
export async function dropTreeLock(client: Queryable): Promise<void> {
  await client.query("select pg_advisory_unlock(hashtext('mingcha audit tree'))");
}

/**
 * Runs `work` in a transaction of this connection and commits. After an error the transaction is rolled back, or the
 * connection is broken; where that happened during the commit, it is not known whether it was saved.
 */
export async function inTransaction<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** appendLeaves in a transaction of its own. After an error the tree has to be read again. */
export function sequenceBatch(
  client: PoolClient,
  tree: OpenTree,
  limit: number,
): Promise<Appended> {
  return inTransaction(client, () => appendLeaves(client, tree, limit));
}

/**
 * The first committed record that has no place yet, in the order of sequencing; null where there is none. It waits for an
 * earlier transaction to end, or for its turn. Records of transactions that this server has not begun are those of before a
 * restore: they have their leaves.
 */
export async function firstWaiting(client: Queryable, tree: OpenTree): Promise<RecordPlace | null> {
  const { readThrough, state } = tree;
  const { rows } = await client.query<RecordPlace>({
    name: 'first-waiting',
    text: `select r.xid::text as xid, r.record_no::text as "recordNo" from audit_record r
     where (r.xid, r.record_no) > ($1::xid8, $2::bigint)
       and r.xid < pg_snapshot_xmax(pg_current_snapshot())
       and (r.record_no > $3::bigint
         or (select count(*) from audit_leaf l where l.record_no = r.record_no and l.xid = r.xid) = 0)
     order by r.xid, r.record_no limit 1`,
    values: [readThrough.xid, readThrough.recordNo, state.floorNo],
  });
  return rows[0] ?? null;
}

/** Sessions that hold the oldest open transaction which writes, by their process numbers; it is that of `xid`. */
export async function holdersOf(client: Queryable, xid: bigint): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    "select pid from pg_locks where locktype = 'transactionid' and granted and transactionid = $1::xid8::xid and pid is not null",
    [String(xid)],
  );
  return rows.map(({ pid }) => pid);
}
