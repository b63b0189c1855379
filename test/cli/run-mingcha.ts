import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { quietLogger } from '../streams/batch-reader.js';

const DIST = join(import.meta.dirname, '../../dist/apps');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

type Env = Readonly<Record<string, string>>;

/** A program of the build with this environment only. */
export function start(program: string, args: readonly string[], env: Env) {
  const path = join(DIST, program);
  // As scripts/start.mjs starts it.
  const flags = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning'];
  const child: ChildProcess = spawn(process.execPath, [...flags, path, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const text = { out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    text.out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    text.err += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, ...text }));
  });
  return { child, text, ended };
}

/** The command line as a person calls it. */
export function mingcha(args: readonly string[], env: Env = {}): Promise<Ended> {
  return start('cli/main.js', args, env).ended;
}

export interface InboxRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
  readonly offset: string;
}

/** A database with the Postgres inbox, monitors on it, and a folder for files. */
export class Office {
  readonly folder = mkdtempSync(join(tmpdir(), 'mingcha-cli-test-'));
  private readonly monitors: ReturnType<typeof start>[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly log: InboxEventLog,
    readonly admin: Client,
  ) {}

  static async open(): Promise<Office> {
    const database = await createDatabase(STORE);
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const log = new InboxEventLog({ database: database.url, logger: quietLogger });
    await log.createTopics([{ topic: 'mingcha.events', partitions: 2 }]);
    return new Office(database, log, admin);
  }

  get env(): Record<string, string> {
    return { DATABASE_URL: this.database.url, EVENT_LOG: 'inbox' };
  }

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  async records(topic = 'mingcha.events'): Promise<InboxRecord[]> {
    const { rows } = await this.admin.query<InboxRecord>(
      `select key, convert_from(value, 'UTF8') as value, headers, "partition", "offset"
       from inbox_record where topic = $1 order by "partition", "offset"`,
      [topic],
    );
    return rows;
  }

  async count(table: string, where = 'true'): Promise<number> {
    const { rows } = await this.admin.query<{ n: number }>(
      `select count(*)::int as n from ${table} where ${where}`,
    );
    return rows[0]?.n ?? -1;
  }

  async until(condition: () => Promise<boolean>, withinMs = 40_000): Promise<void> {
    const end = Date.now() + withinMs;
    while (!(await condition())) {
      if (Date.now() > end)
        throw new Error(
          `not within ${withinMs} ms: ${condition}\n${this.monitors.map(({ text }) => text.err).join('\n')}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** True once the monitors have saved everything that stands in the inbox. */
  async isDrained(): Promise<boolean> {
    const { rows } = await this.admin.query(
      `select 1 from inbox_partition i left join stream_position s using (topic, "partition")
       where topic = 'mingcha.events' and i.next_offset <> coalesce(s.next_offset, 0)`,
    );
    return rows.length === 0;
  }

  startMonitor(env: Env = {}): ReturnType<typeof start> {
    const monitor = start('monitor/main.js', [], { ...this.env, LOG_LEVEL: 'warn', ...env });
    this.monitors.push(monitor);
    return monitor;
  }

  async stopMonitors(): Promise<void> {
    for (const { child, ended } of this.monitors.splice(0)) {
      child.kill('SIGTERM');
      await ended;
    }
  }

  async close(): Promise<void> {
    await this.stopMonitors();
    await this.log.close();
    await this.admin.end();
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
