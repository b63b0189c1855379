import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64, encodeBase64 } from './base64.js';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
import { cosignedMessage, packCosignature, unpackCosignature } from './cosignature.js';
import { NoteError } from './note-error.js';
import { isKeyName, noteKey, parseVerifierKey } from './note-key.js';
import { formatNote, parseNote } from './signed-note.js';
import { formatProof, parseProof } from './tlog-proof.js';
import { formatAddCheckpoint, parseAddCheckpoint } from './witness-request.js';

/** The example of C2SP tlog-cosignature. */
const COSIGNED = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;
const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('base64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('of %p is %p (RFC 4648 section 10)', (plain, text) => {
    const bytes = new TextEncoder().encode(plain);
    expect(encodeBase64(bytes)).toBe(text);
    expect(decodeBase64(text)).toEqual(bytes);
  });

  it('is that of the platform for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(btoa(String.fromCharCode(...bytes)));
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    'Zg',
    'Zg=',
    'Zh==',
    'Zm9=',
    'Zm9v\n',
    ' Zm9v',
    'Zm-v',
    'Zm_v',
    'Z===',
    '====',
    '=Zg=',
    'Zé9v',
  ])('%p is none', (text) => {
    expect(decodeBase64(text)).toBeNull();
  });
});

describe('the form of notes', () => {
  it('splits text and signatures at the last empty line', () => {
    const note = formatNote({
      text: 'a\n\nb\n',
      signatures: [{ name: 'k', id: 0xfffefdfc, signature: Uint8Array.of(1, 2) }],
    });
    expect(note).toBe('a\n\nb\n\n\u2014 k //79/AEC\n');
    expect(parseNote(note)).toEqual({
      text: 'a\n\nb\n',
      signatures: [{ name: 'k', id: 0xfffefdfc, signature: Uint8Array.of(1, 2) }],
    });
  });

  it('of the example of tlog-cosignature is read', () => {
    const { text, signatures } = parseNote(COSIGNED);
    expect(parseCheckpoint(text)).toEqual({
      origin: 'example.com/behind-the-sofa',
      size: 20_852_163,
      root: decodeBase64(ROOT),
      extensions: [],
    });
    expect(signatures.map(({ name }) => name)).toEqual([
      'example.com/behind-the-sofa',
      'witness.example.com/w1',
    ]);
    expect(unpackCosignature(signatures[1]!.signature)?.time).toBe(1_679_315_147);
  });

  it('takes 16 signatures and refuses 101', () => {
    const line = '\u2014 k AAAAAAEC\n';
    expect(parseNote(`a\n\n${line.repeat(16)}`).signatures).toHaveLength(16);
    expect(() => parseNote(`a\n\n${line.repeat(101)}`)).toThrow(
      expect.objectContaining({ reason: 'length' }),
    );
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'form'],
    ['no empty line', 'a\n', 'form'],
    ['no text', '\n\n', 'form'],
    ['no last line feed', 'a\n\n\u2014 k AAAAAAEC', 'form'],
    ['a hyphen for the dash', 'a\n\n- k AAAAAAEC\n', 'form'],
    ['two spaces', 'a\n\n\u2014  k AAAAAAEC\n', 'form'],
    ['no name', 'a\n\n\u2014 AAAAAAEC\n', 'form'],
    ['a plus in the name', 'a\n\n\u2014 k+ AAAAAAEC\n', 'form'],
    ['a wide space in the name', 'a\n\n\u2014 k\u3000l AAAAAAEC\n', 'form'],
    ['an id without a signature', 'a\n\n\u2014 k AAAAAA==\n', 'form'],
    ['bits that base64 does not use', 'a\n\n\u2014 k AAAAAAF=\n', 'form'],
    ['text behind the signatures', 'a\n\n\u2014 k AAAAAAEC\nb\n', 'form'],
    ['a carriage return', 'a\r\n\n\u2014 k AAAAAAEC\n', 'characters'],
    ['a zero', 'a\u0000\n\n\u2014 k AAAAAAEC\n', 'characters'],
    ['half a character', 'a\ud800\n\n\u2014 k AAAAAAEC\n', 'characters'],
    ['a million characters', `${'a'.repeat(1_000_000)}\n\n\u2014 k AAAAAAEC\n`, 'length'],
  ])('refuses %s', (_name, note, reason) => {
    expect(() => parseNote(note)).toThrow(NoteError);
    expect(() => parseNote(note)).toThrow(expect.objectContaining({ reason }));
  });

  it('is never written otherwise than it is read', () => {
    const signatures = [{ name: 'k l', id: 1, signature: Uint8Array.of(1) }];
    expect(() => formatNote({ text: 'a\n', signatures })).toThrow(NoteError);
    expect(() => formatNote({ text: 'a', signatures: [] })).toThrow(NoteError);
    expect(() => formatNote({ text: '\n', signatures: [] })).toThrow(NoteError);
  });
});

describe('verifier keys', () => {
  const good = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  it.each([
    '',
    'PeterNeumann',
    good.replace('c74f20a3', 'c74f20a4'),
    good.replace('c74f20a3', 'C74F20A3'),
    good.replace('PeterNeumann', 'Peter Neumann'),
    good.replace('PeterNeumann', ''),
    good.replace('+ARpc', '+AhpC'),
    good.slice(0, -4),
    `${good}AAAA`,
    `${good}\n`,
    'a'.repeat(5000),
  ])('refuse %p', (text) => {
    expect(() => parseVerifierKey(text)).toThrow(expect.objectContaining({ reason: 'key' }));
  });

  it('are of 32 bytes and a name without spaces', () => {
    expect(() => noteKey('a b', 1, new Uint8Array(32))).toThrow(NoteError);
    expect(() => noteKey('a', 1, new Uint8Array(31))).toThrow(NoteError);
    expect(['', 'a+b', 'a\u00a0b', 'a\u0085b', 'a\nb', 'x'.repeat(256)].some(isKeyName)).toBe(
      false,
    );
    expect(['log.example/审计', 'x'.repeat(255)].every(isKeyName)).toBe(true);
  });
});

describe('the form of checkpoints', () => {
  it('is read as it is written', () => {
    const line = fc.string({ minLength: 1 }).filter((text) => !text.includes('\n'));
    fc.assert(
      fc.property(
        fc.record({
          origin: line,
          size: fc.maxSafeInteger().map(Math.abs),
          root: hash,
          extensions: fc.array(line, { maxLength: 3 }),
        }),
        (checkpoint) => {
          expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
        },
      ),
    );
  });

  it.each([
    '',
    'o\n1\n',
    `o\n1\n${ROOT}`,
    `\n1\n${ROOT}\n`,
    `o\n01\n${ROOT}\n`,
    `o\n-1\n${ROOT}\n`,
    `o\n1.0\n${ROOT}\n`,
    `o\n1e3\n${ROOT}\n`,
    `o\n \n${ROOT}\n`,
    `o\n9007199254740992\n${ROOT}\n`,
    `o\n1\n${ROOT.slice(4)}\n`,
    `o\n1\n${ROOT}\n\n`,
    `o\n1\n${ROOT}\n\nx\n`,
  ])('%j is refused', (text) => {
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ reason: 'form' }));
  });

  it('is not written with lines that would be read otherwise', () => {
    const checkpoint = { origin: 'o', size: 1, root: new Uint8Array(32), extensions: [] };
    expect(() => formatCheckpoint({ ...checkpoint, origin: '' })).toThrow(NoteError);
    expect(() => formatCheckpoint({ ...checkpoint, size: -1 })).toThrow(NoteError);
    expect(() => formatCheckpoint({ ...checkpoint, root: new Uint8Array(31) })).toThrow(NoteError);
    expect(() => formatCheckpoint({ ...checkpoint, extensions: ['a\nb'] })).toThrow(NoteError);
  });
});

describe('cosignatures', () => {
  it('sign two lines before the text (C2SP tlog-cosignature)', () => {
    const { text } = parseNote(COSIGNED);
    expect(new TextDecoder().decode(cosignedMessage(1_679_315_147, text))).toBe(
      `cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n${ROOT}\n`,
    );
  });

  it('carry their time in eight bytes, the highest first', () => {
    const packed = packCosignature(0x0102030405, new Uint8Array(64).fill(9));
    expect([...packed.subarray(0, 9)]).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 9]);
    expect(unpackCosignature(packed)?.time).toBe(0x0102030405);
    packed[0] = 1;
    expect(unpackCosignature(packed)).toBeNull();
    expect(unpackCosignature(packed.subarray(1))).toBeNull();
    expect(() => packCosignature(-1, new Uint8Array(64))).toThrow(RangeError);
    expect(() => packCosignature(1, new Uint8Array(63))).toThrow(RangeError);
  });
});

describe('the form of requests to a witness', () => {
  it('is read as it is written', () => {
    expect(formatAddCheckpoint({ oldSize: 0, proof: [], note: COSIGNED })).toBe(
      `old 0\n\n${COSIGNED}`,
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.array(hash, { maxLength: 63 }),
        (oldSize, proof) => {
          const request = { oldSize, proof, note: COSIGNED };
          expect(parseAddCheckpoint(formatAddCheckpoint(request))).toEqual(request);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each<[string, string]>([
    ['', 'form'],
    [`old 1\n${ROOT}\n`, 'form'],
    [`old 01\n\n${COSIGNED}`, 'form'],
    [`old -1\n\n${COSIGNED}`, 'form'],
    [`new 1\n\n${COSIGNED}`, 'form'],
    [`\n\n${COSIGNED}`, 'form'],
    [`old 1\n${ROOT.slice(4)}\n\n${COSIGNED}`, 'form'],
    [`old 1\r\n\r\n${COSIGNED}`, 'form'],
    [`old 0\n${ROOT}\n\n${COSIGNED}`, 'form'],
    [`old 1\n${`${ROOT}\n`.repeat(64)}\n${COSIGNED}`, 'length'],
    [`old 1\n\n${'a'.repeat(1_000_001)}`, 'length'],
    ['x'.repeat(100_000), 'form'],
  ])('%# is refused: %s', (text, reason) => {
    expect(() => parseAddCheckpoint(text)).toThrow(expect.objectContaining({ reason }));
  });
});

describe('the form of proof files', () => {
  it('is read as it is written', () => {
    const extra = fc.option(fc.uint8Array({ maxLength: 100 }));
    fc.assert(
      fc.property(
        fc.maxSafeInteger().map(Math.abs),
        fc.array(hash, { maxLength: 63 }),
        extra,
        (index, proof, bytes) => {
          const file = { index, proof, extra: bytes, checkpoint: COSIGNED };
          expect(parseProof(formatProof(file))).toEqual(file);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is that of C2SP tlog-proof', () => {
    const bytes = decodeBase64(ROOT)!;
    const start = 'c2sp.org/tlog-proof@v1\n';
    expect(formatProof({ index: 73_894, proof: [bytes], checkpoint: COSIGNED })).toBe(
      `${start}index 73894\n${ROOT}\n\n${COSIGNED}`,
    );
    expect(
      formatProof({ extra: Uint8Array.of(1), index: 0, proof: [], checkpoint: COSIGNED }),
    ).toBe(`${start}extra AQ==\nindex 0\n\n${COSIGNED}`);
  });

  it.each([
    '',
    `c2sp.org/tlog-proof@v2\nindex 0\n\n${COSIGNED}`,
    `c2sp.org/tlog-proof@v1\n\n${COSIGNED}`,
    `c2sp.org/tlog-proof@v1\nindex 00\n\n${COSIGNED}`,
    `c2sp.org/tlog-proof@v1\nindex 9007199254740992\n\n${COSIGNED}`,
    `c2sp.org/tlog-proof@v1\nindex 0\nextra AQ==\n\n${COSIGNED}`,
    `c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\n${COSIGNED}`,
    `c2sp.org/tlog-proof@v1\nindex 0\n${ROOT} \n\n${COSIGNED}`,
    `c2sp.org/tlog-proof@v1\nindex 0\n${ROOT}\n`,
  ])('%j is refused', (text) => {
    expect(() => parseProof(text)).toThrow(expect.objectContaining({ reason: 'form' }));
  });
});
