import { rootOf } from '#core/audit/tree/hash-tree.js';
import { tilesOf } from '#core/audit/tree/tile.js';
import { edgeOf, type TreeEdge } from './grow-tiles.js';
import { nativeSha256 } from './native-sha256.js';
import { type Queryable, readTiles } from './tiles.js';

/** Where records stand in the order in which they are sequenced: transaction, then number. */
export interface RecordPlace {
  /** xid8 as text: 64 bits. */
  readonly xid: string;
  readonly recordNo: string;
}

/** The stored state of the tree. */
export interface TreeState {
  readonly size: number;
  readonly root: Buffer;
  readonly watermark: RecordPlace;
  /** Records up to this number may be leaves whatever their transaction: they were there when the watermark was rebuilt. */
  readonly floorNo: string;
  /** System identifier of the cluster that the watermark belongs to; null before the first batch. */
  readonly clusterId: string | null;
}

/** The tree as the sequencer keeps it between batches. */
export interface OpenTree {
  readonly state: TreeState;
  readonly edge: TreeEdge;
  /** No record at or before this place can still come: all transactions up to there have ended, and were read. */
  readonly readThrough: RecordPlace;
}

/** The watermark does not belong to this server: its transaction numbers were counted elsewhere. */
export class ForeignWatermarkError extends Error {
  constructor(reason: string) {
    super(
      `The audit tree's watermark does not belong to this PostgreSQL server: ${reason}. The database was restored from a ` +
        'dump, or the server was upgraded. Records could be missed, so nothing is sequenced. Run: mingcha admin rebuild-watermark',
    );
    this.name = 'ForeignWatermarkError';
  }
}

/** The stored tree contradicts itself: somebody has changed it, or storage has lost something. */
export class DamagedTreeError extends Error {
  constructor(what: string) {
    super(
      `The stored audit tree contradicts itself: ${what}. Nothing is added to it. Run: mingcha verify --database, keep the ` +
        'database as it is, and restore from a backup by point in time',
    );
    this.name = 'DamagedTreeError';
  }
}

/** Reads the state as it is stored, without judging it. */
export async function readTreeState(client: Queryable): Promise<TreeState> {
  const { rows } = await client.query<{
    size: string;
    root: Buffer;
    xid: string;
    recordNo: string;
    floorNo: string;
    clusterId: string | null;
  }>(
    `select size, root, watermark_xid::text as xid, watermark_no as "recordNo", floor_no as "floorNo",
       cluster_id::text as "clusterId" from audit_tree`,
  );
  const row = rows[0];
  if (row === undefined) throw new DamagedTreeError('audit_tree has no row');
  const { size, root, xid, recordNo, floorNo, clusterId } = row;
  return { size: Number(size), root, watermark: { xid, recordNo }, floorNo, clusterId };
}

/**
 * Edge of the stored tree, from its tiles.
 * @throws DamagedTreeError where the tiles do not give the stored root, or leaves are missing or too many
 */
export async function readEdge(client: Queryable, state: TreeState): Promise<TreeEdge> {
  const { rows } = await client.query<{ last: string | null }>(
    'select max(leaf_index) as last from audit_leaf',
  );
  const leaves = rows[0]?.last == null ? 0 : Number(rows[0].last) + 1;
  if (leaves !== state.size)
    throw new DamagedTreeError(
      `its size is ${state.size}, but there are leaves up to ${leaves - 1}`,
    );
  const tiles = await readTiles(client, tilesOf(state.size));
  let edge: TreeEdge;
  try {
    edge = edgeOf(state.size, tiles);
  } catch (error) {
    throw new DamagedTreeError((error as Error).message.replace(/\.$/, ''));
  }
  if (!state.root.equals(rootOf(edge.tree, nativeSha256)))
    throw new DamagedTreeError(`the tiles of size ${state.size} do not give the stored root`);
  return edge;
}

/** This server's cluster and the next transaction that it would give. */
export async function readServer(
  client: Queryable,
): Promise<{ readonly clusterId: string; readonly nextXid: bigint }> {
  const { rows } = await client.query<{ clusterId: string; next: string }>(
    `select (select system_identifier::text from pg_control_system()) as "clusterId",
       pg_snapshot_xmax(pg_current_snapshot())::text as next`,
  );
  const row = rows[0] as { clusterId: string; next: string };
  return { clusterId: row.clusterId, nextXid: BigInt(row.next) };
}

/**
 * Reads the tree to append to it.
 * @throws ForeignWatermarkError after a restore into another cluster; DamagedTreeError where it contradicts itself
 */
export async function openTree(client: Queryable): Promise<OpenTree> {
  const state = await readTreeState(client);
  const { clusterId, nextXid } = await readServer(client);
  if (state.clusterId !== null && state.clusterId !== clusterId)
    throw new ForeignWatermarkError(
      `it was set in cluster ${state.clusterId}, this is ${clusterId}`,
    );
  if (BigInt(state.watermark.xid) >= nextXid)
    throw new ForeignWatermarkError(
      `it is transaction ${state.watermark.xid}, and this server has only come to ${nextXid}`,
    );
  const edge = await readEdge(client, state);
  return { state: { ...state, clusterId }, edge, readThrough: state.watermark };
}
