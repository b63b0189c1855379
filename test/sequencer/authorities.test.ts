import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readSm2KeyFile, sm2Line, verifySm2 } from '#audit-keys/sm2.js';
import { TimestampError, timestamp } from '#audit-keys/timestamp.js';
import { parseNote } from '#core/audit/note/signed-note.js';

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
  let server: Server;
  let url: string;
  let answer: (query: Buffer) => Buffer;

  const reply = (query: Buffer): Buffer => {
    writeFileSync(at('query'), query);
    openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query', '-out', 'reply');
    return readFileSync(at('reply'));
  };

  beforeAll(async () => {
    writeFileSync(
      at('tsa.cnf'),
      `[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = test authority\n[ext]\nextendedKeyUsage = critical,timeStamping\n` +
        `[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.crt\nsigner_key = tsa.key\nsigner_digest = sha256\n` +
        `default_policy = 1.2.3.4\ndigests = sha256, sm3\naccuracy = secs:1\nordering = no\ntsa_name = no\ness_cert_id_chain = no\n`,
    );
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.crt'],
      ...['-days', '2', '-config', 'tsa.cnf', '-extensions', 'ext'],
    );
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => response.end(answer(Buffer.concat(parts))));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  it.each(['sha256', 'sm3'] as const)('by %s is one that OpenSSL verifies', async (digest) => {
    answer = reply;
    writeFileSync(at('token'), await timestamp(url, Buffer.from(TEXT), digest));
    writeFileSync(at('text'), TEXT);
    expect(openssl('ts', '-verify', '-in', 'token', '-data', 'text', '-CAfile', 'tsa.crt')).toMatch(
      /Verification: OK/,
    );
    writeFileSync(at('text'), `${TEXT}x`);
    expect(() =>
      openssl('ts', '-verify', '-in', 'token', '-data', 'text', '-CAfile', 'tsa.crt'),
    ).toThrow();
  });

  it('of something else, of an earlier request, or none at all is refused', async () => {
    let earlier: Buffer = Buffer.alloc(0);
    answer = (query) => {
      earlier = reply(query);
      return earlier;
    };
    await timestamp(url, Buffer.from('another text'));
    answer = () => earlier;
    await expect(timestamp(url, Buffer.from(TEXT))).rejects.toThrow(/states another digest/);
    await expect(timestamp(url, Buffer.from('another text'))).rejects.toThrow(
      /answers another request/,
    );
    answer = () => Buffer.from('no reply');
    await expect(timestamp(url, Buffer.from(TEXT))).rejects.toThrow(TimestampError);
    // A digest that the authority does not know: it answers that it grants nothing.
    answer = (query) =>
      reply(
        Buffer.from(
          query.toString('hex').replace('0609608648016503040201', '0609608648016503040203'),
          'hex',
        ),
      );
    await expect(timestamp(url, Buffer.from(TEXT))).rejects.toThrow(/grants none \(status 2\)/);
  });
});
