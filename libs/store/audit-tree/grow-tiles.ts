import {
  type CompactTree,
  EMPTY_TREE,
  growTree,
  HASH_BYTES,
  peaksOf,
} from '#core/audit/tree/hash-tree.js';
import { nodesIn, TILE_HEIGHT, TILE_WIDTH, type TileAt } from '#core/audit/tree/tile.js';
import { nativeSha256 } from './native-sha256.js';

/** A tile with its hashes, one after the other. */
export interface Tile extends TileAt {
  readonly hashes: Buffer;
}

/** What must be at hand to append: the peaks, and the partial tiles of the right edge by their level. */
export interface TreeEdge {
  readonly tree: CompactTree;
  readonly partial: ReadonlyMap<number, Tile>;
}

export const EMPTY_EDGE: TreeEdge = { tree: EMPTY_TREE, partial: new Map() };

/**
 * The edge of a tree of this size from its partial tiles (`tilesOf`), of which each may be wider than it was at that size.
 * Throws TileMissingError where one is missing or too narrow.
 */
export function edgeOf(size: number, tiles: readonly Tile[]): TreeEdge {
  const nodeAt = nodesIn(
    new Map(tiles.map((tile) => [`${tile.level}/${tile.index}`, tile.hashes])),
    nativeSha256,
  );
  const peaks = peaksOf(size).map(({ level, index }) => nodeAt(level, index));
  const partial = new Map<number, Tile>();
  for (const tile of tiles) {
    const width = Math.floor(size / TILE_WIDTH ** tile.level) % TILE_WIDTH;
    const hashes = tile.hashes.subarray(0, width * HASH_BYTES);
    if (width > 0) partial.set(tile.level, { ...tile, width, hashes });
  }
  return { tree: { size, peaks }, partial };
}

/** A tile that is being filled. */
class OpenTile {
  width: number;

  constructor(
    readonly level: number,
    readonly index: number,
    private readonly hashes = Buffer.allocUnsafe(TILE_WIDTH * HASH_BYTES),
    width = 0,
  ) {
    this.width = width;
  }

  static of(tile: Tile): OpenTile {
    const hashes = Buffer.allocUnsafe(TILE_WIDTH * HASH_BYTES);
    tile.hashes.copy(hashes);
    return new OpenTile(tile.level, tile.index, hashes, tile.width);
  }

  add(hash: Uint8Array): void {
    this.hashes.set(hash, this.width * HASH_BYTES);
    this.width += 1;
  }

  closed(): Tile {
    const { level, index, width } = this;
    return { level, index, width, hashes: this.hashes.subarray(0, width * HASH_BYTES) };
  }
}

/** Leaf hashes that lie one after the other. */
function* hashesIn(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += HASH_BYTES) yield bytes.subarray(at, at + HASH_BYTES);
}

/**
 * Appends leaf hashes (32 bytes each, one after the other). Gives the new edge and every tile that is new or has grown;
 * `edge` itself stays as it was, so that it can be used again where saving fails.
 */
export function growTiles(
  edge: TreeEdge,
  leafHashes: Buffer,
): { readonly edge: TreeEdge; readonly changed: readonly Tile[] } {
  const changed: Tile[] = [];
  const open = new Map<number, OpenTile>();
  const take = (level: number): OpenTile | undefined => {
    const known = open.get(level);
    if (known !== undefined) return known;
    const before = edge.partial.get(level);
    return before === undefined ? undefined : OpenTile.of(before);
  };
  const tree = growTree(
    edge.tree,
    hashesIn(leafHashes),
    nativeSha256,
    (nodeLevel, nodeIndex, hash) => {
      if (nodeLevel % TILE_HEIGHT !== 0) return;
      const level = nodeLevel / TILE_HEIGHT;
      const index = Math.floor(nodeIndex / TILE_WIDTH);
      let tile = take(level);
      if (tile === undefined || tile.index !== index) tile = new OpenTile(level, index);
      open.set(level, tile);
      tile.add(hash);
      if (tile.width === TILE_WIDTH) changed.push(tile.closed());
    },
  );
  const partial = new Map(edge.partial);
  for (const [level, tile] of open) {
    const isFull = tile.width === TILE_WIDTH;
    if (isFull) partial.delete(level);
    else {
      changed.push(tile.closed());
      partial.set(level, tile.closed());
    }
  }
  return { edge: { tree, partial }, changed };
}
