import { HASH_BYTES } from '#core/audit/tree/hash-tree.js';
import { nativeSha256 } from '../audit-tree/native-sha256.js';

const BUCKETS = 65_536;
/** SHA-256(entity), number of its last record as uint64 BE, leaf hash of that record: a row of a bucket's leaf. */
const ROW_BYTES = HASH_BYTES + 8 + HASH_BYTES;
const SEQ_AT = HASH_BYTES;
const HEAD_AT = HASH_BYTES + 8;
const TWO_32 = 4_294_967_296;
const FIRST_ROWS = 2;

/** One bucket: rows ascending by hash, `rows[0]` a byte 0 before them, so that its leaf is hashed where it lies. */
interface Bucket {
  rows: Buffer;
  count: number;
}

/**
 * The last record of every entity, kept in the form of the committed index: 65,536 buckets by the first two bytes of
 * SHA-256(entity). Memory: 72 bytes per entity, doubled at worst, and 10 MB for buckets and nodes.
 */
export class EntityHeads {
  private readonly buckets: (Bucket | undefined)[] = new Array(BUCKETS);
  private readonly dirty = new Set<number>();
  /** Nodes of the tree over the buckets' leaves; 1 is the root, BUCKETS + b the leaf of bucket b. */
  private nodes: Buffer | null = null;
  /** Number of entities. */
  size = 0;
  /** Row last found: its bucket's bytes and where in them it begins. */
  private rows: Buffer = Buffer.alloc(0);
  private at = 0;

  /** Looks for the entity with this hash; the accessors then speak of it. */
  find(entityHash: Uint8Array): boolean {
    const number = ((entityHash[0] as number) << 8) | (entityHash[1] as number);
    const bucket = this.buckets[number];
    if (bucket === undefined) return false;
    const place = placeOf(bucket, entityHash);
    this.rows = bucket.rows;
    this.at = 1 + place * ROW_BYTES;
    return place < bucket.count && startsWith(bucket.rows, this.at, entityHash);
  }

  /** Number of the last record of the entity that was found. */
  get seq(): number {
    const at = this.at + SEQ_AT;
    return this.rows.readUInt32BE(at) * TWO_32 + this.rows.readUInt32BE(at + 4);
  }

  /** Bytes and place of the leaf hash of that record. */
  get headBytes(): Buffer {
    return this.rows;
  }

  get headAt(): number {
    return this.at + HEAD_AT;
  }

  /** Makes `head` the last record of the entity. */
  set(entityHash: Uint8Array, seq: number, head: Uint8Array): void {
    const number = ((entityHash[0] as number) << 8) | (entityHash[1] as number);
    if (!this.find(entityHash)) this.insert(number, entityHash);
    const { rows, at } = this;
    rows.writeUInt32BE(Math.floor(seq / TWO_32), at + SEQ_AT);
    rows.writeUInt32BE(seq % TWO_32, at + SEQ_AT + 4);
    rows.set(head.subarray(0, HASH_BYTES), at + HEAD_AT);
    this.dirty.add(number);
  }

  /** RFC 6962 root over the 65,536 bucket leaves: what a commitment of the index names. */
  root(): Buffer {
    const nodes = this.nodes ?? this.emptyNodes();
    this.nodes = nodes;
    let above = new Set<number>();
    for (const number of this.dirty) {
      const bucket = this.buckets[number] as Bucket;
      const leaf = bucket.rows.subarray(0, 1 + bucket.count * ROW_BYTES);
      nodes.set(nativeSha256(leaf), (BUCKETS + number) * HASH_BYTES);
      above.add((BUCKETS + number) >> 1);
    }
    this.dirty.clear();
    while (above.size > 0) {
      const next = new Set<number>();
      for (const node of above) {
        hashChildren(nodes, node);
        if (node > 1) next.add(node >> 1);
      }
      above = next;
    }
    return Buffer.from(nodes.subarray(HASH_BYTES, 2 * HASH_BYTES));
  }

  private emptyNodes(): Buffer {
    const nodes = Buffer.alloc(2 * BUCKETS * HASH_BYTES);
    const leaf = nativeSha256(Buffer.alloc(1));
    for (let number = 0; number < BUCKETS; number += 1)
      nodes.set(leaf, (BUCKETS + number) * HASH_BYTES);
    for (let node = BUCKETS - 1; node > 0; node -= 1) hashChildren(nodes, node);
    return nodes;
  }

  private insert(number: number, entityHash: Uint8Array): void {
    const bucket = this.roomIn(number);
    const place = placeOf(bucket, entityHash);
    const at = 1 + place * ROW_BYTES;
    bucket.rows.copyWithin(at + ROW_BYTES, at, 1 + bucket.count * ROW_BYTES);
    bucket.rows.set(entityHash.subarray(0, HASH_BYTES), at);
    bucket.count += 1;
    this.size += 1;
    this.rows = bucket.rows;
    this.at = at;
  }

  private roomIn(number: number): Bucket {
    let bucket = this.buckets[number];
    if (bucket === undefined) {
      bucket = { rows: Buffer.alloc(1 + FIRST_ROWS * ROW_BYTES), count: 0 };
      this.buckets[number] = bucket;
    } else if (bucket.rows.length < 1 + (bucket.count + 1) * ROW_BYTES) {
      const rows = Buffer.alloc(1 + bucket.count * 2 * ROW_BYTES);
      rows.set(bucket.rows);
      bucket.rows = rows;
    }
    return bucket;
  }
}

const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

function hashChildren(nodes: Buffer, node: number): void {
  pair.set(nodes.subarray(2 * node * HASH_BYTES, (2 * node + 2) * HASH_BYTES), 1);
  nodes.set(nativeSha256(pair), node * HASH_BYTES);
}

function startsWith(rows: Buffer, at: number, entityHash: Uint8Array): boolean {
  for (let index = 0; index < HASH_BYTES; index += 1)
    if (rows[at + index] !== entityHash[index]) return false;
  return true;
}

/** Where the entity's row stands or would stand among the bucket's. */
function placeOf(bucket: Bucket, entityHash: Uint8Array): number {
  let low = 0;
  let high = bucket.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(bucket.rows, 1 + middle * ROW_BYTES, entityHash)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(rows: Buffer, at: number, entityHash: Uint8Array): boolean {
  for (let index = 2; index < HASH_BYTES; index += 1) {
    const difference = (rows[at + index] as number) - (entityHash[index] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
