import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { describeVectors, fromHex, readJson, toHex } from './vectors.js';

interface Case {
  tcId: number;
  comment: string;
  msg: string;
  result: 'valid' | 'invalid' | 'acceptable';
}
interface Vectors<Group> {
  numberOfTests: number;
  testGroups: Group[];
}
type SignatureGroup = { publicKey: { pk: string }; tests: (Case & { sig: string })[] };
type MacGroup = { tagSize: number; tests: (Case & { key: string; tag: string })[] };

/** Numbers of the cases in which the verdict is not the published one. None is only "acceptable" in these files. */
function wrong<One extends Case>(tests: readonly One[], judge: (test: One) => boolean): number[] {
  return tests.filter((test) => judge(test) !== (test.result === 'valid')).map(({ tcId }) => tcId);
}

describeVectors('edge cases of wycheproof', 'wycheproof', (folder) => {
  it('of Ed25519: every signature is judged as published', () => {
    const file = readJson<Vectors<SignatureGroup>>(join(folder, 'ed25519_test.json'));
    let count = 0;
    for (const { publicKey, tests } of file.testGroups) {
      const key = fromHex(publicKey.pk);
      expect(
        wrong(tests, ({ msg, sig }) => verifyEd25519(key, fromHex(msg), fromHex(sig))),
      ).toEqual([]);
      count += tests.length;
    }
    expect(count).toBe(file.numberOfTests);
    expect(count).toBe(151);
  });

  it('of HMAC-SM3: every tag is judged as published', () => {
    const file = readJson<Vectors<MacGroup>>(join(folder, 'hmac_sm3_test.json'));
    let count = 0;
    for (const { tagSize, tests } of file.testGroups) {
      const judge = ({ key, msg, tag }: MacGroup['tests'][number]): boolean => {
        const mac = createHmac('sm3', fromHex(key)).update(fromHex(msg)).digest();
        return toHex(mac.subarray(0, tagSize / 8)) === tag;
      };
      expect(wrong(tests, judge)).toEqual([]);
      count += tests.length;
    }
    expect(count).toBe(file.numberOfTests);
    expect(count).toBe(174);
  });
});
