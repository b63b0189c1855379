import { describe, expect, it } from '@jest/globals';
import { commitIndex } from '#store/audit-tree/commit-index.js';
import { inTransaction, sequenceBatch } from '#store/audit-tree/sequencing.js';
import { openTree } from '#store/audit-tree/tree-state.js';
import { closeWriter, openWriter } from '#store/writer.js';
import { withDatabase } from '#test/env/database.js';
import { STORE } from '#test/store/sample-step.js';
import { AT, commitRecords, writerAt } from './records.js';

describe('a commitment of the index', () => {
  it('stands only where nothing but its own record has taken a place since', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = await writerAt(url);
      const sequencer = openWriter({ url, role: 'mingcha_sequencer', masterKey: null });
      const client = await sequencer.pool.connect();
      const place = async (limit: number) =>
        (await sequenceBatch(client, await openTree(client), limit)).tree.state.size;
      const commit = (size: number) =>
        inTransaction(client, () =>
          commitIndex(client, {
            ...{ size, evenWithGaps: false, at: AT, actor: 'test', tenant: 'main' },
          }),
        );
      try {
        await commitRecords(writer, 'before', 2);
        expect(await place(100)).toBe(2);
        // It takes its place before the commitment's own record.
        await commitRecords(writer, 'between', 1);
        expect(await commit(2)).toMatchObject({ kind: 'committed', commitment: { size: 2 } });
        expect(await commit(2)).toEqual({ kind: 'unchanged', size: 2 });
        expect(await place(1)).toBe(3);
        expect(await commit(3)).toMatchObject({ kind: 'committed', commitment: { size: 3 } });
        expect(await commit(3)).toEqual({ kind: 'unchanged', size: 3 });
      } finally {
        client.release(true);
        await closeWriter(sequencer);
        await closeWriter(writer);
      }
    });
  });
});
