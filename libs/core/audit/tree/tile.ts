import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import type { Sha256 } from '../leaf-hash.js';
import { checkSize, HASH_BYTES, type NodeAt, nodeHasher } from './hash-tree.js';
import { type NodeReader, proveConsistency, proveInclusion } from './proof.js';

/** Levels of the tree in one tile, and hashes in a full one (C2SP tlog-tiles). */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;

/** Level of the highest tile that a tree of 2^53 - 1 leaves has. */
const TOP_TILE_LEVEL = 6;

/** A tile: the hashes of the subtrees (level * 8, index * 256 ...). */
export interface TileAt {
  readonly level: number;
  readonly index: number;
  /** Hashes in it: 256 in a full one, fewer (1 or more) in a partial one. */
  readonly width: number;
}

/** The entries of leaves index * 256 .. index * 256 + width - 1. */
export type EntriesAt = Omit<TileAt, 'level'>;

/** Thrown where a proof needs hashes that the tiles at hand do not hold. */
export class TileMissingError extends Error {
  /** The tile that is missing or too short, with the least width that would do. */
  readonly at: TileAt;

  constructor(at: TileAt) {
    super(`Tile ${at.level}/${at.index} is missing or holds fewer than ${at.width} hashes.`);
    this.name = 'TileMissingError';
    this.at = at;
  }
}

function numberPath({ index, width }: EntriesAt): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

function exists({ level, index, width }: TileAt): boolean {
  const integers = [level, index, width].every((value) => Number.isSafeInteger(value));
  if (!integers || level < 0 || level > TOP_TILE_LEVEL || index < 0) return false;
  if (width < 1 || width > TILE_WIDTH) return false;
  return (index * TILE_WIDTH + width) * TILE_WIDTH ** level <= Number.MAX_SAFE_INTEGER;
}

/** Path of a tile below the log's address (C2SP tlog-tiles): `tile/0/x001/x234/067`, `tile/1/000.p/17`. RangeError for none. */
export function tilePath(at: TileAt): string {
  if (!exists(at)) throw new RangeError(`No tree has tile ${at.level}/${at.index}, ${at.width}.`);
  return `tile/${at.level}/${numberPath(at)}`;
}

/** Path of a bundle of entries below the log's address: `tile/entries/x001/x234/067`. Throws RangeError for none. */
export function entriesPath(index: number, width: number): string {
  if (!exists({ level: 0, index, width }))
    throw new RangeError(`No tree has entries ${index}, ${width}.`);
  return `tile/entries/${numberPath({ index, width })}`;
}

const PATH = /^tile\/(entries|[0-6])\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

function parsePath(path: string): { kind: string; index: number; width: number } | null {
  const [, kind, number, width] = (path.length <= 64 && PATH.exec(path)) || [];
  if (kind === undefined || number === undefined) return null;
  const at = {
    index: Number(number.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  // Written again, so that neither needless groups nor a "partial" tile of 256 pass.
  if (!exists({ level: kind === 'entries' ? 0 : Number(kind), ...at })) return null;
  return path === `tile/${kind}/${numberPath(at)}` ? { kind, ...at } : null;
}

/** What `tilePath` has written; null for anything else. */
export function parseTilePath(path: string): TileAt | null {
  const at = parsePath(path);
  if (at === null || at.kind === 'entries') return null;
  return { level: Number(at.kind), index: at.index, width: at.width };
}

/** What `entriesPath` has written; null for anything else. */
export function parseEntriesPath(path: string): EntriesAt | null {
  const at = parsePath(path);
  return at?.kind === 'entries' ? { index: at.index, width: at.width } : null;
}

/** How many full tiles a tree of this size has on this level: they stand at 0 .. n - 1. */
export function fullTiles(size: number, level: number): number {
  checkSize(size);
  return Math.floor(size / TILE_WIDTH ** (level + 1));
}

/**
 * The partial tiles of a tree of this size, lowest level first: its right edge. They hold all of its peaks; levels
 * whose tiles are all full have none.
 */
export function tilesOf(size: number): TileAt[] {
  checkSize(size);
  const tiles: TileAt[] = [];
  for (let level = 0; level <= TOP_TILE_LEVEL; level += 1) {
    const hashes = Math.floor(size / TILE_WIDTH ** level);
    const width = hashes % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: (hashes - width) / TILE_WIDTH, width });
  }
  return tiles;
}

/** Where a complete subtree is found: its tile, and the run of that tile's hashes that it is built from. */
function placeOf({ level, index }: NodeAt) {
  const above = level % TILE_HEIGHT;
  const first = index * 2 ** above;
  const tileIndex = Math.floor(first / TILE_WIDTH);
  return {
    level: (level - above) / TILE_HEIGHT,
    index: tileIndex,
    above,
    first: first - tileIndex * TILE_WIDTH,
  };
}

const BLANK = new Uint8Array(HASH_BYTES);

/** The tiles, as a tree of `size` has them, that hold all subtrees which `prove` reads; each once. */
function tilesRead(size: number, prove: (nodeAt: NodeReader) => void): TileAt[] {
  const tiles = new Map<string, TileAt>();
  prove((level, index) => {
    const place = placeOf({ level, index });
    const beyond = Math.floor(size / TILE_WIDTH ** place.level) - place.index * TILE_WIDTH;
    const tile = {
      level: place.level,
      index: place.index,
      width: Math.min(TILE_WIDTH, beyond),
    };
    tiles.set(`${tile.level}/${tile.index}`, tile);
    return BLANK;
  });
  return [...tiles.values()];
}

/** The tiles of a tree of `size` that `proveInclusion(index, size, nodesIn(…))` reads. Throws as that does. */
export function tilesForInclusion(index: number, size: number): TileAt[] {
  return tilesRead(size, (nodeAt) => proveInclusion(index, size, nodeAt, () => BLANK));
}

/** The tiles of a tree of `size2` that `proveConsistency(size1, size2, nodesIn(…))` reads. Throws as that does. */
export function tilesForConsistency(size1: number, size2: number): TileAt[] {
  return tilesRead(size2, (nodeAt) => proveConsistency(size1, size2, nodeAt, () => BLANK));
}

/**
 * Reads complete subtrees out of tiles. Keys are `${level}/${index}`, values the tile's hashes one after the other; a wider
 * tile than needed does as well, since partial tiles only grow. What was computed is kept for as long as the reader
 * is, so one reader should serve many proofs. The reader throws TileMissingError naming the tile.
 */
export function nodesIn(
  tiles: ReadonlyMap<string, Uint8Array>,
  sha256: Sha256 = portableSha256,
): NodeReader {
  const hashChildren = nodeHasher(sha256);
  const known = new Map<string, (Uint8Array | undefined)[]>();
  return (level, index) => {
    const place = placeOf({ level, index });
    const key = `${place.level}/${place.index}`;
    const tile = tiles.get(key);
    const width = place.first + 2 ** place.above;
    if (tile === undefined || tile.length < width * HASH_BYTES)
      throw new TileMissingError({ level: place.level, index: place.index, width });
    const nodes = known.get(key) ?? [];
    known.set(key, nodes);
    return subtree(tile, nodes, hashChildren)(place.above, place.first);
  };
}

function subtree(
  tile: Uint8Array,
  known: (Uint8Array | undefined)[],
  hashChildren: (left: Uint8Array, right: Uint8Array) => Uint8Array,
) {
  const build = (above: number, first: number): Uint8Array => {
    if (above === 0) return tile.slice(first * HASH_BYTES, (first + 1) * HASH_BYTES);
    const width = 2 ** above;
    // 256 places for the tile's own hashes, 128 for their parents, and so on.
    const at = 2 * TILE_WIDTH - 2 ** (TILE_HEIGHT + 1 - above) + first / width;
    const kept = known[at];
    if (kept !== undefined) return kept;
    const hash = hashChildren(build(above - 1, first), build(above - 1, first + width / 2));
    known[at] = hash;
    return hash;
  };
  return build;
}
