import { describe, expect } from '@jest/globals';
import fc from 'fast-check';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { formatCheckpoint, judgeCheckpoint } from '#core/audit/note/checkpoint.js';
import { cosignedMessage, packCosignature } from '#core/audit/note/cosignature.js';
import { formatVerifierKey } from '#core/audit/note/note-key.js';
import { formatNote } from '#core/audit/note/signed-note.js';
import { formatProof, judgeProof } from '#core/audit/note/tlog-proof.js';
import { proveInclusion } from '#core/audit/tree/proof.js';
import { nativeSha256 } from '../plain-tree.js';
import { signerOf } from '../test-signer.js';
import { fromHex, toHex } from '../vectors.js';
import { check, compare, SEED, type Tree, trees } from './second-verifier.js';

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
