import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_TREE, growTree, peaksOf, rootOf } from '#core/audit/tree/hash-tree.js';
import {
  proveConsistency,
  proveInclusion,
  rootFromInclusion,
  verifyConsistency,
  verifyInclusion,
} from '#core/audit/tree/proof.js';
import {
  fullTiles,
  nodesIn,
  TileMissingError,
  tilesForConsistency,
  tilesForInclusion,
  tilesOf,
} from '#core/audit/tree/tile.js';
import { nativeSha256, plainPath, plainProof, plainRoot, someHashes } from './plain-tree.js';

const MOST = 530;
const HASHES = someHashes(MOST);
const ROOTS = HASHES.map((_, index) => index + 1).map((size) => plainRoot(HASHES.slice(0, size)));
const rootAt = (size: number): Uint8Array => ROOTS[size - 1]!;
const grown = (count: number) => growTree(EMPTY_TREE, HASHES.slice(0, count), nativeSha256);

/** Tiles of the tree, written from `onNode` alone: every eighth level, in order. */
function tilesAt(size: number): Map<string, Uint8Array> {
  const rows = new Map<string, Uint8Array[]>();
  growTree(EMPTY_TREE, HASHES.slice(0, size), nativeSha256, (level, index, hash) => {
    if (level % 8 !== 0) return;
    const key = `${level / 8}/${Math.floor(index / 256)}`;
    rows.set(key, [...(rows.get(key) ?? []), hash]);
  });
  return new Map([...rows].map(([key, hashes]) => [key, new Uint8Array(Buffer.concat(hashes))]));
}

const TILES = tilesAt(MOST);
const NODES = nodesIn(TILES, nativeSha256);

/** Only what the lists of tiles name, cut to the width that they name. */
function cut(tiles: ReturnType<typeof tilesOf>): Map<string, Uint8Array> {
  return new Map(
    tiles.map(({ level, index, width }) => {
      const key = `${level}/${index}`;
      const tile = TILES.get(key);
      expect(tile!.length).toBeGreaterThanOrEqual(width * 32);
      return [key, tile!.subarray(0, width * 32)];
    }),
  );
}

const sizes = fc.integer({ min: 1, max: MOST });
const indexed = sizes.chain((size) =>
  fc.record({ size: fc.constant(size), index: fc.integer({ min: 0, max: size - 1 }) }),
);
const paired = sizes.chain((size2) =>
  fc.record({ size2: fc.constant(size2), size1: fc.integer({ min: 1, max: size2 }) }),
);

/** The same bytes but for one bit. */
function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
  return changed;
}
const bits = fc.integer({ min: 0, max: 255 });

describe('a compact tree', () => {
  it('has the root of the plain definition at every size', () => {
    let tree = EMPTY_TREE;
    for (const [index, hash] of HASHES.entries()) {
      tree = growTree(tree, [hash], nativeSha256);
      expect(rootOf(tree, nativeSha256)).toEqual(rootAt(index + 1));
    }
  });

  it('does not depend on how its leaves are cut into batches, and leaves the tree it grew from alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 7 }), (batches) => {
        let tree = EMPTY_TREE;
        const seen = [tree];
        for (const count of batches) {
          tree = growTree(tree, HASHES.slice(tree.size, tree.size + count), nativeSha256);
          seen.push(tree);
        }
        for (const { size, peaks } of seen) expect(peaks).toEqual(grown(size).peaks);
      }),
    );
  });

  it('depends on the order of its leaves', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 2, maxLength: 2 }),
        ([a, b]) => {
          const swapped = HASHES.slice(0, 60);
          [swapped[a!], swapped[b!]] = [swapped[b!]!, swapped[a!]!];
          const root = rootOf(growTree(EMPTY_TREE, swapped, nativeSha256), nativeSha256);
          expect(root).not.toEqual(rootAt(60));
        },
      ),
    );
  });

  it('tells every complete subtree once, and each is the root of its leaves', () => {
    const told = new Map<string, Uint8Array>();
    growTree(EMPTY_TREE, HASHES.slice(0, 77), nativeSha256, (level, index, hash) => {
      expect(told.has(`${level}/${index}`)).toBe(false);
      told.set(`${level}/${index}`, hash);
      const leaves = HASHES.slice(index * 2 ** level, (index + 1) * 2 ** level);
      expect(hash).toEqual(plainRoot(leaves));
    });
    // 77 = 64 + 8 + 4 + 1: 127 + 15 + 7 + 1 nodes.
    expect(told.size).toBe(150);
  });

  it('has its peaks where the binary form of its size has ones', () => {
    const tree = grown(77);
    expect(peaksOf(77)).toEqual([
      { level: 6, index: 0 },
      { level: 3, index: 8 },
      { level: 2, index: 18 },
      { level: 0, index: 76 },
    ]);
    for (const [at, { level, index }] of peaksOf(77).entries())
      expect(tree.peaks[at]).toEqual(
        plainRoot(HASHES.slice(index * 2 ** level, (index + 1) * 2 ** level)),
      );
  });
});

describe('proofs', () => {
  it('of inclusion are those of the plain definition, read from tiles, and verify', () => {
    fc.assert(
      fc.property(indexed, ({ size, index }) => {
        const proof = proveInclusion(index, size, NODES, nativeSha256);
        expect(proof).toEqual(plainPath(index, HASHES.slice(0, size)));
        const claim = { index, size, leafHash: HASHES[index]!, proof, root: rootAt(size) };
        expect(verifyInclusion(claim, nativeSha256)).toEqual({ ok: true });
        expect(rootFromInclusion(claim, nativeSha256)).toEqual(rootAt(size));
      }),
      { numRuns: 400 },
    );
  });

  it('of consistency are those of the plain definition, read from tiles, and verify', () => {
    fc.assert(
      fc.property(paired, ({ size1, size2 }) => {
        const proof = proveConsistency(size1, size2, NODES, nativeSha256);
        expect(proof).toEqual(plainProof(size1, HASHES.slice(0, size2)));
        const claim = { size1, size2, root1: rootAt(size1), root2: rootAt(size2), proof };
        expect(verifyConsistency(claim, nativeSha256)).toEqual({ ok: true });
      }),
      { numRuns: 400 },
    );
  });

  it('need no more than the tiles that are named for them', () => {
    fc.assert(
      fc.property(indexed, paired, ({ size, index }, { size1, size2 }) => {
        const forLeaf = nodesIn(cut(tilesForInclusion(index, size)), nativeSha256);
        expect(proveInclusion(index, size, forLeaf, nativeSha256)).toEqual(
          proveInclusion(index, size, NODES, nativeSha256),
        );
        const between = nodesIn(cut(tilesForConsistency(size1, size2)), nativeSha256);
        expect(proveConsistency(size1, size2, between, nativeSha256)).toEqual(
          proveConsistency(size1, size2, NODES, nativeSha256),
        );
      }),
    );
  });

  it('of inclusion fail with any bit of leaf, root or path changed, and with another index', () => {
    fc.assert(
      fc.property(indexed, bits, fc.nat(), ({ size, index }, bit, pick) => {
        const leafHash = HASHES[index]!;
        const root = rootAt(size);
        const proof = proveInclusion(index, size, NODES, nativeSha256);
        const claim = { index, size, leafHash, proof, root };
        const judge = (changed: object) => verifyInclusion({ ...claim, ...changed }, nativeSha256);
        expect(judge({ leafHash: flip(leafHash, bit) })).toEqual({ ok: false, reason: 'root' });
        expect(judge({ root: flip(root, bit) })).toEqual({ ok: false, reason: 'root' });
        expect(judge({ leafHash: leafHash.subarray(1) })).toEqual({ ok: false, reason: 'hash' });
        const other = pick % size;
        if (other !== index) expect(judge({ index: other }).ok).toBe(false);
        expect(judge({ proof: [...proof, root] })).toEqual({ ok: false, reason: 'length' });
        if (proof.length === 0) return;
        const at = pick % proof.length;
        const changed = proof.with(at, flip(proof[at]!, bit));
        expect(judge({ proof: changed })).toEqual({ ok: false, reason: 'root' });
        expect(judge({ proof: proof.slice(0, -1) })).toEqual({ ok: false, reason: 'length' });
        const short = proof.with(at, proof[at]!.subarray(1));
        expect(judge({ proof: short })).toEqual({ ok: false, reason: 'hash' });
      }),
    );
  });

  it('of consistency fail with any bit of either root or of the path changed', () => {
    fc.assert(
      fc.property(paired, bits, fc.nat(), ({ size1, size2 }, bit, pick) => {
        const root1 = rootAt(size1);
        const root2 = rootAt(size2);
        const proof = proveConsistency(size1, size2, NODES, nativeSha256);
        const claim = { size1, size2, root1, root2, proof };
        const judge = (changed: object) =>
          verifyConsistency({ ...claim, ...changed }, nativeSha256).ok;
        expect(judge({ root1: flip(root1, bit) })).toBe(false);
        expect(judge({ root2: flip(root2, bit) })).toBe(false);
        expect(judge({ proof: [...proof, root2] })).toBe(false);
        if (size1 < size2) expect(judge({ size1: size2, size2: size1 })).toBe(false);
        if (proof.length === 0) return;
        const at = pick % proof.length;
        expect(judge({ proof: proof.with(at, flip(proof[at]!, bit)) })).toBe(false);
        expect(judge({ proof: proof.slice(0, -1) })).toBe(false);
      }),
    );
  });

  it('say what is wrong with sizes and indices instead of throwing', () => {
    const leafHash = HASHES[0]!;
    const judge = (index: number, size: number) =>
      verifyInclusion({ index, size, leafHash, proof: [], root: leafHash });
    for (const size of [0, -1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
      expect(judge(0, size)).toEqual({ ok: false, reason: 'size' });
    for (const index of [1, -1, 0.5, 2 ** 53, Number.NaN])
      expect(judge(index, 1)).toEqual({ ok: false, reason: 'index' });
    const between = (size1: number, size2: number) =>
      verifyConsistency({ size1, size2, root1: leafHash, root2: leafHash, proof: [] });
    for (const [size1, size2] of [
      [0, 0],
      [0, 1],
      [2, 1],
      [1, 2 ** 53],
      [0.5, 1],
    ] as const)
      expect(between(size1, size2)).toEqual({ ok: false, reason: 'size' });
  });
});

describe('sizes beyond 32 bits', () => {
  // A tree in which all leaves are alike: a complete subtree's hash depends on its level only.
  const alike: Uint8Array[] = [HASHES[0]!];
  for (let level = 1; level <= 53; level += 1)
    alike.push(
      nativeSha256(Buffer.concat([Uint8Array.of(1), alike[level - 1]!, alike[level - 1]!])),
    );
  const nodeAt = (level: number, index: number): Uint8Array => {
    if (!Number.isSafeInteger(index) || (index + 1) * 2 ** level > 2 ** 53)
      throw new RangeError(`No tree has the node ${level}/${index}.`);
    return alike[level]!;
  };
  const treeOf = (size: number) => ({
    size,
    peaks: peaksOf(size).map(({ level }) => alike[level]!),
  });
  const large = fc.oneof(
    fc.maxSafeInteger().map((value) => Math.abs(value) || 1),
    fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52, 2 ** 53 - 1),
  );

  it('are proved and verified up to 2^53 - 1', () => {
    fc.assert(
      fc.property(large, large, (a, b) => {
        const [size1, size2] = [Math.min(a, b), Math.max(a, b)];
        const root1 = rootOf(treeOf(size1), nativeSha256);
        const root2 = rootOf(treeOf(size2), nativeSha256);
        for (const index of [0, size1 - 1, size2 - 1]) {
          const proof = proveInclusion(index, size2, nodeAt, nativeSha256);
          expect(proof.length).toBeLessThanOrEqual(53);
          const claim = { index, size: size2, leafHash: alike[0]!, proof, root: root2 };
          expect(verifyInclusion(claim, nativeSha256)).toEqual({ ok: true });
        }
        const proof = proveConsistency(size1, size2, nodeAt, nativeSha256);
        const claim = { size1, size2, root1, root2, proof };
        expect(verifyConsistency(claim, nativeSha256)).toEqual({ ok: true });
      }),
    );
  });

  it('grow until the last safe integer and no further', () => {
    const tree = treeOf(2 ** 53 - 2);
    const full = growTree(tree, [alike[0]!], nativeSha256);
    expect(full.peaks).toEqual(treeOf(2 ** 53 - 1).peaks);
    expect(() => growTree(full, [alike[0]!], nativeSha256)).toThrow(RangeError);
  });
});

describe('tiles', () => {
  it('of the size 70,000 are those of the C2SP specification', () => {
    expect(fullTiles(70_000, 0)).toBe(273);
    expect(fullTiles(70_000, 1)).toBe(1);
    expect(fullTiles(70_000, 2)).toBe(0);
    expect(tilesOf(70_000)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
  });

  it('of the right edge hold all peaks', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const nodes = nodesIn(cut(tilesOf(size)), nativeSha256);
        expect(peaksOf(size).map(({ level, index }) => nodes(level, index))).toEqual(
          grown(size).peaks,
        );
      }),
    );
  });

  it('name the one that is missing or too short', () => {
    const short = new Map(TILES).set('0/1', TILES.get('0/1')!.subarray(0, 40 * 32));
    const read = () => proveInclusion(296, 530, nodesIn(short, nativeSha256), nativeSha256);
    expect(read).toThrow(TileMissingError);
    expect(read).toThrow(/Tile 0\/1 is missing or holds fewer than \d+ hashes/);
    short.delete('0/2');
    expect(() => proveInclusion(525, 530, nodesIn(short, nativeSha256), nativeSha256)).toThrow(
      expect.objectContaining({ at: expect.objectContaining({ level: 0, index: 2 }) }),
    );
  });
});
