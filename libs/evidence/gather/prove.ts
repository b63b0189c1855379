import type { Pool } from 'pg';
import {
  bucketOf,
  encodeBucket,
  entityHash,
  type IndexRow,
} from '#core/audit/entity/entity-index.js';
import { fromHex, toHex } from '#core/audit/hex.js';
import { formatProof } from '#core/audit/note/tlog-proof.js';
import { proveInclusion, verifyInclusion } from '#core/audit/tree/proof.js';
import { nodesIn, TileMissingError, tilesForInclusion } from '#core/audit/tree/tile.js';
import { nativeSha256 } from '#store/audit-tree/native-sha256.js';
import { IndexChangedError, readIndex, type StoredIndex } from '#store/audit-tree/read-index.js';
import { readTiles } from '#store/audit-tree/tiles.js';
import { ExportError } from '../request/export-error.js';
import type { Pin } from './pin.js';
import { type GatheredRecord, readAt } from './read-records.js';

/** Records whose proofs are made from one set of tiles: at most so many tiles of 8 KiB, and a few above them. */
const BATCH = 512;

/** The proof of one record; null where the tiles do not lead from it to the signed root, or are not there. */
function proofOf(
  { leafIndex: index, hash }: GatheredRecord,
  { treeSize: size, root, note: checkpoint }: Pin,
  nodeAt: (level: number, index: number) => Uint8Array,
): string | null {
  try {
    const proof = proveInclusion(index, size, nodeAt, nativeSha256);
    const leafHash = fromHex(hash) as Uint8Array;
    const { ok } = verifyInclusion({ index, size, leafHash, proof, root }, nativeSha256);
    return ok ? formatProof({ index, proof, checkpoint }) : null;
  } catch (error) {
    if (error instanceof TileMissingError) return null;
    throw error;
  }
}

/**
 * A proof file for each record, against the pinned checkpoint. Tiles are read in batches: memory stays bounded. Throws
 * ExportError where the stored tree does not lead from a record to the signed root.
 */
export async function* proofsOf(
  pool: Pool,
  records: readonly GatheredRecord[],
  pin: Pin,
): AsyncGenerator<readonly [leafIndex: number, proof: string]> {
  for (let first = 0; first < records.length; first += BATCH) {
    const batch = records.slice(first, first + BATCH);
    const wanted = new Map(
      batch
        .flatMap(({ leafIndex }) => tilesForInclusion(leafIndex, pin.treeSize))
        .map((tile) => [`${tile.level}/${tile.index}`, tile]),
    );
    const tiles = await readTiles(pool, [...wanted.values()]);
    const nodeAt = nodesIn(
      new Map(tiles.map((tile) => [`${tile.level}/${tile.index}`, tile.hashes])),
      nativeSha256,
    );
    for (const one of batch) {
      const proof = proofOf(one, pin, nodeAt);
      if (proof === null)
        throw new ExportError('broken-tree', {
          leafIndex: one.leafIndex,
          object: one.record.object,
        });
      yield [one.leafIndex, proof];
    }
  }
}

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
    private readonly index: StoredIndex,
    readonly record: GatheredRecord,
  ) {}

  /**
   * Reads the index as of `size`. Throws ExportError where there is none, or its buckets do not have the root that was
   * committed; what keeps the database from answering is thrown as it is: it says nothing about the trail.
   */
  static async read(pool: Pool, size: number): Promise<CommittedIndex> {
    const index = await readIndex(pool, size).catch((error: unknown) => {
      if (error instanceof IndexChangedError) return null;
      throw error;
    });
    if (index === null) throw new ExportError('broken-trail', { entity: `audit-index:${size}` });
    return new CommittedIndex(pool, index, await readAt(pool, index.recordIndex));
  }

  /** Proofs of chains in their order. Throws ExportError where one does not end with the record that the index names. */
  async *proofsOf(
    chains: ReadonlyMap<string, readonly GatheredRecord[]>,
  ): AsyncGenerator<readonly [entity: string, proof: IndexProof]> {
    const entities = [...chains.keys()];
    for (let first = 0; first < entities.length; first += BATCH) {
      const batch = entities.slice(first, first + BATCH);
      const buckets = await this.readBuckets(
        batch.map((entity) => bucketOf(entityHash(entity, nativeSha256))),
      );
      for (const entity of batch)
        yield [entity, this.proofOf(entity, chains.get(entity) ?? [], buckets)];
    }
  }

  private async readBuckets(buckets: readonly number[]): Promise<Map<number, IndexRow[]>> {
    const { rows } = await this.pool.query<{
      bucket: number;
      entityHash: Buffer;
      entitySeq: string;
      head: Buffer;
    }>(
      `select distinct on (bucket, entity_hash) bucket, entity_hash as "entityHash", entity_seq as "entitySeq", head
       from audit_entity_head where bucket = any($1) and index_size <= $2
       order by bucket, entity_hash, index_size desc`,
      [buckets, this.index.size],
    );
    const found = new Map<number, IndexRow[]>();
    for (const { bucket, ...row } of rows) {
      const heads = found.get(bucket) ?? [];
      found.set(bucket, heads);
      heads.push({ ...row, entitySeq: Number(row.entitySeq) });
    }
    return found;
  }

  private proofOf(
    entity: string,
    chain: readonly GatheredRecord[],
    buckets: ReadonlyMap<number, readonly IndexRow[]>,
  ): IndexProof {
    const { size, root, recordIndex } = this.index;
    const hash = entityHash(entity, nativeSha256);
    const bucket = bucketOf(hash);
    const rows = buckets.get(bucket) ?? [];
    const position = rows.findIndex((row) => toHex(row.entityHash) === toHex(hash));
    const found = rows[position];
    if (found?.entitySeq !== chain.length || toHex(found.head) !== chain.at(-1)?.hash)
      throw new ExportError('broken-trail', { entity });
    return {
      size,
      root: toHex(root),
      recordIndex,
      bucket,
      position,
      rows: rows.map((row) => toHex(encodeBucket(bucket, [row]))),
      proof: this.index.prove(bucket).map(toHex),
    };
  }
}
