import {
  BUCKETS,
  bucketOf,
  type EntityIndex,
  entityHash,
  type IndexRow,
} from '#core/audit/entity/entity-index.js';
import { type EntityProof, formatEntityProof } from '#core/audit/entity/entity-proof.js';
import { leafHashOfBytes } from '#core/audit/leaf-hash.js';
import { EMPTY_TREE, growTree, HASH_BYTES, rootOf } from '#core/audit/tree/hash-tree.js';
import { proveInclusion } from '#core/audit/tree/proof.js';
import { nativeSha256 } from './native-sha256.js';
import type { Queryable } from './tiles.js';

/** Hashes of all buckets as of a commitment of this size, in order; an empty bucket's where it had no rows. */
export async function readBucketHashes(client: Queryable, size: number): Promise<Uint8Array[]> {
  const { rows } = await client.query<{ bucket: number; hash: Buffer }>(
    `select b.bucket, x.leaf_hash as hash
     from generate_series(0, ${BUCKETS - 1}) as b(bucket)
     cross join lateral (
       select i.leaf_hash from audit_index_bucket i
       where i.bucket = b.bucket and i.index_size <= $1 order by i.index_size desc limit 1) x`,
    [size],
  );
  const hashes = new Array<Uint8Array>(BUCKETS).fill(
    leafHashOfBytes(new Uint8Array(0), nativeSha256),
  );
  for (const { bucket, hash } of rows) hashes[bucket] = hash;
  return hashes;
}

/** Rows of one bucket as of a commitment of this size, in the order of their hashes. */
export async function readBucket(
  client: Queryable,
  bucket: number,
  size: number,
): Promise<IndexRow[]> {
  const { rows } = await client.query<{ entityHash: Buffer; entitySeq: string; head: Buffer }>(
    `select distinct on (h.entity_hash) h.entity_hash as "entityHash", h.entity_seq as "entitySeq", h.head
     from audit_entity_head h where h.bucket = $1 and h.index_size <= $2
     order by h.entity_hash, h.index_size desc`,
    [bucket, size],
  );
  return rows.map((row) => ({ ...row, entitySeq: Number(row.entitySeq) }));
}

/** The stored hashes of the index do not give the root that was committed. */
export class IndexChangedError extends Error {
  constructor(size: number) {
    super(
      `The index of size ${size} does not give the root that was committed: audit_index_bucket was changed. Run: mingcha verify --database`,
    );
    this.name = 'IndexChangedError';
  }
}

/** A commitment of the index and where its record stands. */
export interface StoredIndex extends EntityIndex {
  readonly size: number;
  /** Leaf index of the record `index.committed`. */
  readonly recordIndex: number;
}

/**
 * The index as it was committed at this size. Null where none was, or its record has no place in the tree yet. Throws
 * IndexChangedError where the stored hashes do not give the stored root.
 */
export async function readIndex(client: Queryable, size: number): Promise<StoredIndex | null> {
  const { rows } = await client.query<{ root: Buffer; entities: string; recordIndex: string }>(
    `select i.root, i.entities, l.leaf_index as "recordIndex"
     from audit_index i join audit_leaf l on l.record_no = i.record_no where i.size = $1`,
    [size],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const levels = Array.from({ length: 17 }, (_, level) =>
    Buffer.alloc((BUCKETS / 2 ** level) * HASH_BYTES),
  );
  const tree = growTree(
    EMPTY_TREE,
    await readBucketHashes(client, size),
    nativeSha256,
    (level, index, hash) => levels[level]?.set(hash, index * HASH_BYTES),
  );
  const root = rootOf(tree, nativeSha256);
  if (!row.root.equals(root)) throw new IndexChangedError(size);
  const nodeAt = (level: number, index: number) =>
    (levels[level] as Buffer).subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  return {
    size,
    recordIndex: Number(row.recordIndex),
    root,
    entities: Number(row.entities),
    prove: (bucket) => proveInclusion(bucket, BUCKETS, nodeAt, nativeSha256),
  };
}

/** What shows how many records an entity had as of a commitment. One index serves any number of entities. */
export async function readEntityProof(
  client: Queryable,
  index: StoredIndex,
  entity: string,
): Promise<EntityProof> {
  const { size, recordIndex } = index;
  const bucket = bucketOf(entityHash(entity, nativeSha256));
  return formatEntityProof(
    index,
    { size, recordIndex, bucket },
    await readBucket(client, bucket, size),
  );
}
