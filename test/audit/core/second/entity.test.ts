import { describe, expect } from '@jest/globals';
import fc from 'fast-check';
import {
  bucketOf,
  buildIndex,
  entityHash,
  type IndexRow,
} from '#core/audit/entity/entity-index.js';
import {
  type EntityProof,
  formatEntityProof,
  headFromProof,
} from '#core/audit/entity/entity-proof.js';
import { nativeSha256, plainLeafHash } from '../plain-tree.js';
import { toHex } from '../vectors.js';
import { ask, check, SEED } from './second-verifier.js';

// So many that a bucket mostly has several rows.
const NAMES = Array.from({ length: 100_000 }, (_, index) => `case:feed-a/SP${index}`);
const edit = fc.record({
  name: fc.oneof(
    fc.nat(NAMES.length - 1).map((at) => NAMES[at]!),
    fc.string({ maxLength: 8 }),
  ),
  damage: fc.constantFrom(
    'none',
    'none',
    'digit',
    'drop',
    'twice',
    'turn',
    'bucket',
    'size',
    'step',
    'case',
  ),
  pick: fc.nat(),
});

/** A proof with one thing in it changed. */
function damaged(shown: EntityProof, how: string, pick: number): EntityProof {
  const at = pick % Math.max(1, shown.rows.length);
  const row = shown.rows[at] ?? '';
  const digit = pick % Math.max(1, row.length);
  const turned = row[digit] === '0' ? '1' : '0';
  const otherRow = `${row.slice(0, digit)}${turned}${row.slice(digit + 1)}`;
  const changes: { readonly [how: string]: Partial<EntityProof> } = {
    digit: { rows: shown.rows.map((text, here) => (here === at ? otherRow : text)) },
    drop: { rows: shown.rows.toSpliced(at, 1) },
    twice: { rows: [...shown.rows, ...shown.rows.slice(at)] },
    turn: { rows: shown.rows.toReversed() },
    bucket: { bucket: (shown.bucket + 1) % 65_536 },
    size: { size: shown.size + 1 },
    step: { proof: shown.proof.with(pick % 16, toHex(new Uint8Array(32))) },
    case: { rows: shown.rows.map((text) => text.toUpperCase()) },
  };
  return { ...shown, ...changes[how] };
}

describe(`a second verifier and the index of entities (seed ${SEED})`, () => {
  check('agree on the head of an entity, or that nothing is shown', () => {
    const buckets = new Map<number, IndexRow[]>();
    const rows = NAMES.map((name, at) => ({
      entityHash: entityHash(name, nativeSha256),
      entitySeq: at + 1,
      head: plainLeafHash(Buffer.from(name)),
    })).sort((a, b) => Buffer.compare(a.entityHash, b.entityHash));
    for (const row of rows) {
      const bucket = bucketOf(row.entityHash);
      buckets.set(bucket, [...(buckets.get(bucket) ?? []), row]);
    }
    const index = buildIndex(rows, nativeSha256);
    const commitment = { size: 1_000_000, entities: index.entities, root: index.root };
    const cases = fc.sample(edit, { numRuns: 1500, seed: SEED }).map(({ name, damage, pick }) => {
      const bucket = bucketOf(entityHash(name, nativeSha256));
      const place = { size: commitment.size, recordIndex: 1_000_001, bucket };
      const shown = formatEntityProof(index, place, buckets.get(bucket) ?? []);
      return { name, shown: damaged(shown, damage, pick) };
    });
    const ours = cases.map(({ name, shown }) => {
      const outcome = headFromProof(name, shown, commitment, nativeSha256);
      if (!outcome.ok) return false;
      const { head } = outcome;
      return { head: head === null ? null : [head.entitySeq, toHex(head.head)] };
    });
    const committed = { size: commitment.size, root: toHex(commitment.root) };
    const theirs = ask(
      cases.map(({ name, shown }) => ({ kind: 'entity', entity: name, shown, committed })),
    );
    expect(theirs).toEqual(ours);
    expect(ours.filter((answer) => answer === false).length).toBeGreaterThan(300);
    expect(
      ours.filter((answer) => answer !== false && answer.head !== null).length,
    ).toBeGreaterThan(100);
  });
});
