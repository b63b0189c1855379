import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import type { Sha256 } from '../leaf-hash.js';

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1). Never written to. */
export const EMPTY_ROOT: Uint8Array = portableSha256(new Uint8Array(0));

/**
 * What must be kept of a tree to append to it and to know its root: the roots of the complete subtrees that its size
 * is the sum of, largest first (as many as `size` has binary ones; `peaksOf` tells where they stand).
 */
export interface CompactTree {
  /** Number of leaves, 0 .. 2^53 - 1. */
  readonly size: number;
  readonly peaks: readonly Uint8Array[];
}

export const EMPTY_TREE: CompactTree = { size: 0, peaks: [] };

/** A complete subtree: the 2^`level` leaves from `index` * 2^`level`. */
export interface NodeAt {
  readonly level: number;
  readonly index: number;
}

/** Told of every complete subtree as it comes into being: leaves (level 0) in order, each followed by what it completes. */
export type OnNode = (level: number, index: number, hash: Uint8Array) => void;

/** Throws RangeError where `size` is not an integer of 0 .. 2^53 - 1. */
export function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new RangeError(`Hash tree: ${size} is no size; sizes are integers of 0 .. 2^53 - 1.`);
}

/** True where both hold the same bytes. Not constant in time: hashes of a log are no secrets. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** Hashes two children as `nodeHash` does, with one buffer for all calls: what is given out is never that buffer. */
export function nodeHasher(sha256: Sha256 = portableSha256) {
  const input = new Uint8Array(1 + 2 * HASH_BYTES);
  input[0] = 1;
  return (left: Uint8Array, right: Uint8Array): Uint8Array => {
    if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
      throw new RangeError(`Hash tree: hashes are ${HASH_BYTES} bytes long.`);
    input.set(left, 1);
    input.set(right, 1 + HASH_BYTES);
    return sha256(input);
  };
}

/** RFC 6962 section 2.1 interior node: SHA-256(0x01 || left || right). Throws RangeError unless both have 32 bytes. */
export function nodeHash(
  left: Uint8Array,
  right: Uint8Array,
  sha256: Sha256 = portableSha256,
): Uint8Array {
  return nodeHasher(sha256)(left, right);
}

/** Where the peaks of a tree of this size stand, largest first. Throws RangeError where it is no size. */
export function peaksOf(size: number): NodeAt[] {
  checkSize(size);
  const peaks: NodeAt[] = [];
  let first = 0;
  for (let level = 52; level >= 0; level -= 1) {
    const width = 2 ** level;
    if (size - first < width) continue;
    peaks.push({ level, index: first / width });
    first += width;
  }
  return peaks;
}

/**
 * The tree with these leaf hashes appended; `tree` itself is unchanged. One node hash per leaf on average. The leaf
 * hashes are kept as they are, not copied. Throws RangeError where the tree has not as many peaks as its size asks
 * for, the result would be larger than 2^53 - 1, or a hash has not 32 bytes.
 */
export function growTree(
  tree: CompactTree,
  leafHashes: Iterable<Uint8Array>,
  sha256: Sha256 = portableSha256,
  onNode?: OnNode,
): CompactTree {
  if (tree.peaks.length !== peaksOf(tree.size).length)
    throw new RangeError(
      `Hash tree: a tree of ${tree.size} leaves has not ${tree.peaks.length} peaks.`,
    );
  const hashChildren = nodeHasher(sha256);
  const peaks = [...tree.peaks];
  let size = tree.size;
  for (const leafHash of leafHashes) {
    if (leafHash.length !== HASH_BYTES)
      throw new RangeError(`Hash tree: leaf hash ${size} has ${leafHash.length} bytes, not 32.`);
    checkSize(size + 1);
    let hash = leafHash;
    let level = 0;
    let index = size;
    onNode?.(level, index, hash);
    // A right child completes its parent, whose left child is the last peak. Sizes outgrow 32-bit operators.
    while (index % 2 === 1) {
      hash = hashChildren(peaks.pop() as Uint8Array, hash);
      level += 1;
      index = (index - 1) / 2;
      onNode?.(level, index, hash);
    }
    peaks.push(hash);
    size += 1;
  }
  return { size, peaks };
}

/** Root of the tree (RFC 6962 section 2.1: Merkle Tree Hash), 32 bytes. */
export function rootOf(tree: CompactTree, sha256: Sha256 = portableSha256): Uint8Array {
  const last = tree.peaks.at(-1);
  if (last === undefined) return EMPTY_ROOT;
  const hashChildren = nodeHasher(sha256);
  let root = last;
  for (let at = tree.peaks.length - 2; at >= 0; at -= 1)
    root = hashChildren(tree.peaks[at] as Uint8Array, root);
  return root;
}
