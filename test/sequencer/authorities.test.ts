import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readSm2KeyFile, sm2Line, verifySm2 } from '#audit-keys/sm2.js';
import { TimestampError, timestamp } from '#audit-keys/timestamp.js';
import { parseNote } from '#core/audit/note/signed-note.js';
import { TimestampAuthority } from './timestamp-authority.js';

const folder = mkdtempSync(join(tmpdir(), 'mingcha-authorities-'));
const at = (name: string) => join(folder, name);
const openssl = (...args: string[]) =>
  execFileSync('openssl', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const TEXT = 'log.example/one\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

afterAll(() => rmSync(folder, { recursive: true }));

describe('an SM2 signature of a checkpoint', () => {
  beforeAll(() => {
    openssl('genpkey', '-algorithm', 'SM2', '-out', 'sm2.pem');
    openssl('pkey', '-in', 'sm2.pem', '-pubout', '-out', 'sm2.pub');
    openssl(
      'genpkey',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-out',
      'p256.pem',
    );
    execFileSync('chmod', ['600', at('sm2.pem'), at('p256.pem')]);
  });

  const verified = (text: string, signature: Uint8Array): boolean => {
    writeFileSync(at('text'), text);
    writeFileSync(at('signature'), signature);
    try {
      return openssl(
        ...[
          'pkeyutl',
          '-verify',
          '-pubin',
          '-inkey',
          'sm2.pub',
          '-in',
          'text',
          '-rawin',
          '-digest',
          'sm3',
        ],
        ...['-sigfile', 'signature', '-pkeyopt', 'distid:1234567812345678'],
      ).includes('Verified Successfully');
    } catch {
      return false;
    }
  };

  it('is one that OpenSSL takes, and another text is refused', () => {
    const key = readSm2KeyFile(at('sm2.pem'));
    for (let round = 0; round < 20; round += 1) {
      const { signatures } = parseNote(`${TEXT}\n${sm2Line('log.example/one', key, TEXT)}`);
      const signature = signatures[0]?.signature as Uint8Array;
      expect(verified(TEXT, signature)).toBe(true);
      expect(verifySm2(key.publicKey, Buffer.from(TEXT), signature)).toBe(true);
      expect(verifySm2(key.publicKey, Buffer.from(`${TEXT}x`), signature)).toBe(false);
    }
    expect(verified(`${TEXT}x`, key.sign(Buffer.from(TEXT)))).toBe(false);
  });

  it('of OpenSSL is taken', () => {
    writeFileSync(at('text'), TEXT);
    openssl(
      ...['pkeyutl', '-sign', '-inkey', 'sm2.pem', '-in', 'text', '-rawin', '-digest', 'sm3'],
      ...['-out', 'made', '-pkeyopt', 'distid:1234567812345678'],
    );
    const { publicKey } = readSm2KeyFile(at('sm2.pem'));
    expect(verifySm2(publicKey, Buffer.from(TEXT), readFileSync(at('made')))).toBe(true);
    expect(verifySm2(publicKey, Buffer.from(TEXT), Buffer.from('no signature'))).toBe(false);
  });

  it('needs a key of its curve, for its owner only', () => {
    expect(() => readSm2KeyFile(at('p256.pem'))).toThrow(/another curve/);
    execFileSync('chmod', ['644', at('p256.pem')]);
    expect(() => readSm2KeyFile(at('p256.pem'))).toThrow(/chmod 600/);
  });
});

describe('a timestamp (RFC 3161)', () => {
  let authority: TimestampAuthority;

  beforeAll(async () => {
    authority = await TimestampAuthority.open(folder);
  });
  afterAll(() => authority.close());

  it.each(['sha256', 'sm3'] as const)('by %s is one that OpenSSL verifies', async (digest) => {
    const token = await timestamp(authority.url, Buffer.from(TEXT), digest);
    expect(authority.verifies(TEXT, token)).toBe(true);
    expect(authority.verifies(`${TEXT}x`, token)).toBe(false);
  });

  it('of something else, of an earlier request, or none at all is refused', async () => {
    const { url } = authority;
    let earlier: Buffer = Buffer.alloc(0);
    authority.answer = (query) => {
      earlier = authority.reply(query);
      return earlier;
    };
    await timestamp(url, Buffer.from('another text'));
    authority.answer = () => earlier;
    await expect(timestamp(url, Buffer.from(TEXT))).rejects.toThrow(/states another digest/);
    await expect(timestamp(url, Buffer.from('another text'))).rejects.toThrow(
      /answers another request/,
    );
    authority.answer = () => Buffer.from('no reply');
    await expect(timestamp(url, Buffer.from(TEXT))).rejects.toThrow(TimestampError);
    // A digest that the authority does not know: it answers that it grants nothing.
    authority.answer = (query) =>
      authority.reply(
        Buffer.from(
          query.toString('hex').replace('0609608648016503040201', '0609608648016503040203'),
          'hex',
        ),
      );
    await expect(timestamp(url, Buffer.from(TEXT))).rejects.toThrow(/grants none \(status 2\)/);
  });
});
