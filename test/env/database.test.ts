import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createDatabase, type DatabaseTemplate, withDatabase } from './database.js';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function countingTemplate(name: string): { template: DatabaseTemplate; prepared: () => number } {
  let count = 0;
  const prepare = async (url: string) => {
    count += 1;
    await query(url, 'create table note (text text); insert into note values ($$kept$$)');
  };
  return { template: { name, prepare }, prepared: () => count };
}

describe('a test database', () => {
  it('is a copy of its template, which is prepared once, also for callers at the same time', async () => {
    const { template, prepared } = countingTemplate('database_test_once');
    const seen = await Promise.all(
      [1, 2, 3].map(() => withDatabase(template, (url) => query(url, 'select text from note'))),
    );
    expect(seen).toEqual([[{ text: 'kept' }], [{ text: 'kept' }], [{ text: 'kept' }]]);
    expect(prepared()).toBe(1);
  });

  it('shares nothing with another copy', async () => {
    const { template } = countingTemplate('database_test_apart');
    await withDatabase(template, (url) => query(url, 'delete from note'));
    const rows = await withDatabase(template, (url) => query(url, 'select text from note'));
    expect(rows).toEqual([{ text: 'kept' }]);
  });

  it('leaves no template behind where the preparation fails', async () => {
    const failing = { name: 'database_test_fails', prepare: () => Promise.reject(new Error('no')) };
    await expect(createDatabase(failing)).rejects.toThrow('no');
    const { template } = countingTemplate('database_test_fails');
    const rows = await withDatabase(template, (url) => query(url, 'select text from note'));
    expect(rows).toEqual([{ text: 'kept' }]);
  });

  it('reports a connection that was left open, and is dropped all the same', async () => {
    const database = await createDatabase();
    const leaked = new Client({ connectionString: database.url, application_name: 'forgotten' });
    // the server ends it when the database goes
    leaked.on('error', () => undefined);
    await leaked.connect();
    await leaked.query('select 42');
    await expect(database.drop()).rejects.toThrow(/left open[\s\S]*forgotten, idle: select 42/);
    await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist');
  });

  it('keeps what commits promise: fsync and synchronous commits are on', async () => {
    const rows = await withDatabase(undefined, (url) =>
      query(
        url,
        "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name",
      ),
    );
    expect(rows).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'full_page_writes', setting: 'on' },
      { name: 'synchronous_commit', setting: 'on' },
    ]);
  });
});
