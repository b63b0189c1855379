import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { leafHashOfBytes } from '#core/audit/leaf-hash.js';
import { EMPTY_TREE, growTree, rootOf } from '#core/audit/tree/hash-tree.js';
import type { NodeReader } from '#core/audit/tree/proof.js';
import { itWith } from '#test/env/needed-program.js';
import { nativeSha256 } from '../plain-tree.js';

const SCRIPT = fileURLToPath(new URL('./main.py', import.meta.url));
/** A test that needs the other program. */
export const check = itWith('python3');

/** Another one in every run; a failure tells it. */
export const SEED = Math.floor(Math.random() * 2 ** 31);

export type Question = { readonly kind: string; readonly [name: string]: unknown };

/** What the other program answers, one for each question. */
export function ask(questions: readonly Question[]): unknown[] {
  const lines = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const python = spawnSync('python3', ['-B', SCRIPT], {
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
export function compare(
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

/** A tree with its leaves and the root at each size from 0. */
export interface Tree {
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

export const trees = fc
  .sample(
    fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 200, size: 'max' }),
    {
      numRuns: 120,
      seed: SEED,
    },
  )
  .map(treeOf);
