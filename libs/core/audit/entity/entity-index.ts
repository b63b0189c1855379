import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import type { AuditRecord } from '../audit-record.js';
import { fromHex, toHex } from '../hex.js';
import { leafHashOfBytes, type Sha256 } from '../leaf-hash.js';
import { EMPTY_TREE, growTree, HASH_BYTES, rootOf } from '../tree/hash-tree.js';
import { proveInclusion } from '../tree/proof.js';
import type { ChainHead } from './entity-chain.js';

/** Buckets of the index, empty ones among them. */
export const BUCKETS = 65_536;

/** Bytes of a row: hash of the entity, its `entitySeq` as a big-endian 64-bit number, hash of its last leaf. */
export const ROW_BYTES = 72;

/**
 * The head of one entity's chain: of its records with a leaf index below the index's size, that with the highest `entitySeq`. The
 * index knows entities by their hash only.
 */
export interface IndexRow extends ChainHead {
  /** See `entityHash`. */
  readonly entityHash: Uint8Array;
}

/** Thrown where rows or bytes are no bucket of an index. */
export class EntityIndexError extends Error {
  constructor(message: string) {
    super(`Entity index: ${message}`);
    this.name = 'EntityIndexError';
  }
}

/** SHA-256 of the entity's UTF-8 text, 32 bytes. */
export function entityHash(entity: string, sha256: Sha256 = portableSha256): Uint8Array {
  return Uint8Array.from(sha256(new TextEncoder().encode(entity)));
}

/** Bucket of an entity: the first two bytes of its hash as a number, 0 .. 65,535. */
export function bucketOf(hash: Uint8Array): number {
  return (hash[0] as number) * 256 + (hash[1] as number);
}

function isBefore(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < HASH_BYTES; at += 1)
    if (a[at] !== b[at]) return (a[at] as number) < (b[at] as number);
  return false;
}

function checkRow(row: IndexRow, before: IndexRow | null, bucket: number): void {
  if (row.entityHash.length !== HASH_BYTES || row.head.length !== HASH_BYTES)
    throw new EntityIndexError(`hashes are ${HASH_BYTES} bytes long.`);
  if (!Number.isSafeInteger(row.entitySeq) || row.entitySeq < 1)
    throw new EntityIndexError(`${row.entitySeq} is no number of a record in a chain.`);
  if (bucketOf(row.entityHash) !== bucket)
    throw new EntityIndexError(`entity ${toHex(row.entityHash)} is not of bucket ${bucket}.`);
  if (before !== null && !isBefore(before.entityHash, row.entityHash))
    throw new EntityIndexError(
      `entity ${toHex(row.entityHash)} stands twice or not in the order of hashes.`,
    );
}

/** Bytes of a bucket: its rows in the order of their hashes; none for no rows. Throws EntityIndexError for rows that are no bucket. */
export function encodeBucket(bucket: number, rows: readonly IndexRow[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * ROW_BYTES);
  const view = new DataView(bytes.buffer);
  let before: IndexRow | null = null;
  for (const [at, row] of rows.entries()) {
    checkRow(row, before, bucket);
    before = row;
    bytes.set(row.entityHash, at * ROW_BYTES);
    view.setBigUint64(at * ROW_BYTES + HASH_BYTES, BigInt(row.entitySeq));
    bytes.set(row.head, at * ROW_BYTES + HASH_BYTES + 8);
  }
  return bytes;
}

/** Reads what `encodeBucket` writes. Throws EntityIndexError for anything else. */
export function decodeBucket(bucket: number, bytes: Uint8Array): IndexRow[] {
  if (bytes.length % ROW_BYTES !== 0)
    throw new EntityIndexError(`a bucket of ${bytes.length} bytes holds no whole rows.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: IndexRow[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const row = {
      entityHash: bytes.slice(at, at + HASH_BYTES),
      entitySeq: Number(view.getBigUint64(at + HASH_BYTES)),
      head: bytes.slice(at + HASH_BYTES + 8, at + ROW_BYTES),
    };
    checkRow(row, rows.at(-1) ?? null, bucket);
    rows.push(row);
  }
  return rows;
}

/** The heads of all entities at one size of the tree, committed to by one hash. */
export interface EntityIndex {
  /** RFC 6962 root over the bytes of the 65,536 buckets, 32 bytes. */
  readonly root: Uint8Array;
  readonly entities: number;
  /** Inclusion proof of a bucket: 16 hashes, from the leaf's sibling up. */
  prove(bucket: number): Uint8Array[];
}

/**
 * Builds the index from the heads of all entities, in the order of their hashes (a cursor over the table will do: rows are not
 * kept). Throws EntityIndexError where the order is broken or an entity comes twice. Holds 4 MB.
 */
export function buildIndex(rows: Iterable<IndexRow>, sha256: Sha256 = portableSha256): EntityIndex {
  const builder = indexBuilder(sha256);
  for (const row of rows) builder.add(row);
  return builder.finish();
}

/** The same row by row, for shells that read asynchronously. */
export function indexBuilder(sha256: Sha256 = portableSha256) {
  const levels = Array.from(
    { length: 17 },
    (_, level) => new Uint8Array((BUCKETS / 2 ** level) * HASH_BYTES),
  );
  const keep = (level: number, index: number, hash: Uint8Array): void =>
    levels[level]?.set(hash, index * HASH_BYTES);
  const emptyLeaf = leafHashOfBytes(new Uint8Array(0), sha256);
  let tree = EMPTY_TREE;
  let pending: IndexRow[] = [];
  let entities = 0;
  const closeBefore = (bucket: number): void => {
    while (tree.size < bucket) {
      const bytes = encodeBucket(tree.size, pending);
      const hash = bytes.length === 0 ? emptyLeaf : leafHashOfBytes(bytes, sha256);
      tree = growTree(tree, [hash], sha256, keep);
      pending = [];
    }
  };
  return {
    /** Throws EntityIndexError where it does not follow on the row before. */
    add(row: IndexRow): void {
      const bucket = bucketOf(row.entityHash);
      if (bucket < tree.size)
        throw new EntityIndexError(
          `entity ${toHex(row.entityHash)} is not in the order of hashes.`,
        );
      closeBefore(bucket);
      pending.push(row);
      entities += 1;
    },
    finish(): EntityIndex {
      closeBefore(BUCKETS);
      return {
        root: rootOf(tree, sha256),
        entities,
        prove: (bucket) =>
          proveInclusion(
            bucket,
            BUCKETS,
            (level, index) =>
              (levels[level] as Uint8Array).slice(index * HASH_BYTES, (index + 1) * HASH_BYTES),
            sha256,
          ),
      };
    },
  };
}

/** What an `index.committed` record states: the heads of all entities, counting the records with a leaf index below `size`. */
export interface IndexCommitment {
  readonly size: number;
  readonly entities: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

const ACTION = 'index.committed';
const SCHEMA = 'mingcha.index-committed/1';

/** Those members of the audit record that say what is committed. */
export function commitmentRecord({
  size,
  entities,
  root,
}: IndexCommitment): Pick<AuditRecord, 'action' | 'object' | 'schema' | 'fields'> {
  return {
    action: ACTION,
    object: `audit-index:${size}`,
    schema: SCHEMA,
    fields: { size, entities, root: toHex(root) },
  };
}

/** What an audit record commits to; null where it is no such record. */
export function readCommitment(record: AuditRecord): IndexCommitment | null {
  const { size, entities, root } = record.fields;
  if (record.action !== ACTION || record.schema !== SCHEMA) return null;
  if (record.object !== `audit-index:${size}`) return null;
  const isCount = (value: unknown): value is number =>
    Number.isSafeInteger(value) && Number(value) >= 0;
  const hash = typeof root === 'string' ? fromHex(root) : null;
  if (!isCount(size) || !isCount(entities) || hash?.length !== HASH_BYTES) return null;
  return { size, entities, root: hash };
}
