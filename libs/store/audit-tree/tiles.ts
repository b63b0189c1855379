import type { ClientBase, Pool } from 'pg';
import { proveConsistency, proveInclusion } from '#core/audit/tree/proof.js';
import {
  nodesIn,
  type TileAt,
  tilesForConsistency,
  tilesForInclusion,
} from '#core/audit/tree/tile.js';
import type { Tile } from './grow-tiles.js';
import { nativeSha256 } from './native-sha256.js';

/** Anything that runs queries. */
export type Queryable = Pick<ClientBase | Pool, 'query'>;

interface TileRow {
  readonly level: number;
  readonly index: string;
  readonly width: number;
  readonly hashes: Buffer;
}

/** The tiles that are stored at these places, each as wide as it is by now; those that are not there are left out. */
export async function readTiles(client: Queryable, wanted: readonly TileAt[]): Promise<Tile[]> {
  if (wanted.length === 0) return [];
  const { rows } = await client.query<TileRow>(
    `select t.level, t.tile_index as index, t.width, t.hashes
     from unnest($1::smallint[], $2::bigint[]) as w(level, tile_index)
     join audit_tile t on t.level = w.level and t.tile_index = w.tile_index`,
    [wanted.map(({ level }) => level), wanted.map(({ index }) => index)],
  );
  return rows.map((row) => ({ ...row, index: Number(row.index) }));
}

/** Stores tiles that are new or have grown, in one statement. The database refuses any other change of a tile. */
export async function saveTiles(client: Queryable, tiles: readonly Tile[]): Promise<void> {
  if (tiles.length === 0) return;
  await client.query({
    name: 'save-tiles',
    text: `insert into audit_tile (level, tile_index, width, hashes)
     select * from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bytea[])
     on conflict (level, tile_index) do update set width = excluded.width, hashes = excluded.hashes`,
    values: [
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => index),
      tiles.map(({ width }) => width),
      tiles.map(({ hashes }) => hashes),
    ],
  });
}

async function nodesOf(client: Queryable, wanted: readonly TileAt[]) {
  const tiles = await readTiles(client, wanted);
  return nodesIn(
    new Map(tiles.map((tile) => [`${tile.level}/${tile.index}`, tile.hashes])),
    nativeSha256,
  );
}

/**
 * Consistency proof (RFC 6962 2.1.2) from the stored tiles; empty from size 0, from which everything follows.
 * Throws RangeError unless size1 <= size2, TileMissingError where the stored tree is smaller than size2.
 */
export async function readConsistency(
  client: Queryable,
  size1: number,
  size2: number,
): Promise<Uint8Array[]> {
  if (size1 === 0 || size1 === size2) return [];
  const nodeAt = await nodesOf(client, tilesForConsistency(size1, size2));
  return proveConsistency(size1, size2, nodeAt, nativeSha256);
}

/** Inclusion proof (RFC 6962 2.1.1) from the stored tiles. Throws as readConsistency does. */
export async function readInclusion(
  client: Queryable,
  index: number,
  size: number,
): Promise<Uint8Array[]> {
  const nodeAt = await nodesOf(client, tilesForInclusion(index, size));
  return proveInclusion(index, size, nodeAt, nativeSha256);
}
