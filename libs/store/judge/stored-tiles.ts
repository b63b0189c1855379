import type { Pool } from 'pg';
import { HASH_BYTES } from '#core/audit/tree/hash-tree.js';
import { TILE_WIDTH } from '#core/audit/tree/tile.js';
import { withClient } from './auditor-pool.js';
import { copyOut } from './copied-rows.js';
import { hex, sameHash } from './hash-bytes.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';
import type { UpperNode } from './tree-judge.js';

/** Leaves whose tiles are read at once: those of one tile of level 1, 2 MB of hashes. */
export const BLOCK_LEAVES = TILE_WIDTH * TILE_WIDTH;

/** The hashes that the tiles of level 0 hold for one block of leaves. */
export interface TileBlock {
  readonly first: number;
  readonly hashes: Buffer;
  /** Hashes in each of its 256 tiles; 0: the tile is not there. */
  readonly widths: Int32Array;
}

/** Reads the tiles of the block in which `leaf` lies, from that leaf's tile on; none from `through` on. */
export async function readTileBlock(pool: Pool, leaf: number, through: number): Promise<TileBlock> {
  const first = leaf - (leaf % BLOCK_LEAVES);
  const hashes = Buffer.alloc(BLOCK_LEAVES * HASH_BYTES);
  const widths = new Int32Array(TILE_WIDTH);
  const from = first / TILE_WIDTH;
  const least = Math.floor(leaf / TILE_WIDTH);
  const beyond = Math.min(from + TILE_WIDTH, Math.ceil(through / TILE_WIDTH));
  await withClient(pool, async (client) => {
    const query = `select tile_index, hashes from audit_tile
      where level = 0 and tile_index >= ${least} and tile_index < ${beyond} order by tile_index`;
    for await (const rows of copyOut(client, query, 2))
      while (rows.next()) {
        const tile = rows.int8(0) - from;
        const bytes = rows.view(1).subarray(0, TILE_WIDTH * HASH_BYTES);
        hashes.set(bytes, tile * TILE_WIDTH * HASH_BYTES);
        widths[tile] = Math.floor(bytes.length / HASH_BYTES);
      }
  });
  return { first, hashes, widths };
}

/** Compares nodes that were computed with the higher tiles that have to hold them. */
export async function judgeUpperTiles(
  pool: Pool,
  nodes: readonly UpperNode[],
  onFinding: (finding: TrailFinding) => void,
): Promise<void> {
  const tiles = new Map<string, UpperNode[]>();
  for (const node of nodes) {
    const key = `${node.level}/${Math.floor(node.index / TILE_WIDTH)}`;
    const there = tiles.get(key);
    if (there === undefined) tiles.set(key, [node]);
    else there.push(node);
  }
  for (const [key, inTile] of tiles) {
    const { rows } = await pool.query<{ hashes: Buffer }>(
      'select hashes from audit_tile where level = $1 and tile_index = $2',
      key.split('/'),
    );
    const stored = rows[0]?.hashes ?? Buffer.alloc(0);
    const wrong = inTile.find(({ index, hash }) => {
      const at = (index % TILE_WIDTH) * HASH_BYTES;
      return at + HASH_BYTES > stored.length || !sameHash(stored, at, hash, 0);
    });
    if (wrong !== undefined) onFinding(upperFinding(key, wrong, stored));
  }
}

function upperFinding(key: string, node: UpperNode, stored: Buffer): TrailFinding {
  const at = (node.index % TILE_WIDTH) * HASH_BYTES;
  const width = TILE_WIDTH ** node.level;
  return trailFinding({
    kind: 'tile',
    leafIndex: node.index * width,
    count: width,
    what: `tile ${key}, hash ${node.index % TILE_WIDTH}`,
    where: 'audit_tile',
    expected: hex(node.hash),
    found: at + HASH_BYTES > stored.length ? null : hex(stored, at),
  });
}
