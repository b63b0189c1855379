import { fromHex, toHex } from '../hex.js';
import { leafHashOfBytes, type Sha256 } from '../leaf-hash.js';
import { sameBytes } from '../tree/hash-tree.js';
import { verifyInclusion } from '../tree/proof.js';
import { type ChainFault, type ChainHead, checkChain, type KeptLeaf } from './entity-chain.js';
import {
  BUCKETS,
  bucketOf,
  decodeBucket,
  type EntityIndex,
  EntityIndexError,
  encodeBucket,
  entityHash,
  type IndexCommitment,
  type IndexRow,
  ROW_BYTES,
} from './entity-index.js';

/** Rows of one bucket that a proof may carry: 65,536 buckets of 1,000 rows are 65 million entities. */
const MAX_ROWS = 100_000;

/** What shows how long the chain of an entity was, as evidence carries it: hashes and rows in hexadecimal digits. */
export interface EntityProof {
  /** Size of the tree as of which the index was built. */
  readonly size: number;
  /** Leaf index of the record that commits to the index. */
  readonly recordIndex: number;
  readonly root: string;
  readonly bucket: number;
  /** All rows of the bucket, in order, 72 bytes each. */
  readonly rows: readonly string[];
  /** Of the bucket, from the leaf's sibling up. */
  readonly proof: readonly string[];
}

/** The proof for the entities of one bucket. */
export function formatEntityProof(
  index: EntityIndex,
  place: { readonly size: number; readonly recordIndex: number; readonly bucket: number },
  rows: readonly IndexRow[],
): EntityProof {
  const bytes = encodeBucket(place.bucket, rows);
  return {
    size: place.size,
    recordIndex: place.recordIndex,
    root: toHex(index.root),
    bucket: place.bucket,
    rows: rows.map((_, at) => toHex(bytes.subarray(at * ROW_BYTES, (at + 1) * ROW_BYTES))),
    proof: index.prove(place.bucket).map(toHex),
  };
}

/**
 * Why the end of a chain is not shown: the proof is of another size or root than the record commits to, of another bucket than the
 * entity's, its rows are no bucket, or they do not lead to the root.
 */
export type EntityProofFault = 'commitment' | 'bucket' | 'rows' | 'root';

export type HeadOutcome =
  | {
      readonly ok: true;
      /** Null where the entity had no record yet. */
      readonly head: ChainHead | null;
    }
  | { readonly ok: false; readonly reason: EntityProofFault };

/** The head of the entity's chain as of the size of the commitment. The commitment's own record must be proved by itself. */
export function headFromProof(
  entity: string,
  shown: EntityProof,
  commitment: IndexCommitment,
  sha256?: Sha256,
): HeadOutcome {
  const fails = (reason: EntityProofFault): HeadOutcome => ({ ok: false, reason });
  if (shown.size !== commitment.size || shown.root !== toHex(commitment.root))
    return fails('commitment');
  const hash = entityHash(entity, sha256);
  if (shown.bucket !== bucketOf(hash)) return fails('bucket');
  if (shown.rows.length > MAX_ROWS || shown.rows.some((row) => row.length !== 2 * ROW_BYTES))
    return fails('rows');
  const bytes = fromHex(shown.rows.join(''));
  if (bytes === null) return fails('rows');
  let rows: IndexRow[];
  try {
    rows = decodeBucket(shown.bucket, bytes);
  } catch (error) {
    if (error instanceof EntityIndexError) return fails('rows');
    throw error;
  }
  const claim = {
    index: shown.bucket,
    size: BUCKETS,
    leafHash: leafHashOfBytes(bytes, sha256),
    proof: shown.proof.map((text) => fromHex(text) ?? new Uint8Array(0)),
    root: commitment.root,
  };
  if (!verifyInclusion(claim, sha256).ok) return fails('root');
  return { ok: true, head: rows.find((row) => sameBytes(row.entityHash, hash)) ?? null };
}

/** A kept leaf and where it stands in the tree. */
export interface PlacedLeaf extends KeptLeaf {
  readonly leafIndex: number;
}

/**
 * What is wrong with the records of an entity: besides faults of chain and proof, records `missing` that the index counts, `extra` ones
 * that it should have counted, or a last one other than it names (`head`).
 */
export type EntityFault = ChainFault | EntityProofFault | 'missing' | 'extra' | 'head';

export type EntityOutcome =
  | {
      readonly ok: true;
      /** Records 1 .. `complete` are all that there were as of the index's size. */
      readonly complete: number;
      /** Records since then; that there are no more of these nothing shows. */
      readonly since: number;
    }
  | {
      readonly ok: false;
      readonly reason: EntityFault;
      /** `entitySeq` of the first record concerned; null where it is the proof that is wrong. */
      readonly at: number | null;
    };

/**
 * Shows that these are all records of an entity as of the commitment's size, none left out, in the order of `entitySeq`. That each
 * leaf stands in the tree at its index, and the commitment's record too, must be proved besides.
 */
export function judgeEntity(
  entity: string,
  leaves: readonly PlacedLeaf[],
  index: { readonly shown: EntityProof; readonly commitment: IndexCommitment },
  sha256?: Sha256,
): EntityOutcome {
  const chain = checkChain(entity, leaves, null, sha256);
  if (!chain.ok) return chain;
  const proved = headFromProof(entity, index.shown, index.commitment, sha256);
  if (!proved.ok) return { ok: false, reason: proved.reason, at: null };
  const complete = proved.head?.entitySeq ?? 0;
  if (leaves.length < complete) return { ok: false, reason: 'missing', at: leaves.length + 1 };
  const { size } = index.commitment;
  const last = leaves[complete - 1];
  if (proved.head !== null && last !== undefined) {
    const isHead = sameBytes(last.leafHash, proved.head.head) && last.leafIndex < size;
    if (!isHead) return { ok: false, reason: 'head', at: complete };
  }
  // Leaves of one entity need not stand in the tree in the order of `entitySeq` (transactions are sequenced by their ids).
  const extra = leaves.findIndex(({ leafIndex }, at) => at >= complete && leafIndex < size);
  if (extra >= 0) return { ok: false, reason: 'extra', at: extra + 1 };
  return { ok: true, complete, since: leaves.length - complete };
}
