import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import {
  type CheckpointPolicy,
  formatCheckpoint,
  judgeCheckpoint,
} from '#core/audit/note/checkpoint.js';
import { cosignedMessage, packCosignature } from '#core/audit/note/cosignature.js';
import { formatVerifierKey, parseVerifierKey } from '#core/audit/note/note-key.js';
import {
  formatNote,
  type NoteSignature,
  parseNote,
  verifyNote,
} from '#core/audit/note/signed-note.js';
import { formatProof, judgeProof } from '#core/audit/note/tlog-proof.js';
import { plainPath, plainRoot, someHashes } from './plain-tree.js';
import { signerOf, type TestSigner } from './test-signer.js';

// The published example of golang.org/x/mod/sumdb/note, which the specification grew from.
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETER_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_NOTE = `${PETER_TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

const ORIGIN = 'log.example/audit';
const log = signerOf(ORIGIN, 1, 1);
const nextLog = signerOf(ORIGIN, 1, 2);
const witnesses = [3, 4, 5].map((seed) => signerOf(`witness${seed}.example`, 4, seed));
const stranger = signerOf('stranger.example', 4, 6);

const policy: CheckpointPolicy = {
  origin: ORIGIN,
  logKeys: [log.key, nextLog.key],
  witnesses: witnesses.map(({ key }) => key),
  quorum: 2,
};

const HASHES = someHashes(9);
const TEXT = formatCheckpoint({
  origin: ORIGIN,
  size: 9,
  root: plainRoot(HASHES),
  extensions: [],
});

function cosigned({ key, sign }: TestSigner, text: string, time: number): NoteSignature {
  const signature = packCosignature(time, sign(cosignedMessage(time, text)));
  return { name: key.name, id: key.id, signature };
}

const lines = {
  log: log.line(TEXT),
  w0: cosigned(witnesses[0]!, TEXT, 1_700_000_000),
  w1: cosigned(witnesses[1]!, TEXT, 1_700_000_001),
  stranger: cosigned(stranger, TEXT, 1_700_000_002),
};
const noteOf = (...signatures: NoteSignature[]): string => formatNote({ text: TEXT, signatures });
const GOOD = noteOf(lines.log, lines.w0, lines.w1);
const judge = (note: string, changed: Partial<CheckpointPolicy> = {}) =>
  judgeCheckpoint(note, { ...policy, ...changed }, verifyEd25519);

describe('a signed note', () => {
  it('of the reference implementation is read, verified and written again', () => {
    const key = parseVerifierKey(PETER);
    expect(formatVerifierKey(key)).toBe(PETER);
    const note = parseNote(PETER_NOTE);
    expect(note.text).toBe(PETER_TEXT);
    expect(verifyNote(note, [key], verifyEd25519)).toEqual([{ key, time: null }]);
    expect(formatNote(note)).toBe(PETER_NOTE);
  });

  it('is refused whole where the signature of a known key fails', () => {
    const other = PETER_NOTE.replace('answer', 'anwser');
    const key = parseVerifierKey(PETER);
    expect(() => verifyNote(parseNote(other), [key], verifyEd25519)).toThrow(
      expect.objectContaining({ reason: 'signature' }),
    );
    const mixed = {
      text: TEXT,
      signatures: [lines.log, { ...lines.w0, signature: lines.w1.signature }],
    };
    expect(() => verifyNote(mixed, policy.witnesses, verifyEd25519)).toThrow(/witness3/);
  });

  it('passes over keys that are not known by name and id both', () => {
    const renamed = { ...lines.stranger, name: witnesses[0]!.key.name };
    const sameId = { ...lines.stranger, id: witnesses[0]!.key.id };
    const note = { text: TEXT, signatures: [renamed, sameId, lines.w0] };
    const [first, ...others] = verifyNote(note, policy.witnesses, verifyEd25519);
    expect(first).toEqual({ key: witnesses[0]!.key, time: 1_700_000_000 });
    expect(others).toEqual([]);
  });

  it('is refused where no known key has signed, or nobody at all', () => {
    for (const signatures of [[lines.stranger], []])
      expect(() => verifyNote({ text: TEXT, signatures }, policy.logKeys, verifyEd25519)).toThrow(
        expect.objectContaining({ reason: 'unsigned' }),
      );
  });

  it('holds a cosignature to its time, and a plain signature to no time', () => {
    const { signature } = lines.w0;
    const later = Uint8Array.from(signature);
    later[7]! += 1;
    for (const bad of [later, signature.subarray(8), new Uint8Array(72).fill(255)])
      expect(judge(noteOf(lines.log, lines.w1, { ...lines.w0, signature: bad }))).toMatchObject({
        ok: false,
        reason: 'signature',
      });
    const asPlain = { ...lines.log, signature: packCosignature(1, lines.log.signature) };
    expect(judge(noteOf(asPlain, lines.w0, lines.w1))).toMatchObject({ reason: 'signature' });
  });
});

describe('a checkpoint', () => {
  it('is trusted with the signature of the log and a quorum of witnesses', () => {
    const judged = judge(GOOD);
    expect(judged).toMatchObject({
      ok: true,
      checkpoint: { origin: ORIGIN, size: 9, root: plainRoot(HASHES), extensions: [] },
    });
    expect(judged.ok && judged.cosigners.map(({ key, time }) => [key.name, time])).toEqual([
      ['witness3.example', 1_700_000_000],
      ['witness4.example', 1_700_000_001],
    ]);
  });

  it('is trusted with either key of the log while one is changed for the other, and with both', () => {
    const next = nextLog.line(TEXT);
    expect(judge(noteOf(next, lines.w0, lines.w1)).ok).toBe(true);
    expect(judge(noteOf(lines.log, next, lines.w0, lines.w1)).ok).toBe(true);
    expect(judge(noteOf(next, lines.w0, lines.w1), { logKeys: [log.key] })).toMatchObject({
      reason: 'unsigned',
    });
  });

  it.each<[string, string, Partial<CheckpointPolicy>, string]>([
    ['of another log', GOOD, { origin: 'other.example' }, 'origin'],
    ['that the log has not signed', noteOf(lines.w0, lines.w1), {}, 'unsigned'],
    ['without signatures', `${TEXT}\n`, {}, 'unsigned'],
    ['with too few witnesses', noteOf(lines.log, lines.w0), {}, 'quorum'],
    ['with a stranger for a witness', noteOf(lines.log, lines.w0, lines.stranger), {}, 'quorum'],
    ['with one witness twice', noteOf(lines.log, lines.w0, lines.w0), {}, 'quorum'],
    ['that is no note', TEXT, {}, 'form'],
    ['that is no checkpoint', PETER_NOTE, {}, 'form'],
  ])('%s is refused', (_name, note, changed, reason) => {
    expect(judge(note, changed)).toMatchObject({ ok: false, reason });
  });

  it('counts a witness once, by key, with its earliest time, and never the key of the log', () => {
    const again = cosigned(witnesses[0]!, TEXT, 1_600_000_000);
    const twice = judge(noteOf(lines.log, lines.w0, again), { quorum: 1 });
    expect(twice.ok && twice.cosigners.map(({ time }) => time)).toEqual([1_600_000_000]);
    const alias = signerOf('alias.example', 4, 3);
    const aliased = judge(noteOf(lines.log, lines.w0, cosigned(alias, TEXT, 5)), {
      witnesses: [...policy.witnesses, alias.key],
    });
    expect(aliased).toMatchObject({ reason: 'quorum' });
    const self = signerOf('self.example', 4, 1);
    const own = judge(noteOf(lines.log, lines.w0, cosigned(self, TEXT, 5)), {
      witnesses: [...policy.witnesses, self.key],
    });
    expect(own).toMatchObject({ reason: 'quorum' });
  });

  it('is refused, or is the same, with any one character changed', () => {
    const replacement = fc.constantFrom('A', '0', '1', '\n', ' ', '+', '=', '\u2014', '\u0000');
    fc.assert(
      fc.property(fc.nat(GOOD.length - 1), replacement, (at, character) => {
        const changed = `${GOOD.slice(0, at)}${character}${GOOD.slice(at + 1)}`;
        // Without a witness' line the other two lines are not enough.
        if (changed !== GOOD) expect(judge(changed).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('asks for no witness where the quorum is 0, and for a quorum that is a number', () => {
    expect(judge(noteOf(lines.log), { quorum: 0 })).toMatchObject({ ok: true, cosigners: [] });
    expect(() => judge(GOOD, { quorum: Number.NaN })).toThrow(RangeError);
  });
});

describe('a proof file', () => {
  const fileOf = (index: number): string =>
    formatProof({ index, proof: plainPath(index, HASHES), checkpoint: GOOD });
  const judgeFile = (text: string, leafHash: Uint8Array) =>
    judgeProof({ text, leafHash }, policy, verifyEd25519);

  it('shows each leaf of the log, and no other', () => {
    for (const [index, leafHash] of HASHES.entries()) {
      expect(judgeFile(fileOf(index), leafHash)).toMatchObject({ ok: true, index });
      expect(judgeFile(fileOf(index), HASHES[(index + 1) % 9]!)).toMatchObject({ reason: 'root' });
    }
  });

  it('shows nothing with any one character changed', () => {
    const good = fileOf(5);
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.constantFrom('A', '5', '7', '\n', ' ', '='),
        (at, character) => {
          const changed = `${good.slice(0, at)}${character}${good.slice(at + 1)}`;
          if (changed !== good) expect(judgeFile(changed, HASHES[5]!).ok).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says why: the checkpoint, the path, or its form', () => {
    const unsigned = formatProof({
      index: 5,
      proof: plainPath(5, HASHES),
      checkpoint: `${TEXT}\n`,
    });
    expect(judgeFile(unsigned, HASHES[5]!)).toMatchObject({ reason: 'unsigned' });
    const short = formatProof({ index: 5, proof: [], checkpoint: GOOD });
    expect(judgeFile(short, HASHES[5]!)).toMatchObject({ reason: 'length' });
    const outside = formatProof({ index: 9, proof: plainPath(5, HASHES), checkpoint: GOOD });
    expect(judgeFile(outside, HASHES[5]!)).toMatchObject({ reason: 'index' });
    expect(judgeFile('', HASHES[5]!)).toMatchObject({ reason: 'form' });
  });
});
