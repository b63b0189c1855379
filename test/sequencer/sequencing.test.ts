import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Client, Pool, type PoolClient } from 'pg';
import { verifyConsistency, verifyInclusion } from '#core/audit/tree/proof.js';
import { StaleTreeError } from '#store/audit-tree/append-leaves.js';
import { nativeSha256 } from '#store/audit-tree/native-sha256.js';
import { firstWaiting, sequenceBatch, takeTreeLock } from '#store/audit-tree/sequencing.js';
import { readConsistency, readInclusion } from '#store/audit-tree/tiles.js';
import { type OpenTree, openTree } from '#store/audit-tree/tree-state.js';
import { closeWriter } from '#store/writer.js';
import { createDatabase, withDatabase } from '#test/env/database.js';
import { STORE } from '#test/store/sample-step.js';
import {
  commitRecords,
  compare,
  killWriters,
  withAdmin,
  writeRecords,
  writerAt,
  writeUntil,
} from './records.js';

async function asSequencer<T>(url: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const pool = new Pool({
    connectionString: url,
    max: 1,
    options: '-c role=mingcha_sequencer',
    application_name: 'test-sequencer',
  });
  pool.on('error', () => undefined);
  // At once: the server may end a connection with the packet that opens it.
  pool.on('connect', (made) => made.on('error', () => undefined));
  let client: PoolClient | null = null;
  let broken = true;
  try {
    client = await pool.connect();
    const result = await work(client);
    broken = false;
    return result;
  } finally {
    client?.release(broken);
    await pool.end();
  }
}

/** Batches until nothing more comes. */
async function drain(client: PoolClient, tree: OpenTree, limit = 1_000): Promise<OpenTree> {
  for (;;) {
    const batch = await sequenceBatch(client, tree, limit);
    tree = batch.tree;
    if (!batch.isFull) return tree;
  }
}

/** drain, again and again where a transaction anywhere on the shared server holds records back. */
async function drainAll(client: PoolClient, tree: OpenTree, limit?: number): Promise<OpenTree> {
  for (;;) {
    const grown = await drain(client, tree, limit);
    if ((await firstWaiting(client, grown)) === null) return grown;
    tree = grown;
    await wait(20);
  }
}

/** Until no transaction anywhere on the shared server holds back a record that is there. */
async function untilNoneWaits(client: PoolClient): Promise<void> {
  const waiting =
    'select 1 from audit_record where xid >= pg_snapshot_xmin(pg_current_snapshot()) limit 1';
  while ((await client.query(waiting)).rowCount !== 0) await wait(20);
}

/** RFC 6962 2.1 written down as it stands there, over all leaves. */
async function rootByDefinition(admin: Client): Promise<Buffer> {
  const { rows } = await admin.query<{ hash: Buffer }>(
    'select leaf_hash as hash from audit_leaf order by leaf_index',
  );
  const hashOf = (leaves: Buffer[]): Buffer => {
    if (leaves.length === 1) return leaves[0] as Buffer;
    let k = 1;
    while (k * 2 < leaves.length) k *= 2;
    return Buffer.from(
      nativeSha256(
        Buffer.concat([Buffer.of(1), hashOf(leaves.slice(0, k)), hashOf(leaves.slice(k))]),
      ),
    );
  };
  return hashOf(rows.map(({ hash }) => hash));
}

describe('sequencing', () => {
  it('gives every record one place under 8 writers, killed transactions, killed sequencers and long transactions', async () => {
    const database = await createDatabase(STORE);
    const { url } = database;
    const writer = await writerAt(url);
    const writing = new AbortController();
    const writers = Array.from({ length: 8 }, (_, index) =>
      writeUntil(url, `w${index}`, writing.signal),
    );
    const long = (async () => {
      for (let number = 0; !writing.signal.aborted; number += 1) {
        const client = await writer.pool.connect();
        await client.query('begin');
        await writeRecords(client, [`long-${number}`]);
        await wait(700);
        await client.query('commit');
        client.release();
      }
    })();
    const sequencing = new AbortController();
    let restarts = 0;
    let refused = 0;
    // Two at a time and without the lock, so that they meet; each is ended by the server again and again.
    const sequencers = [1, 2].map(async () => {
      while (!sequencing.signal.aborted)
        await asSequencer(url, async (client) => {
          let tree = await openTree(client);
          for (;;) {
            const batch = await sequenceBatch(client, tree, randomInt(5, 200));
            tree = batch.tree;
            if (sequencing.signal.aborted) return;
            if (!batch.isFull) await wait(randomInt(20));
          }
        }).catch((error: unknown) => {
          restarts += 1;
          if (error instanceof StaleTreeError || (error as { code?: string }).code === '23505')
            refused += 1;
        });
    });
    await withAdmin(url, async (admin) => {
      const killing = killWriters(admin, writing.signal);
      const ending = (async () => {
        while (!sequencing.signal.aborted) {
          await wait(randomInt(100, 400));
          await admin.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where application_name = 'test-sequencer' and datname = current_database() order by random() limit 1`,
          );
        }
      })();
      // Until all of it has happened, however slow the machine is.
      await wait(process.env.MINGCHA_LONG === 'true' ? 60_000 : 8_000);
      const counted = async () =>
        (await admin.query<{ n: number }>('select count(*)::int as n from audit_record')).rows[0]
          ?.n ?? 0;
      const giveUpAt = Date.now() + 60_000;
      while (
        (restarts <= 5 || refused === 0 || (await counted()) <= 1_000) &&
        Date.now() < giveUpAt
      )
        await wait(500);
      writing.abort();
      await Promise.all([...writers, long]);
      sequencing.abort();
      await Promise.all([...sequencers, ending]);
      expect(await killing).toBeGreaterThan(3);
      expect(restarts).toBeGreaterThan(5);
      expect(refused).toBeGreaterThan(0);
      const tree = await asSequencer(url, async (client) =>
        drainAll(client, await openTree(client)),
      );
      const found = await compare(admin);
      expect(found).toEqual({
        records: tree.state.size,
        leaves: tree.state.size,
        wrong: 0,
        gaps: 0,
      });
      expect(found.records).toBeGreaterThan(1_000);
      expect(tree.state.root).toEqual(await rootByDefinition(admin));
    });
    await closeWriter(writer);
    await database.drop();
  });

  it('keeps the order of transactions, however often it is done again', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = await writerAt(url);
      for (let number = 0; number < 30; number += 1) await commitRecords(writer, `t${number}`, 7);
      const order = async (limit: number) =>
        withAdmin(url, async (admin) => {
          await asSequencer(url, async (client) => drainAll(client, await openTree(client), limit));
          const { rows } = await admin.query(
            'select record_no, leaf_index from audit_leaf order by leaf_index',
          );
          const { rows: wanted } = await admin.query(
            'select record_no from audit_record order by xid, record_no',
          );
          expect(rows.map((row) => row.record_no)).toEqual(wanted.map((row) => row.record_no));
          await admin.query(
            'alter table audit_leaf disable trigger all; delete from audit_leaf; alter table audit_leaf enable trigger all',
          );
          await admin.query(
            'alter table audit_tile disable trigger all; delete from audit_tile; alter table audit_tile enable trigger all',
          );
          const root = (await admin.query('select root from audit_tree')).rows[0].root as Buffer;
          await admin.query(
            "alter table audit_tree disable trigger all; update audit_tree set size = 0, root = sha256(''), watermark_xid = '0', watermark_no = 0; alter table audit_tree enable trigger all",
          );
          return root;
        });
      const first = await order(1_000);
      expect(await order(1)).toEqual(first);
      expect(await order(13)).toEqual(first);
      await closeWriter(writer);
    });
  });

  it('waits for an older transaction and loses nothing that commits late', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = await writerAt(url);
      const late = await writer.pool.connect();
      await late.query('begin');
      await writeRecords(late, ['late']);
      await commitRecords(writer, 'early', 5);
      await asSequencer(url, async (client) => {
        let tree = await openTree(client);
        tree = await drain(client, tree);
        expect(tree.state.size).toBe(0);
        expect(await firstWaiting(client, tree)).not.toBeNull();
        await late.query('commit');
        tree = await drainAll(client, tree);
        expect(tree.state.size).toBe(6);
        expect(await firstWaiting(client, tree)).toBeNull();
      });
      late.release();
      const found = await withAdmin(url, compare);
      expect(found).toEqual({ records: 6, leaves: 6, wrong: 0, gaps: 0 });
      await closeWriter(writer);
    });
  });

  it('gives the right to one process at a time', async () => {
    await withDatabase(STORE, (url) =>
      asSequencer(url, (one) =>
        asSequencer(url, async (other) => {
          expect(await takeTreeLock(one)).toBe(true);
          expect(await takeTreeLock(other)).toBe(false);
        }),
      ),
    );
  });

  it('refuses the second of two batches from one state, and saves nothing of it', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = await writerAt(url);
      await commitRecords(writer, 'a', 3);
      await asSequencer(url, async (client) => {
        await untilNoneWaits(client);
        const tree = await openTree(client);
        await sequenceBatch(client, tree, 2);
        await expect(sequenceBatch(client, tree, 2)).rejects.toThrow();
        expect((await openTree(client)).state.size).toBe(2);
      });
      await closeWriter(writer);
    });
  });

  it('stores tiles that prove inclusion and consistency at every size', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = await writerAt(url);
      await commitRecords(writer, 'many', 70_000);
      await asSequencer(url, async (client) => {
        await untilNoneWaits(client);
        let tree = await openTree(client);
        const roots = new Map<number, Buffer>();
        for (const limit of [1, 2, 5, 248, 300, 65_000, 4_000]) {
          tree = (await sequenceBatch(client, tree, limit)).tree;
          roots.set(tree.state.size, tree.state.root);
        }
        const { size, root } = tree.state;
        expect(size).toBe(69_556);
        for (const [size1, root1] of roots) {
          const proof = await readConsistency(client, size1, size);
          expect(verifyConsistency({ size1, size2: size, root1, root2: root, proof })).toEqual({
            ok: true,
          });
        }
        for (const index of [0, 1, 255, 256, 65_535, 65_536, size - 1]) {
          const proof = await readInclusion(client, index, size);
          const { rows } = await client.query(
            'select leaf_hash from audit_leaf where leaf_index = $1',
            [index],
          );
          const leafHash = rows[0].leaf_hash as Buffer;
          expect(verifyInclusion({ index, size, leafHash, proof, root })).toEqual({ ok: true });
        }
        expect((await openTree(client)).edge.tree).toEqual(tree.edge.tree);
      });
      await closeWriter(writer);
    });
  });
});
