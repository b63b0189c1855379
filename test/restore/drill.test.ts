import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '#store/data-source.js';
import { compare } from '#test/sequencer/records.js';
import { type AuditProcesses, startAuditProcesses } from '../../apps/cli/demo/audit-processes.js';
import { type AppProcess, startApp } from '../../apps/cli/demo/monitor-process.js';
import { freePorts } from '../../apps/cli/env/free-port.js';
import { type PostgresServer, startPostgres } from '../../apps/cli/env/postgres-server.js';
import { mingcha } from '../cli/run-mingcha.js';
import {
  type ArchivedServer,
  archiveAll,
  baseBackup,
  onDatabase,
  restore,
  startArchived,
} from './archived-server.js';
import { copyLogically } from './logical-copy.js';
import { saveMany, until, untilSigned } from './signed-records.js';

// What docs/operating.md says about backup and restore, carried out with the real processes: the same signer and witness
// all the time, with their own state; the database is lost and comes back in three ways.

let folder: string;
let first: ArchivedServer;
let audit: AuditProcesses;
let keys: string;
let metricsPort: number;
const restored: PostgresServer[] = [];

async function verify(url: string) {
  const { code, out } = await mingcha([
    ...['verify', '--database', url, '--lang', 'en', '--keys', keys],
    ...['--signer-state', join(folder, 'signer-state')],
    ...['--witness-state', join(folder, 'witness-state')],
  ]);
  return { code, out };
}

interface Health {
  readonly status: number;
  readonly text: string;
}

async function health(): Promise<Health> {
  try {
    const answer = await fetch(`http://127.0.0.1:${metricsPort}/health`);
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
}

async function withSequencer<T>(url: string, work: (app: AppProcess) => Promise<T>): Promise<T> {
  const env = { ...audit.sequencerEnv, DATABASE_URL: url };
  const app = startApp('sequencer', env, join(folder, 'sequencer-again.log'));
  try {
    return await work(app);
  } finally {
    await app.stop();
  }
}

function restoreAt(target: string | null): Promise<PostgresServer> {
  const { archive, server } = first;
  const backup = join(folder, 'backup');
  return restore({ backup, archive, url: server.url, target }).then((one) => {
    restored.push(one);
    return one;
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mingcha-restore-'));
  // The user as whom servers run has to get through to what is his.
  chmodSync(folder, 0o711);
  first = await startArchived(folder);
  await migrate(first.server.url);
  metricsPort = (await freePorts(1))[0] ?? 0;
  audit = await startAuditProcesses(folder, first.server.url, {
    MINGCHA_SEQUENCE_MS: '50',
    MINGCHA_CHECKPOINT_MS: '100',
    MINGCHA_METRICS_PORT: String(metricsPort),
  });
  keys = join(folder, 'trusted-keys');
  writeFileSync(keys, `log ${audit.logKey}\nwitness ${audit.witnessKey}\nquorum 1\n`);
});

afterAll(async () => {
  await audit?.stop();
  await first?.server.stop();
  for (const server of restored) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the restore drill', () => {
  it('takes a base backup while records and checkpoints go on, and an archive after it', async () => {
    const { url } = first.server;
    await saveMany(url, 0, 20);
    await untilSigned(url);
    const going = saveMany(url, 20, 60);
    await baseBackup(first.server, join(folder, 'backup'));
    await going;
    const early = await untilSigned(url);
    await onDatabase(url, (client) => client.query("select pg_create_restore_point('early')"));
    await saveMany(url, 80, 20);
    const late = await untilSigned(url);
    expect(late).toBeGreaterThan(early);
    await archiveAll(first.server);
    expect(await verify(url)).toMatchObject({ code: 0 });
    // The machine is lost. Signer and witness are not on it.
    await audit.apps.find(({ name }) => name === 'sequencer')?.stop();
    await first.server.kill9();
  }, 240_000);

  it('restores the latest point: nothing is missing, the sequencer goes on and the signer accepts', async () => {
    const { size: signed } = await audit.signed('signer');
    const server = await restoreAt(null);
    const { code, out } = await verify(server.url);
    expect([code, out]).toEqual([0, expect.stringContaining('no change was found')]);
    await withSequencer(server.url, async () => {
      await saveMany(server.url, 100, 5);
      const size = await untilSigned(server.url);
      expect(size).toBeGreaterThan(signed);
      expect((await audit.signed('signer')).size).toBe(size);
      expect((await audit.signed('witness')).size).toBe(size);
    });
    const counts = await onDatabase(server.url, compare);
    expect(counts).toEqual({ ...counts, leaves: counts.records, wrong: 0, gaps: 0 });
    expect(await verify(server.url)).toMatchObject({ code: 0 });
  }, 240_000);

  it('restores an earlier point: verifying says so, and signer and witness stand still', async () => {
    const { size: signed } = await audit.signed('signer');
    const server = await restoreAt('early');
    const { code, out } = await verify(server.url);
    expect([code, out]).toEqual([
      20,
      expect.stringMatching(/shorter than the signer's own state remembers it.*old backup/),
    ]);
    expect(out).toMatch(/shorter than the witness's own state remembers it/);
    await withSequencer(server.url, async () => {
      await saveMany(server.url, 80, 2);
      await until(async () => (await health()).status === 503);
      await until(async () => /signer/i.test((await health()).text));
    });
    expect((await audit.signed('signer')).size).toBe(signed);
    expect((await audit.signed('witness')).size).toBe(signed);
  }, 240_000);

  it('restores a dump into another server: the sequencer refuses, and goes on once the watermark is rebuilt', async () => {
    const source = restored[0];
    if (source === undefined) throw new Error('nothing was restored');
    const server = await startPostgres({ own: true, settings: { shared_buffers: '64MB' } });
    restored.push(server);
    await copyLogically(source.url, server.url);
    const before = await onDatabase(server.url, compare);
    expect(before).toMatchObject({ leaves: before.records, wrong: 0, gaps: 0 });
    expect(await verify(server.url)).toMatchObject({ code: 0 });

    // Records go on before anybody thinks of the watermark; this server's transactions have small numbers.
    await saveMany(server.url, 105, 5);
    const log = join(folder, 'refused.log');
    const env = { ...audit.sequencerEnv, DATABASE_URL: server.url };
    writeFileSync(log, '');
    const refused = startApp('sequencer', env, log);
    try {
      await until(async () => /rebuild-watermark/.test(readFileSync(log, 'utf8')));
      expect(await onDatabase(server.url, compare)).toMatchObject({ leaves: before.leaves });
    } finally {
      await refused.stop();
    }

    const rebuilt = await mingcha(['admin', 'rebuild-watermark'], { DATABASE_URL: server.url });
    expect([rebuilt.code, rebuilt.err]).toEqual([0, '']);
    await withSequencer(server.url, async () => {
      await saveMany(server.url, 110, 5);
      await untilSigned(server.url);
    });
    const after = await onDatabase(server.url, compare);
    expect(after.records).toBe(before.records + 10 * (before.records / 105));
    expect(after).toMatchObject({ leaves: after.records, gaps: 0 });
    expect(await verify(server.url)).toMatchObject({ code: 0 });
  }, 240_000);
});
