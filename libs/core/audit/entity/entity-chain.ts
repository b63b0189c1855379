import { toHex } from '../hex.js';
import { leafHash, type Sha256 } from '../leaf-hash.js';
import { readLeaf } from '../read-leaf.js';
import { sameBytes } from '../tree/hash-tree.js';

/** A leaf as it is kept: its text, and the hash that the tree holds of it. */
export interface KeptLeaf {
  readonly leaf: string;
  readonly leafHash: Uint8Array;
}

/** The last record of a chain that is known. */
export interface ChainHead {
  /** 1 or more; as many records does the chain have. */
  readonly entitySeq: number;
  /** Leaf hash of that record, 32 bytes. */
  readonly head: Uint8Array;
}

/**
 * What is wrong with a chain: a text that is no leaf, a hash that is not that of its leaf, a leaf of another entity, a missing
 * or repeated number, a leaf that names another predecessor.
 */
export type ChainFault = 'form' | 'hash' | 'foreign' | 'gap' | 'prev';

export type ChainOutcome =
  | { readonly ok: true; readonly head: ChainHead | null }
  | {
      readonly ok: false;
      readonly reason: ChainFault;
      /** The `entitySeq` that should have stood where the fault is. */
      readonly at: number;
    };

/**
 * Checks leaves of one entity, in the order of `entitySeq`: numbers without gaps, each leaf naming the hash of the one before, each
 * hash that of its text. `after` is the last record that was checked before; null from the start. That the chain has no
 * further records behind these only the committed index shows.
 */
export function checkChain(
  entity: string,
  leaves: Iterable<KeptLeaf>,
  after: ChainHead | null = null,
  sha256?: Sha256,
): ChainOutcome {
  let head = after;
  for (const kept of leaves) {
    const at: number = (head?.entitySeq ?? 0) + 1;
    const record = readLeaf(kept.leaf);
    if (record === null) return { ok: false, reason: 'form', at };
    if (!sameBytes(leafHash(kept.leaf, sha256), kept.leafHash))
      return { ok: false, reason: 'hash', at };
    if (record.entity !== entity) return { ok: false, reason: 'foreign', at };
    if (record.entitySeq !== at) return { ok: false, reason: 'gap', at };
    if (record.prev !== (head === null ? null : toHex(head.head)))
      return { ok: false, reason: 'prev', at };
    head = { entitySeq: at, head: kept.leafHash };
  }
  return { ok: true, head };
}
