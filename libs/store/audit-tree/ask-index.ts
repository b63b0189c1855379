import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from 'pg';
import { readCoveringCheckpoint, type StoredCheckpoint } from './checkpoints.js';
import type { Queryable } from './tiles.js';

const LOOK_EVERY_MS = 100;

/** A commitment of the index that a complete checkpoint covers. */
export interface CoveredIndex {
  /** Heads are those as of this size. */
  readonly size: number;
  /** Leaf index of the record `index.committed`. */
  readonly recordIndex: number;
  /** Larger than recordIndex, cosigned by enough witnesses. */
  readonly checkpoint: StoredCheckpoint;
}

/** The commitment did not come in time; the message says what is missing. It may still come. */
export class IndexNotCommittedError extends Error {
  constructor(what: string, timeoutMs: number) {
    super(
      `After ${Math.round(timeoutMs / 1_000)} s ${what}. Look at the health of sequencer, signer and witnesses`,
    );
    this.name = 'IndexNotCommittedError';
  }
}

/**
 * Lets the sequencer commit to the heads of all entities now, and waits until the commitment's record stands under a complete
 * checkpoint. Every record that was committed before the call is counted. Needs the rights of mingcha_api on the
 * tables; holds no transaction open.
 * @param requestedBy who asks, for example `export:2025-001`
 * @throws IndexNotCommittedError where it has not come within `timeoutMs`; the database's own error
 */
export async function commitIndexNow(
  pool: Pool,
  requestedBy: string,
  timeoutMs = 60_000,
): Promise<CoveredIndex> {
  const { rows } = await pool.query<{ no: string }>(
    'insert into audit_index_request (requested_by) values ($1) returning request_no as no',
    [requestedBy],
  );
  const requestNo = (rows[0] as { no: string }).no;
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const { size, recordIndex } = await answerTo(pool, requestNo);
    if (size !== null && recordIndex !== null) {
      const checkpoint = await readCoveringCheckpoint(pool, recordIndex + 1);
      if (checkpoint !== null) return { size, recordIndex, checkpoint };
    }
    if (Date.now() > giveUpAt) {
      const what =
        size === null
          ? 'the sequencer has not committed to the index'
          : `no checkpoint with enough witnesses covers the index of size ${size}`;
      throw new IndexNotCommittedError(what, timeoutMs);
    }
    await wait(LOOK_EVERY_MS);
  }
}

async function answerTo(
  client: Queryable,
  requestNo: string,
): Promise<{ readonly size: number | null; readonly recordIndex: number | null }> {
  const { rows } = await client.query<{ size: string | null; leaf: string | null }>(
    `select q.index_size as size, l.leaf_index as leaf from audit_index_request q
     left join audit_index i on i.size = q.index_size
     left join audit_leaf l on l.record_no = i.record_no
     where q.request_no = $1`,
    [requestNo],
  );
  const row = rows[0];
  return {
    size: row?.size == null ? null : Number(row.size),
    recordIndex: row?.leaf == null ? null : Number(row.leaf),
  };
}

/** A request that waits, and the transaction that made it: whatever was committed before has a smaller number. */
export interface OpenRequest {
  readonly requestNo: string;
  readonly xid: bigint;
}

/** Requests that have no answer yet, oldest first, at most 1,000. */
export async function openRequests(client: Queryable): Promise<OpenRequest[]> {
  const { rows } = await client.query<{ requestNo: string; xid: string }>({
    name: 'open-requests',
    text: `select request_no as "requestNo", xid::text as xid from audit_index_request
     where index_size is null order by request_no limit 1000`,
  });
  return rows.map(({ requestNo, xid }) => ({ requestNo, xid: BigInt(xid) }));
}

/** Tells those who asked which commitment counts their records. */
export async function answerRequests(
  client: Queryable,
  requestNos: readonly string[],
  size: number,
): Promise<void> {
  if (requestNos.length === 0) return;
  await client.query(
    'update audit_index_request set index_size = $2 where request_no = any($1::bigint[]) and index_size is null',
    [requestNos, size],
  );
}
