import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditedOffice, eventually } from './audited-office.js';

/** Passes everything on to the database until it is silenced: connections stay, and nothing comes any more. */
class SilencedWay {
  private silent = false;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async to(databaseUrl: string): Promise<SilencedWay> {
    const { hostname, port } = new URL(databaseUrl);
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        way.sockets.add(one);
        one.on('data', (bytes) => {
          if (!way.silent) other.write(bytes);
        });
        one.on('error', () => undefined);
        one.on('close', () => other.destroy());
      }
    });
    const way = new SilencedWay(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  through(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  silence(): void {
    this.silent = true;
  }

  speak(): void {
    this.silent = false;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

let audited: AuditedOffice;

beforeEach(async () => {
  audited = await AuditedOffice.open();
});
afterEach(() => audited.close());

describe('the auditor beside a standstill', () => {
  it('is not well while leaves stay without a complete checkpoint; without new leaves it stays well', async () => {
    const { trail } = audited;
    const { health, metrics } = await audited.audit({ MINGCHA_AUDITOR_MOST_UNSIGNED_SECONDS: '1' });
    const size = await audited.sizeNow();
    await eventually(health, ({ ready, signed }) => ready && signed === size);
    await sleep(2_500);
    expect(await health()).toMatchObject({ ready: true, signed: size });
    await trail.save(2);
    await trail.sequence();
    const seen = await eventually(health, ({ ready }) => !ready);
    expect(seen).toMatchObject({ status: 503, findings: 0, signed: size });
    expect(seen.reason).toMatch(/^no complete checkpoint for \d+ s: signer or witnesses$/);
    await trail.admin.query(
      "insert into audit_checkpoint select size, root, 'signed by nobody', now(), false from audit_tree",
    );
    expect((await health()).ready).toBe(false);
    await trail.asAttacker('delete from audit_checkpoint where not complete');
    await trail.sign();
    const grown = await audited.sizeNow();
    await eventually(health, ({ ready, signed }) => ready && signed === grown);
    expect(await metrics()).toContain(`mingcha_audit_signed_size ${grown}`);
  });

  it('compares a checkpoint with what it judged before the checkpoint came', async () => {
    const { trail } = audited;
    const { health } = await audited.audit({ MINGCHA_TRUSTED_KEYS_FILE: '' });
    await eventually(health, ({ recheck }) => recheck.endedAt !== null);
    await trail.save(2);
    await trail.sequence();
    const size = await audited.sizeNow();
    await eventually(health, ({ verified }) => verified === size);
    const [root, earlier] = [
      Buffer.alloc(32, 7),
      await trail.value<string>('select note as value from audit_checkpoint limit 1'),
    ];
    const [origin, , , ...signatures] = earlier.split('\n');
    const note = [origin, size, root.toString('base64'), ...signatures].join('\n');
    await trail.store(size, root, note);
    const seen = await eventually(health, ({ findings }) => findings > 0);
    expect(seen.open).toEqual([expect.objectContaining({ kind: 'tree' })]);
  });

  it('gives up a connection on which nothing comes, says so, and goes on once the database answers', async () => {
    const way = await SilencedWay.to(audited.trail.database.url);
    try {
      const { health } = await audited.audit({
        DATABASE_URL: way.through(audited.trail.database.url),
        MINGCHA_AUDITOR_MOST_SILENT_SECONDS: '2',
      });
      await eventually(health, ({ ready }) => ready);
      way.silence();
      await eventually(
        health,
        ({ reason }) => reason?.includes('the database does not answer') === true,
      );
      way.speak();
      await eventually(health, ({ ready }) => ready);
      await audited.trail.goOn(1);
      const size = await audited.sizeNow();
      await eventually(health, ({ verified }) => verified === size);
    } finally {
      way.close();
    }
  });
});
