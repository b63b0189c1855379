import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Pool, type PoolClient } from 'pg';
import {
  NumbersBehindError,
  rebuildWatermark,
  TreeInUseError,
} from '#store/audit-tree/rebuild-watermark.js';
import {
  dropTreeLock,
  firstWaiting,
  sequenceBatch,
  takeTreeLock,
} from '#store/audit-tree/sequencing.js';
import { ForeignWatermarkError, openTree } from '#store/audit-tree/tree-state.js';
import { waitingRecords } from '#store/judge/unlogged-records.js';
import { closeWriter } from '#store/writer.js';
import { createDatabase, withDatabase } from '#test/env/database.js';
import { STORE } from '#test/store/sample-step.js';
import { commitRecords, compare, withAdmin, writeRecords, writerAt } from './records.js';

async function asSequencer<T>(url: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString: url, max: 2, options: '-c role=mingcha_sequencer' });
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release(true);
    await pool.end();
  }
}

/** Gives every record its place; waits where a transaction anywhere on the shared server holds records back. */
async function drain(client: PoolClient): Promise<number> {
  let tree = await openTree(client);
  for (;;) {
    const batch = await sequenceBatch(client, tree, 100);
    tree = batch.tree;
    if (batch.isFull) continue;
    if ((await firstWaiting(client, tree)) === null) return tree.state.size;
    await wait(20);
  }
}

const TABLES = ['audit_record', 'audit_leaf', 'audit_tile', 'audit_tree'];

/** Copies rows as pg_dump and pg_restore do, xids of the other server included, and sets the sequence on. */
async function restoreInto(from: string, to: string, raisedBy: string): Promise<void> {
  await withAdmin(from, (source) =>
    withAdmin(to, async (target) => {
      await target.query('begin');
      await target.query("select ensure_month('audit_record', '2025-03-05')");
      const { rows: tables } = await target.query<{ name: string }>(
        "select relname as name from pg_class where relkind in ('r', 'p') and relname like 'audit\\_%'",
      );
      for (const { name } of tables) await target.query(`alter table ${name} disable trigger all`);
      await target.query('delete from audit_tree');
      for (const table of TABLES) {
        const { rows } = await source.query(`select row_to_json(t)::text as row from ${table} t`);
        for (const { row } of rows)
          await target.query(
            `insert into ${table} select * from json_populate_record(null::${table}, $1)`,
            [row],
          );
      }
      for (const [table, column] of [
        ['audit_record', 'xid'],
        ['audit_leaf', 'xid'],
        ['audit_tree', 'watermark_xid'],
      ])
        await target.query(
          `update ${table} set ${column} = ((${column}::text)::numeric + ${raisedBy})::text::xid8 where ${column} <> '0'`,
        );
      for (const { name } of tables) await target.query(`alter table ${name} enable trigger all`);
      const { rows } = await source.query<{ last: string }>(
        'select last_value as last from audit_record_no',
      );
      await target.query("select setval('audit_record_no', $1)", [rows[0]?.last]);
      await target.query('commit');
    }),
  );
}

describe('after a restore into another server', () => {
  it('refuses to sequence, and after rebuilding has every record once, whatever was written meanwhile', async () => {
    const before = await createDatabase(STORE);
    const writer = await writerAt(before.url);
    await commitRecords(writer, 'sequenced', 700);
    await asSequencer(before.url, drain);
    await commitRecords(writer, 'not-sequenced', 30);
    await closeWriter(writer);
    await withDatabase(STORE, async (url) => {
      await restoreInto(before.url, url, '1000000000000');
      await expect(asSequencer(url, drain)).rejects.toThrow(ForeignWatermarkError);
      await expect(asSequencer(url, drain)).rejects.toThrow(/mingcha admin rebuild-watermark/);
      const after = await writerAt(url);
      await commitRecords(after, 'after-the-restore', 5);
      const open = await after.pool.connect();
      await open.query('begin');
      await writeRecords(open, ['open-during-the-rebuild']);
      const rebuilt = await asSequencer(url, rebuildWatermark);
      expect(rebuilt).toEqual({ sequenced: 35, size: 735, withoutRecord: 0 });
      await open.query('commit');
      open.release();
      await commitRecords(after, 'later', 8);
      expect(await asSequencer(url, drain)).toBe(744);
      // Old records bear transactions far above this server's, and wait for nothing.
      expect(
        await asSequencer(url, async (one) => firstWaiting(one, await openTree(one))),
      ).toBeNull();
      const pool = new Pool({ connectionString: url, max: 1 });
      expect(await waitingRecords(pool)).toEqual({ count: 0, oldest: null });
      await pool.end();
      expect(await withAdmin(url, compare)).toEqual({
        records: 744,
        leaves: 744,
        wrong: 0,
        gaps: 0,
      });
      expect(await asSequencer(url, rebuildWatermark)).toEqual({
        sequenced: 0,
        size: 744,
        withoutRecord: 0,
      });
      await commitRecords(after, 'again', 2);
      expect(await asSequencer(url, drain)).toBe(746);
      await closeWriter(after);
    });
    await before.drop();
  });

  it('does not rebuild where new records would get numbers of old ones, and says what to do', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = await writerAt(url);
      await commitRecords(writer, 'a', 3);
      await closeWriter(writer);
      await withAdmin(url, (admin) => admin.query("select setval('audit_record_no', 1)"));
      await expect(asSequencer(url, rebuildWatermark)).rejects.toThrow(NumbersBehindError);
      await withAdmin(url, (admin) =>
        admin.query("select setval('audit_record_no', (select max(record_no) from audit_record))"),
      );
      expect(await asSequencer(url, rebuildWatermark)).toMatchObject({ sequenced: 3, size: 3 });
    });
  });

  it('passes over no record whose number has a leaf of another transaction', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = await writerAt(url);
      await commitRecords(writer, 'a', 3);
      await asSequencer(url, drain);
      await asSequencer(url, rebuildWatermark);
      await withAdmin(url, (admin) => admin.query("select setval('audit_record_no', 1, false)"));
      const again = await writerAt(url);
      await commitRecords(again, 'b', 1);
      // A loud refusal, not a record without a leaf.
      await expect(asSequencer(url, drain)).rejects.toMatchObject({ code: '23505' });
      await closeWriter(writer);
      await closeWriter(again);
    });
  });

  it('finds by the cluster what its transaction numbers would not show', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = await writerAt(url);
      await commitRecords(writer, 'a', 3);
      await asSequencer(url, drain);
      await withAdmin(url, (admin) =>
        admin.query('update audit_tree set cluster_id = cluster_id + 1'),
      );
      await expect(asSequencer(url, drain)).rejects.toThrow(/was set in cluster/);
      await closeWriter(writer);
    });
  });

  it('does not rebuild while a sequencer is at work', async () => {
    await withDatabase(STORE, (url) =>
      asSequencer(url, async (one) => {
        await takeTreeLock(one);
        await expect(asSequencer(url, rebuildWatermark)).rejects.toThrow(TreeInUseError);
        await dropTreeLock(one);
      }),
    );
  });
});
