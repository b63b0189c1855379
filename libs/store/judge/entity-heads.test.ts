import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  bucketOf,
  buildIndex,
  entityHash,
  type IndexRow,
} from '#core/audit/entity/entity-index.js';
import { nativeSha256 } from '../audit-tree/native-sha256.js';
import { EntityHeads } from './entity-heads.js';

const headOf = (entity: number, seq: number) => nativeSha256(Buffer.from(`${entity} ${seq}`));

/** In the order of hashes, as the core's builder takes them. */
function inOrder(rows: readonly IndexRow[]): IndexRow[] {
  return [...rows].sort((one, other) => Buffer.compare(one.entityHash, other.entityHash));
}

describe('EntityHeads', () => {
  it('has the root of the committed index after every stretch of records', () => {
    const records = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.array(records, { maxLength: 3 }), (stretches) => {
        const heads = new EntityHeads();
        const rows = new Map<number, IndexRow>();
        for (const stretch of stretches) {
          for (const entity of stretch) {
            const seq = (rows.get(entity)?.entitySeq ?? 0) + 1;
            const row = {
              entityHash: entityHash(`case:${entity}`),
              entitySeq: seq,
              head: headOf(entity, seq),
            };
            rows.set(entity, row);
            heads.set(row.entityHash, seq, row.head);
          }
          const index = buildIndex(inOrder([...rows.values()]), nativeSha256);
          expect([heads.size, heads.root().toString('hex')]).toEqual([
            index.entities,
            Buffer.from(index.root).toString('hex'),
          ]);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('keeps entities of one bucket apart, and numbers beyond 32 bits', () => {
    const found: Uint8Array[] = [];
    const bucket = bucketOf(entityHash('e0'));
    for (let at = 0; found.length < 4; at += 1) {
      const hash = entityHash(`e${at}`, nativeSha256);
      if (bucketOf(hash) === bucket) found.push(hash);
    }
    const heads = new EntityHeads();
    for (const [at, hash] of found.entries()) heads.set(hash, 2 ** 40 + at, headOf(at, 1));
    for (const [at, hash] of found.entries()) {
      expect([heads.find(hash), heads.seq]).toEqual([true, 2 ** 40 + at]);
      const { headBytes, headAt } = heads;
      expect(headBytes.subarray(headAt, headAt + 32).equals(headOf(at, 1))).toBe(true);
    }
    expect(heads.find(entityHash('none'))).toBe(false);
  });
});
