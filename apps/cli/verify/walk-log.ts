import { hash } from 'node:crypto';
import { leafHashOfBytes } from '#core/audit/leaf-hash.js';
import { decodeEntries, EntryBundleError } from '#core/audit/tree/entry-bundle.js';
import {
  type CompactTree,
  EMPTY_TREE,
  growTree,
  HASH_BYTES,
  rootOf,
} from '#core/audit/tree/hash-tree.js';
import { entriesPath, TILE_HEIGHT, TILE_WIDTH, tilePath } from '#core/audit/tree/tile.js';
import { type LogClient, MOST_ENTRIES } from './log-client.js';

/** Tiles asked for at a time. */
const AT_ONCE = 8;

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');

/** What does not fit in a log that is read from outside. */
export type LogFault =
  | { readonly kind: 'tile'; readonly path: string; readonly position: number }
  | { readonly kind: 'root'; readonly size: number }
  | { readonly kind: 'history'; readonly size: number }
  | { readonly kind: 'entry'; readonly leafIndex: number; readonly id: string | null };

export interface LogState {
  readonly size: number;
  readonly root: Uint8Array;
}

export interface WalkOptions {
  readonly client: LogClient;
  readonly checkpoint: LogState;
  /** State of the last visit; null: this is the first. Its size is at most the checkpoint's. */
  readonly before: LogState | null;
  readonly onFault: (fault: LogFault) => void;
  readonly onProgress: (leaves: number) => void;
}

/**
 * Reads all tiles of the log and computes every node above the leaves, the root, and the root that the last visit saw;
 * where the log serves entries, the hash of each. Resolves to the number of entries that were compared.
 * @throws LogAwayError where something cannot be read
 */
export async function walkLog(options: WalkOptions): Promise<number> {
  const { client, checkpoint, before, onFault } = options;
  const { size } = checkpoint;
  const count = Math.ceil(size / TILE_WIDTH);
  const withEntries = await servesEntries(client, size);
  const upper = new UpperTiles(client, size, onFault);
  let tree: CompactTree = EMPTY_TREE;
  let entries = 0;
  const grow = (hashes: Uint8Array[]) => {
    tree = growTree(tree, hashes, sha256, upper.onNode);
  };
  for (let first = 0; first < count; first += AT_ONCE) {
    const indexes = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, at) => first + at);
    const tiles = await Promise.all(
      indexes.map(async (index) => {
        const width = Math.min(TILE_WIDTH, size - index * TILE_WIDTH);
        const tile = await client.tile({ level: 0, index, width });
        const faults = withEntries ? await entryFaults(client, { index, width, tile }) : [];
        return { tile, faults, width };
      }),
    );
    for (const { tile, faults, width } of tiles) {
      faults.forEach(onFault);
      if (withEntries) entries += width;
      const hashes = hashesIn(tile);
      const cut = before === null ? -1 : before.size - tree.size;
      if (before !== null && cut >= 0 && cut <= hashes.length) {
        grow(hashes.splice(0, cut));
        if (!same(rootOf(tree, sha256), before.root))
          onFault({ kind: 'history', size: before.size });
      }
      grow(hashes);
    }
    await upper.compare();
    options.onProgress(tree.size);
  }
  if (!same(rootOf(tree, sha256), checkpoint.root)) onFault({ kind: 'root', size });
  return entries;
}

async function servesEntries(client: LogClient, size: number): Promise<boolean> {
  if (size === 0) return false;
  const path = entriesPath(0, Math.min(size, TILE_WIDTH));
  return (await client.read(path, MOST_ENTRIES)) !== null;
}

/** Compares the higher tiles with the nodes that were computed, each tile once it is full, or at the end. */
class UpperTiles {
  private readonly pending = new Map<
    string,
    { level: number; index: number; hashes: Uint8Array[] }
  >();

  constructor(
    private readonly client: LogClient,
    private readonly size: number,
    private readonly onFault: (fault: LogFault) => void,
  ) {}

  readonly onNode = (nodeLevel: number, nodeIndex: number, node: Uint8Array): void => {
    if (nodeLevel === 0 || nodeLevel % TILE_HEIGHT !== 0) return;
    const level = nodeLevel / TILE_HEIGHT;
    const index = Math.floor(nodeIndex / TILE_WIDTH);
    const key = `${level}/${index}`;
    const tile = this.pending.get(key) ?? { level, index, hashes: [] };
    tile.hashes.push(node);
    this.pending.set(key, tile);
  };

  async compare(): Promise<void> {
    for (const [key, { level, index, hashes }] of this.pending) {
      const width = Math.min(
        TILE_WIDTH,
        Math.floor(this.size / TILE_WIDTH ** level) - index * TILE_WIDTH,
      );
      if (hashes.length < width) continue;
      this.pending.delete(key);
      const stored = await this.client.tile({ level, index, width });
      const position = hashesIn(stored).findIndex(
        (one, at) => !same(one, hashes[at] as Uint8Array),
      );
      if (position >= 0)
        this.onFault({ kind: 'tile', path: tilePath({ level, index, width }), position });
    }
  }
}

async function entryFaults(
  client: LogClient,
  { index, width, tile }: { index: number; width: number; tile: Buffer },
): Promise<LogFault[]> {
  const bundle =
    (await client.read(entriesPath(index, width), MOST_ENTRIES)) ??
    (await client.read(entriesPath(index, TILE_WIDTH), MOST_ENTRIES));
  const leaves = bundle === null ? [] : leavesIn(bundle);
  return hashesIn(tile).flatMap((expected, at): LogFault[] => {
    const leaf = leaves[at];
    if (leaf !== undefined && same(leafHashOfBytes(leaf, sha256), expected)) return [];
    const leafIndex = index * TILE_WIDTH + at;
    return [{ kind: 'entry', leafIndex, id: leaf === undefined ? null : idOf(leaf) }];
  });
}

function leavesIn(bundle: Buffer): Uint8Array[] {
  try {
    return decodeEntries(bundle);
  } catch (error) {
    if (error instanceof EntryBundleError) return [];
    throw error;
  }
}

function idOf(leaf: Uint8Array): string | null {
  try {
    const { id } = JSON.parse(Buffer.from(leaf).toString()) as { id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}

function hashesIn(tile: Buffer): Uint8Array[] {
  return Array.from({ length: tile.length / HASH_BYTES }, (_, at) =>
    tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
