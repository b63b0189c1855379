import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { freePorts } from './free-port.js';
import { GuardedProcess } from './guarded-process.js';
import { postgresBinaries } from './postgres-binaries.js';
import { withProgress } from './progress.js';
import { notOurs, type Server } from './server.js';
import { type UnprivilegedUser, unprivilegedUser } from './unprivileged-user.js';

export interface PostgresOptions {
  /** Server settings, such as `{ shared_buffers: '1GB', max_wal_size: '4GB' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Folder in which the server's own is made; the system's temporary folder where absent. */
  readonly folder?: string;
  /** True: always a server of our own, whatever DATABASE_URL says (for tests that kill it). */
  readonly own?: boolean;
  /** A data folder to start from instead of an empty cluster; it is moved away. See `CopiedData`. */
  readonly from?: CopiedData;
}

/** A copy of a server's data folder, such as a base backup; the user as whom servers run has to own it. */
export interface CopiedData {
  readonly folder: string;
  /** The password of that server's superuser, which stands in the data. */
  readonly password: string;
}

export interface PostgresServer extends Server {
  /** Its data folder, as PostgreSQL calls it; null where the server is not ours. */
  readonly dataFolder: string | null;
  /** Connection string of the database `mingcha`, as superuser where the server is ours. */
  readonly url: string;
}

const DEFAULT_SETTINGS = { shared_buffers: '256MB', max_wal_size: '2GB', max_connections: '200' };

// Comes last on the command line, so that no other setting can weaken what "saved" means.
const FIXED_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
};

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;
const START_ATTEMPTS = 3;

interface Cluster {
  readonly directory: string;
  readonly bin: string;
  readonly user: UnprivilegedUser | undefined;
  readonly password: string;
}

function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

async function runInitdb({ directory, bin, user, password }: Cluster): Promise<void> {
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  const child = spawn(
    join(bin, 'initdb'),
    // Sorting by code point (C) does not depend on the host's locales.
    [
      '--pgdata',
      join(directory, 'data'),
      '--username',
      'postgres',
      '--pwfile',
      passwordFile,
      '--auth',
      'scram-sha-256',
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--no-sync',
      '--no-instructions',
    ],
    { cwd: directory, env: serverEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], ...user },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  await rm(passwordFile, { force: true });
  if (code !== 0) throw new Error(`PostgreSQL's initdb ended with ${code}:\n${output}`);
}

async function createCluster(folder: string, from: CopiedData | undefined): Promise<Cluster> {
  const user = await unprivilegedUser();
  const bin = postgresBinaries(user);
  const directory = await mkdtemp(join(folder, 'mingcha-postgres-'));
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  const password = from?.password ?? randomBytes(18).toString('base64url');
  const cluster = { directory, bin, user, password };
  try {
    if (from === undefined) await runInitdb(cluster);
    else await rename(from.folder, join(directory, 'data'));
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return cluster;
}

function urlOf({ password }: Cluster, port: number, database: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A connection that breaks while idle is reported by the next query as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function launch(cluster: Cluster, port: number, settings: Record<string, string>) {
  const flags = Object.entries({ ...DEFAULT_SETTINGS, ...settings, ...FIXED_SETTINGS }).flatMap(
    ([name, value]) => ['-c', `${name}=${value}`],
  );
  const server = await GuardedProcess.start({
    command: join(cluster.bin, 'postgres'),
    args: ['-D', join(cluster.directory, 'data'), '-p', String(port), ...flags],
    env: serverEnvironment(),
    cwd: cluster.directory,
    user: cluster.user,
    logFile: join(cluster.directory, 'server.log'),
    endSignal: 'SIGQUIT',
    directory: cluster.directory,
  });
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      await query(urlOf(cluster, port, 'postgres'), 'select 1');
      return server;
    } catch (error) {
      if (server.running && performance.now() < giveUpAt) {
        await sleep(30);
        continue;
      }
      const reason = server.running ? `no answer in ${READY_WITHIN_MS / 1000} s` : 'it ended';
      await server.kill9();
      throw new Error(
        `PostgreSQL on 127.0.0.1:${port} could not be started (${reason}, ${(error as Error).message}):\n` +
          server.lastWords(),
      );
    }
  }
}

class OwnPostgres implements PostgresServer {
  private server: GuardedProcess | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly settings: Record<string, string>,
    private port: number,
    private readonly isCopy: boolean,
  ) {}

  get dataFolder(): string {
    return join(this.cluster.directory, 'data');
  }

  get url(): string {
    return urlOf(this.cluster, this.port, 'mingcha');
  }

  get pid(): number | null {
    return this.server?.running ? this.server.pid : null;
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.server = await launch(this.cluster, this.port, this.settings);
        break;
      } catch (error) {
        if (attempt === START_ATTEMPTS) throw error;
        // most likely somebody took the port after we had looked
        this.port = (await freePorts(1))[0]!;
      }
    }
    if (!this.isCopy)
      await query(urlOf(this.cluster, this.port, 'postgres'), 'create database mingcha');
  }

  async stop(): Promise<void> {
    await this.server?.end('SIGINT', STOP_WITHIN_MS);
    await rm(this.cluster.directory, { recursive: true, force: true });
  }

  async kill9(): Promise<void> {
    await this.server?.kill9();
  }

  async restart(): Promise<void> {
    await this.server?.end('SIGINT', STOP_WITHIN_MS);
    this.server = await launch(this.cluster, this.port, this.settings);
  }
}

/**
 * A PostgreSQL server on a free port of 127.0.0.1 with a new, empty database `mingcha`: commits are
 * durable (fsync and synchronous_commit are on), text sorts by code point, sessions are in UTC. It
 * runs as an unprivileged user where this process is root, and ends with this process, however that
 * ends. With `from` it has that copy's databases instead. Where DATABASE_URL is set, no server is started and that one is returned.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const given = process.env.DATABASE_URL;
  if (given && !options.own) {
    const refuse = () => Promise.reject(notOurs('DATABASE_URL'));
    const stop = async () => undefined;
    return { url: given, pid: null, dataFolder: null, stop, kill9: refuse, restart: refuse };
  }
  return withProgress('starting PostgreSQL', async () => {
    const { folder = tmpdir(), settings, from } = options;
    const cluster = await createCluster(folder, from);
    const port = (await freePorts(1))[0]!;
    const server = new OwnPostgres(cluster, { ...settings }, port, from !== undefined);
    try {
      await server.start();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  });
}
