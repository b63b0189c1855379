import type { Pool } from 'pg';
import { parseCount } from '#core/audit/note/checkpoint.js';
import { encodeEntries } from '#core/audit/tree/entry-bundle.js';
import { HASH_BYTES } from '#core/audit/tree/hash-tree.js';
import { type EntriesAt, TILE_WIDTH, type TileAt } from '#core/audit/tree/tile.js';
import { readTiles } from '#store/audit-tree/tiles.js';

/** A record with its place in the log. */
export interface PlacedRecord {
  readonly id: string;
  readonly leaf: string;
  readonly leafHash: Buffer;
  /** Null: it waits for its place. */
  readonly leafIndex: number | null;
}

/** The first hashes of a tile, as many as asked for; null where the tree has not come so far. */
export async function storedTile(pool: Pool, at: TileAt): Promise<Buffer | null> {
  const [tile] = await readTiles(pool, [at]);
  return tile === undefined || tile.width < at.width
    ? null
    : tile.hashes.subarray(0, at.width * HASH_BYTES);
}

/** The texts of the leaves of a bundle of entries; null where one of them is not there. */
export async function storedEntries(pool: Pool, at: EntriesAt): Promise<Buffer | null> {
  const first = at.index * TILE_WIDTH;
  const { rows } = await pool.query<{ leaf: string }>(
    `select r.leaf from audit_leaf l
     join audit_record r on r.xid = l.xid and r.record_no = l.record_no and r."time" = l.record_time
     where l.leaf_index >= $1 and l.leaf_index < $2 order by l.leaf_index`,
    [first, first + at.width],
  );
  if (rows.length !== at.width) return null;
  return Buffer.from(encodeEntries(rows.map(({ leaf }) => Buffer.from(leaf))));
}

/** The record with this id; where somebody has put in several, that with the first place. */
export async function recordById(pool: Pool, id: string): Promise<PlacedRecord | null> {
  const [, entity = null, seq = ''] = /^(.+)#(\d+)$/s.exec(id) ?? [];
  const entitySeq = parseCount(seq);
  const { rows } = await pool.query<{
    id: string;
    leaf: string;
    leafHash: Buffer;
    leafIndex: string | null;
  }>(
    `select r.id, r.leaf, r.leaf_hash as "leafHash", l.leaf_index as "leafIndex"
     from (
       select * from audit_record where entity = $2 and entity_seq = $3 and id = $1
       union all
       select * from audit_record where entity is null and id = $1) r
     left join audit_leaf l on l.record_no = r.record_no and l.xid = r.xid
     order by l.leaf_index nulls last limit 1`,
    [id, entitySeq === null ? null : entity, entitySeq],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return { ...row, leafIndex: row.leafIndex === null ? null : Number(row.leafIndex) };
}
