import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { firstWaiting, sequenceBatch } from '#store/audit-tree/sequencing.js';
import { type OpenTree, openTree } from '#store/audit-tree/tree-state.js';

/** Gives every record its place. A transaction of another test's database may hold records back for a moment. */
export async function sequenceAll(client: PoolClient): Promise<OpenTree> {
  for (const giveUpAt = Date.now() + 30_000; ; ) {
    const { tree } = await sequenceBatch(client, await openTree(client), 5_000);
    if ((await firstWaiting(client, tree)) === null) return tree;
    if (Date.now() > giveUpAt) throw new Error('records wait for their place too long');
    await sleep(20);
  }
}
