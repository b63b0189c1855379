import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';

/** A prepared database of which every test gets a copy of its own. */
export interface DatabaseTemplate {
  /** Tells templates apart: tests that name the same one share it. Lower-case letters, digits, _. */
  readonly name: string;
  /** Fills the empty database at `url`, once per server; has to close its connections. */
  readonly prepare: (url: string) => Promise<unknown>;
}

export interface TestDatabase {
  readonly url: string;
  /**
   * Drops the database. Throws, naming them, where connections to it are still open half a second
   * later: the test or the code under test has leaked them.
   */
  drop(): Promise<void>;
}

const LEAK_GRACE_MS = 500;

function serverUrl(): string {
  const url = process.env.DATABASE_URL;
  if (!url) {
    throw new Error(
      'DATABASE_URL is not set: run this test in the project "integration" (jest.config.mjs), ' +
        'whose global set-up starts PostgreSQL',
    );
  }
  return url;
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

async function onServer<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: serverUrl(), application_name: 'test-database' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes the template where it is missing; test files that ask at the same time wait for the first. */
async function ensureTemplate(client: Client, template: DatabaseTemplate): Promise<string> {
  const name = `template_${template.name}`;
  const exists = async () =>
    (await client.query('select 1 from pg_database where datname = $1', [name])).rowCount === 1;
  if (await exists()) return name;
  await client.query("select pg_advisory_lock(hashtext('mingcha test template'))");
  try {
    if (await exists()) return name;
    // Under its own name only once it is complete: a failed preparation leaves no half template.
    const draft = `draft_${randomBytes(6).toString('hex')}`;
    await client.query(`create database ${draft}`);
    try {
      await template.prepare(urlOf(draft));
      await client.query(`alter database ${draft} rename to ${escapeIdentifier(name)}`);
    } catch (error) {
      await client.query(`drop database ${draft} with (force)`);
      throw error;
    }
    return name;
  } finally {
    await client.query("select pg_advisory_unlock(hashtext('mingcha test template'))");
  }
}

async function leaks(client: Client, database: string): Promise<string[]> {
  const giveUpAt = performance.now() + LEAK_GRACE_MS;
  for (;;) {
    const { rows } = await client.query<{ name: string; state: string; query: string }>(
      `select application_name as name, coalesce(state, '') as state, query
         from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [database],
    );
    if (rows.length === 0 || performance.now() > giveUpAt) {
      return rows.map(({ name, state, query }) => `${name || 'unnamed'}, ${state}: ${query}`);
    }
    await sleep(20);
  }
}

/** A database of the caller's own: a copy of the template, or an empty one where none is given. */
export async function createDatabase(template?: DatabaseTemplate): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(async (client) => {
    const source = template === undefined ? 'template0' : await ensureTemplate(client, template);
    await client.query(`create database ${name} template ${escapeIdentifier(source)}`);
  });
  return {
    url: urlOf(name),
    drop: () =>
      onServer(async (client) => {
        const open = await leaks(client, name);
        await client.query(`drop database if exists ${name} with (force)`);
        if (open.length > 0) {
          throw new Error(`connections left open on the test's database:\n  ${open.join('\n  ')}`);
        }
      }),
  };
}

/**
 * Runs `body` with a database of its own and drops it afterwards; throws as `drop` does where
 * connections have leaked, unless `body` itself has failed.
 */
export async function withDatabase<T>(
  template: DatabaseTemplate | undefined,
  body: (url: string) => Promise<T>,
): Promise<T> {
  const database = await createDatabase(template);
  let result: T;
  try {
    result = await body(database.url);
  } catch (error) {
    await database.drop().catch(() => undefined);
    throw error;
  }
  await database.drop();
  return result;
}
