import { describe, expect } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '#core/audit/canonical-json.js';
import {
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from '#core/audit/tree/proof.js';
import { nativeSha256 } from '../plain-tree.js';
import { toHex } from '../vectors.js';
import { ask, check, compare, SEED, trees } from './second-verifier.js';

/** What is done to a proof; `none` twice as often as each of the others. */
const DAMAGE = [
  'none',
  'none',
  'bit',
  'drop',
  'first',
  'add',
  'swap',
  'short',
  'index',
  'size',
  'root',
] as const;
const aim = fc.record({
  tree: fc.nat(trees.length - 1),
  a: fc.nat(),
  b: fc.nat(),
  bit: fc.integer({ min: 0, max: 255 }),
  pick: fc.nat(),
  damage: fc.constantFrom(...DAMAGE),
});

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
  return changed;
}

/** The path with damage that concerns it. */
function damaged(proof: Uint8Array[], how: string, pick: number, bit: number): Uint8Array[] {
  if (how === 'add')
    return proof.toSpliced(pick % (proof.length + 1), 0, new Uint8Array(32).fill(bit));
  if (proof.length === 0) return proof;
  const at = pick % proof.length;
  const other = (at + 1) % proof.length;
  if (how === 'bit') return proof.with(at, flip(proof[at]!, bit));
  if (how === 'drop') return proof.slice(0, -1);
  if (how === 'first') return proof.slice(1);
  if (how === 'swap') return proof.with(at, proof[other]!).with(other, proof[at]!);
  if (how === 'short') return proof.with(at, proof[at]!.subarray(0, 31));
  return proof;
}

describe(`a second verifier, in Python (seed ${SEED})`, () => {
  check('builds the same roots and proofs for random trees', () => {
    const asked = fc.sample(aim, { numRuns: 600, seed: SEED }).map(({ tree, a, b }) => {
      const { leaves } = trees[tree]!;
      const size = 1 + (a % leaves.length);
      return { tree: trees[tree]!, size, index: b % size, size1: 1 + (b % size) };
    });
    const answers = ask(
      asked.map(({ tree, size, index, size1 }) => ({
        kind: 'tree',
        leaves: tree.leaves.slice(0, size).map(toHex),
        index,
        size1,
      })),
    );
    const ours = asked.map(({ tree, size, index, size1 }) => ({
      root: toHex(tree.roots[size]!),
      path: proveInclusion(index, size, tree.nodeAt, nativeSha256).map(toHex),
      proof: proveConsistency(size1, size, tree.nodeAt, nativeSha256).map(toHex),
    }));
    expect(answers).toEqual(ours);
  });

  check('agrees on inclusion proofs, whole and damaged', () => {
    const claims = fc
      .sample(aim, { numRuns: 4000, seed: SEED })
      .map(({ tree, a, b, bit, pick, damage }) => {
        const { hashes, roots, nodeAt } = trees[tree]!;
        const size = 1 + (a % hashes.length);
        const index = b % size;
        const proof = proveInclusion(index, size, nodeAt, nativeSha256);
        const near = (value: number): number => value + (bit % 2 === 0 ? 1 : -1);
        const claim = {
          index: damage === 'index' ? near(index) : index,
          size: damage === 'size' ? near(size) : size,
          leafHash: hashes[index]!,
          proof: damaged(proof, damage, pick, bit),
          root: damage === 'root' ? flip(roots[size]!, bit) : roots[size]!,
        };
        return { claim, damage };
      });
    const ours = claims.map(({ claim }) => verifyInclusion(claim, nativeSha256).ok);
    const counts = compare(
      claims.map(({ claim: { index, size, leafHash, proof, root } }) => ({
        kind: 'inclusion',
        index,
        size,
        leaf: toHex(leafHash),
        proof: proof.map(toHex),
        root: toHex(root),
      })),
      ours,
    );
    for (const [at, { damage }] of claims.entries())
      if (damage === 'none') expect(ours[at]).toBe(true);
    expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(500);
  });

  check('agrees on consistency proofs, whole and damaged', () => {
    const claims = fc
      .sample(aim, { numRuns: 4000, seed: SEED })
      .map(({ tree, a, b, bit, pick, damage }) => {
        const { hashes, roots, nodeAt } = trees[tree]!;
        const size2 = 1 + (a % hashes.length);
        const size1 = 1 + (b % size2);
        const proof = proveConsistency(size1, size2, nodeAt, nativeSha256);
        const near = (value: number): number => value + (bit % 2 === 0 ? 1 : -1);
        const isFirst = pick % 2 === 0;
        const claim = {
          size1: damage === 'index' ? near(size1) : size1,
          size2: damage === 'size' ? near(size2) : size2,
          root1: damage === 'root' && isFirst ? flip(roots[size1]!, bit) : roots[size1]!,
          root2: damage === 'root' && !isFirst ? flip(roots[size2]!, bit) : roots[size2]!,
          proof: damaged(proof, damage, pick, bit),
        };
        return { claim, damage };
      });
    const ours = claims.map(({ claim }) => verifyConsistency(claim, nativeSha256).ok);
    const counts = compare(
      claims.map(({ claim: { size1, size2, root1, root2, proof } }) => ({
        kind: 'consistency',
        size1,
        size2,
        root1: toHex(root1),
        root2: toHex(root2),
        proof: proof.map(toHex),
      })),
      ours,
    );
    for (const [at, { damage }] of claims.entries())
      if (damage === 'none') expect(ours[at]).toBe(true);
    expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(500);
  });

  check('agrees on which texts are canonical JSON', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 }),
      fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), { maxKeys: 5 }),
    );
    const edit = fc.record({
      at: fc.nat(),
      put: fc.constantFrom(
        '',
        '',
        '',
        '',
        ' ',
        '0',
        '9',
        '"',
        'e',
        '-',
        ',',
        '\\u0041',
        '\\ud800',
        '1.0',
        '\n',
        '\u007f',
      ),
      cut: fc.integer({ min: 0, max: 2 }),
    });
    const texts = fc
      .sample(fc.tuple(value, edit), { numRuns: 3000, seed: SEED })
      .map(([json, { at, put, cut }]) => {
        const text = canonicalJson(JSON.parse(JSON.stringify(json)));
        const place = at % (text.length + 1);
        return put === '' ? text : `${text.slice(0, place)}${put}${text.slice(place + cut)}`;
      });
    const isCanonical = (text: string): boolean => {
      try {
        return canonicalJson(JSON.parse(text)) === text;
      } catch {
        return false;
      }
    };
    const counts = compare(
      texts.map((text) => ({ kind: 'canonical', text })),
      texts.map(isCanonical),
    );
    expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(300);
  });
});
