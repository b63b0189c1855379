import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import type { Sha256 } from '../leaf-hash.js';
import { checkSize, HASH_BYTES, nodeHasher, sameBytes } from './hash-tree.js';

/**
 * Why a proof shows nothing: sizes that do not fit together or are no sizes, an index outside the tree, too few or too many
 * hashes, something that is no hash of 32 bytes, or hashes that lead to another root.
 */
export type ProofFault = 'size' | 'index' | 'length' | 'hash' | 'root' | 'root1' | 'root2';

export type ProofOutcome = { readonly ok: true } | { readonly ok: false; reason: ProofFault };

export interface InclusionPath {
  readonly index: number;
  /** Number of leaves of the tree. */
  readonly size: number;
  readonly leafHash: Uint8Array;
  /** From the leaf's sibling up. */
  readonly proof: readonly Uint8Array[];
}

export interface InclusionClaim extends InclusionPath {
  readonly root: Uint8Array;
}

export interface ConsistencyClaim {
  readonly size1: number;
  readonly size2: number;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Hash of the complete subtree of 2^`level` leaves from `index` * 2^`level`. May throw where it has none. */
export type NodeReader = (level: number, index: number) => Uint8Array;

const OK: ProofOutcome = { ok: true };
const half = (value: number): number => Math.floor(value / 2);
const isOdd = (value: number): boolean => value % 2 === 1;
const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const fails = (reason: ProofFault): ProofOutcome => ({ ok: false, reason });

function walkUp(path: InclusionPath, sha256: Sha256): Uint8Array | ProofFault {
  if (!isSize(path.size) || path.size === 0) return 'size';
  if (!isSize(path.index) || path.index >= path.size) return 'index';
  if (path.leafHash.length !== HASH_BYTES) return 'hash';
  const hashChildren = nodeHasher(sha256);
  let node = path.index;
  let last = path.size - 1;
  let hash = path.leafHash;
  for (const sibling of path.proof) {
    if (last === 0) return 'length';
    if (sibling.length !== HASH_BYTES) return 'hash';
    if (isOdd(node) || node === last) {
      hash = hashChildren(sibling, hash);
      // On the right edge, levels where the node has no sibling are passed over.
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else hash = hashChildren(hash, sibling);
    node = half(node);
    last = half(last);
  }
  return last === 0 ? hash : 'length';
}

/** The root that the path leads to (RFC 9162 section 2.1.3.2), or null where it is no path of a tree of that size. */
export function rootFromInclusion(
  path: InclusionPath,
  sha256: Sha256 = portableSha256,
): Uint8Array | null {
  const reached = walkUp(path, sha256);
  return typeof reached === 'string' ? null : reached;
}

/** Shows that the leaf stands at `index` of the tree with this size and root (RFC 9162 section 2.1.3.2). Never throws. */
export function verifyInclusion(
  claim: InclusionClaim,
  sha256: Sha256 = portableSha256,
): ProofOutcome {
  const reached = walkUp(claim, sha256);
  if (typeof reached === 'string') return fails(reached);
  return sameBytes(reached, claim.root) ? OK : fails('root');
}

/**
 * Shows that the first `size1` leaves of the second tree are the first tree (RFC 9162 section 2.1.4.2). Never throws.
 * From size 0 nothing can be shown, since everything follows on nothing: that is reason `size`, also for equal sizes.
 */
export function verifyConsistency(
  claim: ConsistencyClaim,
  sha256: Sha256 = portableSha256,
): ProofOutcome {
  const { size1, size2, root1, root2, proof } = claim;
  if (!isSize(size1) || !isSize(size2) || size1 === 0 || size1 > size2) return fails('size');
  if (size1 === size2) {
    if (proof.length > 0) return fails('length');
    return sameBytes(root1, root2) ? OK : fails('root2');
  }
  const hashChildren = nodeHasher(sha256);
  let node = size1 - 1;
  let last = size2 - 1;
  while (isOdd(node)) {
    node = half(node);
    last = half(last);
  }
  // A first tree that is one complete subtree is the start of the path itself.
  const start = node === 0 ? root1 : proof[0];
  if (start === undefined) return fails('length');
  if (start.length !== HASH_BYTES) return fails(node === 0 ? 'root1' : 'hash');
  let first = start;
  let second = start;
  for (let at = node === 0 ? 0 : 1; at < proof.length; at += 1) {
    const sibling = proof[at] as Uint8Array;
    if (last === 0) return fails('length');
    if (sibling.length !== HASH_BYTES) return fails('hash');
    if (isOdd(node) || node === last) {
      first = hashChildren(sibling, first);
      second = hashChildren(sibling, second);
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else second = hashChildren(second, sibling);
    node = half(node);
    last = half(last);
  }
  if (last !== 0) return fails('length');
  if (!sameBytes(first, root1)) return fails('root1');
  return sameBytes(second, root2) ? OK : fails('root2');
}

/** The largest power of two below `count` (2 or more) and its exponent. */
function split(count: number): { level: number; width: number } {
  let level = 0;
  let width = 1;
  while (width * 2 < count) {
    width *= 2;
    level += 1;
  }
  return { level, width };
}

/** Hash of the leaves first .. end - 1, where `first` is a multiple of the largest power of two within. */
function rangeHasher(nodeAt: NodeReader, sha256: Sha256) {
  const hashChildren = nodeHasher(sha256);
  const rangeHash = (first: number, end: number): Uint8Array => {
    if (end - first === 1) return nodeAt(0, first);
    const { level, width } = split(end - first);
    if (end - first === 2 * width) return nodeAt(level + 1, first / (2 * width));
    return hashChildren(nodeAt(level, first / width), rangeHash(first + width, end));
  };
  return rangeHash;
}

/**
 * Inclusion proof (RFC 6962 section 2.1.1) of leaf `index` in the tree of `size`, from the leaf's sibling up. Reads complete
 * subtrees only, each at most once. Throws RangeError where index or size is none, and what `nodeAt` throws.
 */
export function proveInclusion(
  index: number,
  size: number,
  nodeAt: NodeReader,
  sha256: Sha256 = portableSha256,
): Uint8Array[] {
  checkSize(size);
  checkSize(index);
  if (index >= size) throw new RangeError(`Hash tree: no leaf ${index} in a tree of ${size}.`);
  const rangeHash = rangeHasher(nodeAt, sha256);
  const proof: Uint8Array[] = [];
  let first = 0;
  let end = size;
  while (end - first > 1) {
    const middle = first + split(end - first).width;
    if (index < middle) {
      proof.push(rangeHash(middle, end));
      end = middle;
    } else {
      proof.push(rangeHash(first, middle));
      first = middle;
    }
  }
  return proof.reverse();
}

/**
 * Consistency proof (RFC 6962 section 2.1.2) that the tree of `size2` begins with the tree of `size1`; empty for equal sizes.
 * Throws RangeError unless 1 <= size1 <= size2, and what `nodeAt` throws.
 */
export function proveConsistency(
  size1: number,
  size2: number,
  nodeAt: NodeReader,
  sha256: Sha256 = portableSha256,
): Uint8Array[] {
  checkSize(size1);
  checkSize(size2);
  if (size1 < 1 || size1 > size2)
    throw new RangeError(`Hash tree: nothing to prove from size ${size1} to ${size2}.`);
  const rangeHash = rangeHasher(nodeAt, sha256);
  const proof: Uint8Array[] = [];
  let first = 0;
  let end = size2;
  while (size1 !== end) {
    const middle = first + split(end - first).width;
    if (size1 <= middle) {
      proof.push(rangeHash(middle, end));
      end = middle;
    } else {
      proof.push(rangeHash(first, middle));
      first = middle;
    }
  }
  // The verifier knows the whole first tree already; any other subtree it must be told.
  if (first > 0) proof.push(rangeHash(first, end));
  return proof.reverse();
}
