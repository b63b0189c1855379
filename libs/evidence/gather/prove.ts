import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { formatProof } from '#core/audit/note/tlog-proof.js';
import { EMPTY_TREE, growTree, rootOf } from '#core/audit/tree/hash-tree.js';
import { proveInclusion } from '#core/audit/tree/proof.js';
import { nodesIn, tilesForInclusion } from '#core/audit/tree/tile.js';
import { nativeSha256 } from '#store/audit-tree/native-sha256.js';
import { readTiles } from '#store/audit-tree/tiles.js';
import { ExportError } from '../request/export-error.js';
import type { Pin } from './pin.js';
import { type GatheredRecord, readAt } from './read-records.js';

/** Records whose proofs are made from one set of tiles: at most so many tiles of 8 KiB, and a few above them. */
const BATCH = 512;

/** A proof file for each place, against the pinned checkpoint. Tiles are read in batches: memory stays bounded. */
export async function* proofsOf(
  pool: Pool,
  leafIndexes: readonly number[],
  pin: Pin,
): AsyncGenerator<readonly [leafIndex: number, proof: string]> {
  for (let first = 0; first < leafIndexes.length; first += BATCH) {
    const batch = leafIndexes.slice(first, first + BATCH);
    const wanted = new Map(
      batch
        .flatMap((index) => tilesForInclusion(index, pin.treeSize))
        .map((tile) => [`${tile.level}/${tile.index}`, tile]),
    );
    const tiles = await readTiles(pool, [...wanted.values()]);
    const nodeAt = nodesIn(
      new Map(tiles.map((tile) => [`${tile.level}/${tile.index}`, tile.hashes])),
      nativeSha256,
    );
    for (const index of batch) {
      const proof = proveInclusion(index, pin.treeSize, nodeAt, nativeSha256);
      yield [index, formatProof({ index, proof, checkpoint: pin.note })];
    }
  }
}

const BUCKETS = 65_536;

/** Proof that a chain ends where it ends: the place of its last record in the index that the log committed to. */
export interface IndexProof {
  readonly size: number;
  /** Hex root of the index. */
  readonly root: string;
  readonly recordIndex: number;
  readonly bucket: number;
  readonly position: number;
  /** Hex rows of the bucket, 72 bytes each: SHA-256 of the entity, number of its last record, its leaf hash. */
  readonly rows: readonly string[];
  readonly proof: readonly string[];
}

/** The committed index of entity chains at one size. */
export class CommittedIndex {
  private constructor(
    private readonly pool: Pool,
    private readonly nodes: readonly (readonly Uint8Array[])[],
    private readonly size: number,
    readonly record: GatheredRecord,
    private readonly root: string,
  ) {}

  /** Reads the index as of `size`. Throws ExportError where its buckets do not have the root that was committed. */
  static async read(pool: Pool, size: number): Promise<CommittedIndex> {
    const { rows: heads } = await pool.query<{ root: string; leaf_index: string }>(
      `select encode(i.root, 'hex') as root, l.leaf_index
       from audit_index i join audit_leaf l on l.record_no = i.record_no where i.size = $1`,
      [size],
    );
    const { rows } = await pool.query<{ bucket: number; leaf_hash: Buffer }>(
      `select distinct on (bucket) bucket, leaf_hash from audit_index_bucket
       where index_size <= $1 order by bucket, index_size desc`,
      [size],
    );
    const empty = createHash('sha256').update('\u0000').digest();
    const leaves: Uint8Array[] = new Array(BUCKETS).fill(empty);
    for (const { bucket, leaf_hash } of rows) leaves[bucket] = leaf_hash;
    const nodes: Uint8Array[][] = [];
    const tree = growTree(EMPTY_TREE, leaves, nativeSha256, (level, index, hash) => {
      nodes[level] ??= [];
      (nodes[level] as Uint8Array[])[index] = hash;
    });
    nodes[0] = leaves;
    const head = heads[0];
    const root = Buffer.from(rootOf(tree, nativeSha256)).toString('hex');
    if (head === undefined || head.root !== root)
      throw new ExportError('broken-trail', { entity: `audit-index:${size}` });
    return new CommittedIndex(pool, nodes, size, await readAt(pool, Number(head.leaf_index)), root);
  }

  /** Throws ExportError where the chain does not end with the record that the index names. */
  async proofOf(entity: string, chain: readonly GatheredRecord[]): Promise<IndexProof> {
    const hash = createHash('sha256').update(entity).digest();
    const bucket = hash.readUInt16BE(0);
    const { rows } = await this.pool.query<{
      entity_hash: Buffer;
      entity_seq: string;
      head: Buffer;
    }>(
      `select distinct on (entity_hash) entity_hash, entity_seq, head from audit_entity_head
       where bucket = $1 and index_size <= $2 order by entity_hash, index_size desc`,
      [bucket, this.size],
    );
    const position = rows.findIndex((row) => row.entity_hash.equals(hash));
    const found = rows[position];
    if (
      found === undefined ||
      Number(found.entity_seq) !== chain.length ||
      found.head.toString('hex') !== chain.at(-1)?.hash
    )
      throw new ExportError('broken-trail', { entity });
    const nodeAt = (level: number, index: number) => this.nodes[level]?.[index] as Uint8Array;
    return {
      size: this.size,
      root: this.root,
      recordIndex: this.record.leafIndex,
      bucket,
      position,
      rows: rows.map((row) => {
        const seq = Buffer.alloc(8);
        seq.writeBigUInt64BE(BigInt(row.entity_seq));
        return Buffer.concat([row.entity_hash, seq, row.head]).toString('hex');
      }),
      proof: proveInclusion(bucket, BUCKETS, nodeAt, nativeSha256).map((one) =>
        Buffer.from(one).toString('hex'),
      ),
    };
  }
}
