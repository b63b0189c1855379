import { execFileSync } from 'node:child_process';
import { chownSync, copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../apps/cli/env/postgres-server.js';
import { unprivilegedUser } from '../../apps/cli/env/unprivileged-user.js';
import { DEPLOY } from '../deploy/deployment.js';

const WITHIN_MS = 60_000;

/** A server whose write-ahead log goes to an archive, by the script and with the settings of deploy/. */
export interface ArchivedServer {
  readonly server: PostgresServer;
  readonly archive: string;
}

export async function startArchived(folder: string): Promise<ArchivedServer> {
  const archive = join(folder, 'archive');
  mkdirSync(archive);
  await giveAway(archive);
  // Where the user of the server can read it.
  const script = join(archive, '.archive-wal.sh');
  copyFileSync(join(DEPLOY, 'postgres/archive-wal.sh'), script);
  const server = await startPostgres({
    own: true,
    settings: {
      shared_buffers: '64MB',
      wal_level: 'replica',
      archive_mode: 'on',
      archive_command: `ARCHIVE=${archive} sh ${script} %p %f`,
    },
  });
  return { server, archive };
}

/**
 * A base backup, taken as pg_basebackup takes it (PostgreSQL's manual, "Making a base backup using the low level API"),
 * which is not among the binaries that tests have: the data folder is copied as it stands while others write to it.
 */
export async function baseBackup(server: PostgresServer, target: string): Promise<void> {
  const data = server.dataFolder ?? '';
  await onDatabase(server.url, async (client) => {
    await client.query("select pg_backup_start('drill', true)");
    cpSync(data, target, {
      recursive: true,
      filter: (path) =>
        !/\/(postmaster\.(pid|opts)|pg_wal\/.+|pg_replslot\/.+|pg_internal\.init)$/.test(path),
    });
    const { rows } = await client.query<{ label: string }>(
      'select labelfile as label from pg_backup_stop(wait_for_archive => true)',
    );
    writeFileSync(join(target, 'backup_label'), rows[0]?.label ?? '');
  });
}

/** Sends the segment that is being written to the archive, and waits until it is there. */
export async function archiveAll(server: PostgresServer): Promise<void> {
  await onDatabase(server.url, async (client) => {
    const { rows } = await client.query<{ segment: string }>(
      'select pg_walfile_name(pg_switch_wal()) as segment',
    );
    const giveUpAt = Date.now() + WITHIN_MS;
    for (;;) {
      const { rows: state } = await client.query<{ done: boolean }>(
        'select coalesce(last_archived_wal >= $1, false) as done from pg_stat_archiver',
        [rows[0]?.segment],
      );
      if (state[0]?.done === true) return;
      if (Date.now() > giveUpAt) throw new Error(`${rows[0]?.segment} was not archived`);
      await sleep(100);
    }
  });
}

export interface RestoreFrom {
  readonly backup: string;
  readonly archive: string;
  /** Of the server that was backed up: its superuser's password stands in the backup. */
  readonly url: string;
  /** Name of a restore point; null: the latest that the archive has. */
  readonly target: string | null;
}

/** Restores into a new folder, on another port, and waits until the server takes writes. */
export async function restore({
  backup,
  archive,
  url,
  target,
}: RestoreFrom): Promise<PostgresServer> {
  const copy = `${backup}-${target ?? 'latest'}`;
  cpSync(backup, copy, { recursive: true });
  for (const folder of ['pg_wal', 'pg_replslot'])
    mkdirSync(join(copy, folder), { recursive: true });
  writeFileSync(join(copy, 'recovery.signal'), '');
  execFileSync('chmod', ['-R', 'go-rwx', copy]);
  await giveAway(copy);
  const server = await startPostgres({
    own: true,
    from: { folder: copy, password: decodeURIComponent(new URL(url).password) },
    settings: {
      shared_buffers: '64MB',
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_action: 'promote',
      ...(target === null ? {} : { recovery_target_name: target }),
    },
  });
  await onDatabase(server.url, async (client) => {
    const giveUpAt = Date.now() + WITHIN_MS;
    for (;;) {
      const { rows } = await client.query<{ busy: boolean }>('select pg_is_in_recovery() as busy');
      if (rows[0]?.busy === false) return;
      if (Date.now() > giveUpAt) throw new Error('the recovery does not end');
      await sleep(50);
    }
  });
  return server;
}

export async function onDatabase<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The folder and all in it belong to the user as whom servers run. */
async function giveAway(folder: string): Promise<void> {
  const user = await unprivilegedUser();
  if (user === undefined) return;
  chownSync(folder, user.uid, user.gid);
  for (const path of readdirSync(folder, { recursive: true }) as string[])
    chownSync(join(folder, path), user.uid, user.gid);
}
