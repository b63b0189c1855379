import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { canonicalJson } from '#core/audit/canonical-json.js';
import { leafHashOfBytes } from '#core/audit/leaf-hash.js';
import { formatCheckpoint, judgeCheckpoint } from '#core/audit/note/checkpoint.js';
import { cosignedMessage, packCosignature } from '#core/audit/note/cosignature.js';
import { formatVerifierKey } from '#core/audit/note/note-key.js';
import { formatNote } from '#core/audit/note/signed-note.js';
import { formatProof, judgeProof } from '#core/audit/note/tlog-proof.js';
import { EMPTY_TREE, growTree, rootOf } from '#core/audit/tree/hash-tree.js';
import {
  type NodeReader,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from '#core/audit/tree/proof.js';
import { nativeSha256 } from './plain-tree.js';
import { signerOf } from './test-signer.js';
import { fromHex, toHex } from './vectors.js';

const SCRIPT = fileURLToPath(new URL('./second_verifier.py', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython && process.env.CI === 'true')
  throw new Error('The second verifier needs python3, which is absent.');
if (!hasPython) console.warn('NOT CHECKED by the second verifier: python3 is absent.');
const check = hasPython ? it : it.skip;

/** Another one in every run; a failure tells it. */
const SEED = Math.floor(Math.random() * 2 ** 31);

type Question = { readonly kind: string; readonly [name: string]: unknown };

/** What the other program answers, one for each question. */
function ask(questions: readonly Question[]): unknown[] {
  const lines = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const python = spawnSync('python3', [SCRIPT], {
    input: lines,
    encoding: 'utf8',
    maxBuffer: 256 << 20,
  });
  expect(python.stderr).toBe('');
  return python.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** Both verdicts on every case; tells the first questions on which they differ, and how often both said yes and no. */
function compare(
  questions: readonly Question[],
  ours: readonly boolean[],
): { yes: number; no: number } {
  const theirs = ask(questions);
  expect(theirs).toHaveLength(questions.length);
  const differing = questions.flatMap((question, at) =>
    theirs[at] === ours[at] ? [] : [{ seed: SEED, ours: ours[at], theirs: theirs[at], question }],
  );
  expect(differing.slice(0, 3)).toEqual([]);
  const yes = ours.filter((verdict) => verdict).length;
  return { yes, no: ours.length - yes };
}

interface Tree {
  readonly leaves: Uint8Array[];
  readonly hashes: Uint8Array[];
  readonly nodeAt: NodeReader;
  readonly roots: Uint8Array[];
}

function treeOf(leaves: Uint8Array[]): Tree {
  const nodes = new Map<string, Uint8Array>();
  const hashes = leaves.map((leaf) => leafHashOfBytes(leaf, nativeSha256));
  let tree = EMPTY_TREE;
  const roots = [rootOf(tree)];
  for (const hash of hashes) {
    tree = growTree(tree, [hash], nativeSha256, (level, index, node) =>
      nodes.set(`${level}/${index}`, node),
    );
    roots.push(rootOf(tree, nativeSha256));
  }
  return { leaves, hashes, roots, nodeAt: (level, index) => nodes.get(`${level}/${index}`)! };
}

const trees = fc
  .sample(
    fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 200, size: 'max' }),
    {
      numRuns: 120,
      seed: SEED,
    },
  )
  .map(treeOf);

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

const ORIGIN = 'log.example/audit';
const log = signerOf(ORIGIN, 1, 21);
const oldLog = signerOf(ORIGIN, 1, 22);
const witnesses = [23, 24, 25].map((seed) => signerOf(`witness${seed}.example`, 4, seed));
const stranger = signerOf('stranger.example', 4, 26);
const policy = {
  origin: ORIGIN,
  logKeys: [log.key, oldLog.key],
  witnesses: witnesses.map(({ key }) => key),
  quorum: 2,
};
const written = {
  origin: ORIGIN,
  log: policy.logKeys.map(formatVerifierKey),
  witnesses: policy.witnesses.map(formatVerifierKey),
  quorum: 2,
};

/** A checkpoint of the tree, signed by those that the bits of `who` name. */
function noteOf({ roots }: Tree, size: number, who: number, time: number): string {
  const text = formatCheckpoint({ origin: ORIGIN, size, root: roots[size]!, extensions: [] });
  const plain = [log, oldLog].map((signer) => signer.line(text));
  const timed = [...witnesses, stranger].map(({ key, sign }) => ({
    name: key.name,
    id: key.id,
    signature: packCosignature(time, sign(cosignedMessage(time, text))),
  }));
  const signatures = [...plain, ...timed].filter((_, at) => (who >> at) % 2 === 1);
  return formatNote({ text, signatures });
}

const edits = fc.record({
  tree: fc.nat(trees.length - 1),
  a: fc.nat(),
  b: fc.nat(),
  // Mostly enough of them; sometimes any.
  who: fc.oneof(fc.constantFrom(0b001101, 0b111111, 0b011010), fc.integer({ min: 0, max: 63 })),
  time: fc.integer({ min: 0, max: 2 ** 40 }),
  at: fc.nat(),
  put: fc.constantFrom('', '', '', 'A', '0', '\n', ' ', '=', '+', '\u2014', '\u00a0', '\t'),
});
const changed = (text: string, at: number, put: string): string => {
  const place = at % text.length;
  return put === '' ? text : `${text.slice(0, place)}${put}${text.slice(place + 1)}`;
};

describe(`a second verifier and what is signed (seed ${SEED})`, () => {
  check('agree on which checkpoints are to be trusted', () => {
    const notes = fc
      .sample(edits, { numRuns: 250, seed: SEED })
      .map(({ tree, a, who, time, at, put }) => {
        const chosen = trees[tree]!;
        return changed(noteOf(chosen, 1 + (a % chosen.leaves.length), who, time), at, put);
      });
    const counts = compare(
      notes.map((note) => ({ kind: 'note', note, ...written })),
      notes.map((note) => judgeCheckpoint(note, policy, verifyEd25519).ok),
    );
    expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(25);
  });

  check('agree on which proof files show a leaf', () => {
    const files = fc
      .sample(edits, { numRuns: 250, seed: SEED })
      .map(({ tree, a, b, who, time, at, put }) => {
        const chosen = trees[tree]!;
        const size = 1 + (a % chosen.leaves.length);
        const index = b % size;
        const file = formatProof({
          index,
          proof: proveInclusion(index, size, chosen.nodeAt, nativeSha256),
          checkpoint: noteOf(chosen, size, who, time),
          extra: at % 3 === 0 ? fromHex('00ff') : null,
        });
        return { text: changed(file, at, put), leafHash: chosen.hashes[index]! };
      });
    const counts = compare(
      files.map(({ text, leafHash }) => ({
        kind: 'file',
        text,
        leaf: toHex(leafHash),
        ...written,
      })),
      files.map((file) => judgeProof(file, policy, verifyEd25519).ok),
    );
    expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(25);
  });
});
