import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const CONFIGURATION = `[req]
distinguished_name = dn
prompt = no
[dn]
CN = test authority
[ext]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = tsa.crt
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sm3
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
`;

/** A timestamp authority (RFC 3161) on loopback, made of OpenSSL; its files are in the folder. */
export class TimestampAuthority {
  /** Answers a query; null: it is out of order (503). At first each query is granted. */
  answer: ((query: Buffer) => Buffer) | null = (query) => this.reply(query);
  /** Queries that came in. */
  asked = 0;
  private readonly server: Server;

  private constructor(private readonly folder: string) {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        this.asked += 1;
        if (this.answer === null) response.writeHead(503).end();
        else response.end(this.answer(Buffer.concat(parts)));
      });
    });
  }

  static async open(folder: string): Promise<TimestampAuthority> {
    const authority = new TimestampAuthority(folder);
    writeFileSync(join(folder, 'tsa.cnf'), CONFIGURATION);
    authority.openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.crt'],
      ...['-days', '2', '-config', 'tsa.cnf', '-extensions', 'ext'],
    );
    await new Promise<void>((resolve) => authority.server.listen(0, '127.0.0.1', resolve));
    return authority;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What OpenSSL answers to a query. */
  reply(query: Buffer): Buffer {
    writeFileSync(join(this.folder, 'query'), query);
    this.openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query', '-out', 'reply');
    return readFileSync(join(this.folder, 'reply'));
  }

  /** Whether OpenSSL takes the token for one of this text, signed by this authority. */
  verifies(text: string, token: Buffer): boolean {
    writeFileSync(join(this.folder, 'stamped'), text);
    writeFileSync(join(this.folder, 'token'), token);
    try {
      return this.openssl(
        ...['ts', '-verify', '-in', 'token', '-data', 'stamped', '-CAfile', 'tsa.crt'],
      ).includes('Verification: OK');
    } catch {
      return false;
    }
  }

  /** The token in words. */
  describe(token: Buffer): string {
    writeFileSync(join(this.folder, 'token'), token);
    return this.openssl('ts', '-reply', '-in', 'token', '-text');
  }

  close(): Promise<unknown> {
    return new Promise((resolve) => this.server.close(resolve));
  }

  private openssl(...args: string[]): string {
    return execFileSync('openssl', args, {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}
