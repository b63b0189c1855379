import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Client, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { leafHash } from '#core/audit/leaf-hash.js';
import { saveStep } from '#store/save-step.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { withDatabase } from '#test/env/database.js';
import { fullStep, monitorOf, rowCounts, STORE } from './sample-step.js';
import { walk } from './walk.js';

/** The same writer, on whose connection the n-th statement of the transaction fails at the server. */
function failingAt(writer: Writer, n: number): { writer: Writer; reached: () => boolean } {
  let seen = 0;
  const spoil = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value;
        return (query: unknown, ...rest: unknown[]) => {
          seen += 1;
          const run = target.query.bind(target) as (...all: unknown[]) => unknown;
          if (seen !== n || query === 'rollback') return run(query, ...rest);
          const isCopy = typeof query === 'object' && query !== null && 'submit' in query;
          return isCopy ? run(copyFrom('copy no_such_table from stdin')) : run('select 1/0');
        };
      },
    });
  const pool = new Proxy(writer.pool, {
    get(target, name) {
      if (name === 'connect') return async () => spoil(await target.connect());
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { writer: { ...writer, pool }, reached: () => seen >= n };
}

/**
 * Every record of the trail by entity; saved instants follow from offsets here, so leaves must agree but for what is
 * salted from the random secrets of the cases, and the hashes that follow from it: each is checked against its own.
 */
async function trail(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query<{ leaf: string }>(
      'select leaf from audit_record order by entity, entity_seq, id',
    );
    const heads = new Map<string, string>();
    const leaves = found.rows.map(({ leaf }) => {
      const { entity, prev, inputsDigest, ...rest } = JSON.parse(leaf);
      if (entity !== null) {
        expect([rest.id, prev]).toEqual([rest.id, heads.get(entity) ?? null]);
        heads.set(entity, Buffer.from(leafHash(leaf)).toString('hex'));
      }
      const isSalted = rest.schema === 'mingcha.event-accepted/2';
      return { ...rest, entity, inputsDigest: isSalted ? 'salted' : inputsDigest };
    });
    const state = await client.query<{ case_id: string; head: string }>(
      `select case_id, version, audit_seq, encode(audit_head, 'hex') as head from case_state order by case_id`,
    );
    const cases = state.rows.map(({ head, ...row }) => {
      expect([row.case_id, head]).toEqual([row.case_id, heads.get(`case:${row.case_id}`)]);
      return row;
    });
    const sent = await client.query('select count(*)::int as messages from outbox');
    const kept = await client.query('select count(*)::int as events from event');
    return { leaves, cases, sent: sent.rows, kept: kept.rows };
  } finally {
    await client.end();
  }
}

/** Kills the process somewhere in the batch after the one that brings the position to `offset`. */
async function killBeyond(child: ChildProcess, admin: Client, offset: number): Promise<void> {
  for (let standing = 0; standing < offset && child.exitCode === null; ) {
    const { rows } = await admin.query('select next_offset::int as standing from stream_position');
    standing = rows[0]?.standing ?? 0;
  }
  await wait((offset * 7) % 23);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
}

describe('a step that fails half way', () => {
  it('leaves nothing, at whichever statement it fails, and can be saved afterwards', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = monitorOf(url);
      const before = await rowCounts(writer);
      let statements = 0;
      for (let n = 1; ; n += 1) {
        const spoilt = failingAt(writer, n);
        const outcome = await saveStep(spoilt.writer, fullStep(0n)).then(
          () => 'saved',
          (error: Error) => error.message,
        );
        if (!spoilt.reached()) break;
        expect({ n, outcome }).toEqual({
          n,
          outcome: expect.stringMatching(/division by zero|no_such_table/),
        });
        expect({ n, counts: await rowCounts(writer) }).toEqual({ n, counts: before });
        statements = n;
      }
      // begin, position, lock, 2 event, 3 finding, 5 alert, 2 case, quarantine, 2 reference, outbox, trail, 3 coverage, commit
      expect(statements).toBeGreaterThanOrEqual(23);
      expect((await rowCounts(writer)).event).toBe(3);
      await closeWriter(writer);
    });
  });

  it('runs again after a deadlock or a serialization failure, and writes the same', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = monitorOf(url);
      let refusals = 2;
      const pool = new Proxy(writer.pool, {
        get(target, name) {
          const value = Reflect.get(target, name) as unknown;
          if (name !== 'connect') return typeof value === 'function' ? value.bind(target) : value;
          return async () => {
            const client = await target.connect();
            if (refusals > 0) {
              refusals -= 1;
              const code = refusals === 0 ? '40001' : '40P01';
              await client.query(`set session_replication_role = origin`).catch(() => undefined);
              return new Proxy(client, {
                get(inner, key) {
                  const member = Reflect.get(inner, key) as unknown;
                  if (key !== 'query')
                    return typeof member === 'function' ? member.bind(inner) : member;
                  return (query: unknown, ...rest: unknown[]) =>
                    (inner.query as (...all: unknown[]) => unknown).call(
                      inner,
                      query === 'commit'
                        ? `do $$ begin raise exception 'refused' using errcode = '${code}'; end $$`
                        : query,
                      ...rest,
                    );
                },
              });
            }
            return client;
          };
        },
      });
      await saveStep({ ...writer, pool }, fullStep(0n));
      expect(refusals).toBe(0);
      expect(await rowCounts(writer)).toMatchObject({
        event: 3,
        audit_record: 7,
        alert_event: 1,
        outbox: 1,
      });
      await closeWriter(writer);
    });
  });
});

describe('a writer that is killed', () => {
  it('goes on from the saved position after kill -9 and ends like one that was never disturbed', async () => {
    const end = 600;
    const undisturbed = await withDatabase(STORE, async (url) => {
      await walk(url, end);
      return trail(url);
    });
    const disturbed = await withDatabase(STORE, async (url) => {
      const script = `${import.meta.dirname}/walking-process.mjs`;
      const admin = new Client({ connectionString: url });
      await admin.connect();
      for (const offset of [0, 30, 120, 210, 390]) {
        const child = spawn(process.execPath, [script, url, String(end)], { stdio: 'inherit' });
        await killBeyond(child, admin, offset);
      }
      await admin.end();
      await wait(200);
      await walk(url, end);
      return trail(url);
    });
    expect(disturbed).toEqual(undisturbed);
  });

  it('survives having its connection cut in the middle, again and again', async () => {
    const end = 400;
    const undisturbed = await withDatabase(STORE, async (url) => {
      await walk(url, end);
      return trail(url);
    });
    const cut = await withDatabase(STORE, async (url) => {
      const admin = new Client({ connectionString: url });
      await admin.connect();
      let running = true;
      const cutting = (async () => {
        while (running) {
          await wait(60);
          await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and application_name = 'mingcha'`);
        }
      })();
      let cuts = 0;
      for (let done = false; !done; ) {
        done = await walk(url, end).then(
          () => true,
          () => false,
        );
        if (!done) cuts += 1;
        if (cuts >= 8) running = false;
      }
      running = false;
      await cutting;
      await admin.end();
      expect(cuts).toBeGreaterThan(0);
      return trail(url);
    });
    expect(cut).toEqual(undisturbed);
  });
});
