import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { JsonValue } from '#core/audit/canonical-json.js';
import type { Gathered } from '../gather/gather.js';
import { proofsOf } from '../gather/prove.js';
import type { PayloadFiles } from './payload-files.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Records as they were hashed, their proofs, the chains that they stand in, and the checkpoints that the proofs lead to. */
export async function addRecords(
  pool: Pool,
  files: PayloadFiles,
  gathered: Gathered,
): Promise<void> {
  const { chains, loose, pin, index } = gathered;
  const records = [...[...chains.values()].flat(), ...loose].sort(
    (a, b) => a.leafIndex - b.leafIndex,
  );
  for (const { leafIndex, leaf } of records) files.text(`records/${leafIndex}.json`, leaf);
  for await (const [leafIndex, proof] of proofsOf(pool, records, pin))
    files.text(`proofs/${leafIndex}.tlog-proof`, proof);
  files.json(
    'loose.json',
    loose.map(({ leafIndex }) => leafIndex),
  );
  for await (const [entity, proof] of index.proofsOf(chains)) {
    const chain = chains.get(entity) ?? [];
    files.json(`entity/${sha256(entity)}.json`, {
      entity,
      count: chain.length,
      records: chain.map(({ leafIndex }) => leafIndex),
      index: proof as unknown as JsonValue,
    });
  }
  files.text(`checkpoints/${pin.treeSize}.txt`, pin.note);
  for (const { size, note, consistency } of gathered.checkpoints) {
    files.text(`checkpoints/${size}.txt`, note);
    files.text(`consistency/${size}-${pin.treeSize}.txt`, consistency);
  }
}

/** The request's own records, with their proofs: who asked, who approved. What happens to the bundle later is in the trail. */
export async function addCustody(
  pool: Pool,
  files: PayloadFiles,
  { request, custody, pin }: Gathered,
): Promise<void> {
  const proofs = new Map<number, string>();
  for await (const [leafIndex, proof] of proofsOf(pool, custody, pin)) proofs.set(leafIndex, proof);
  files.json('custody.json', {
    entity: `export:${request.requestNo}`,
    records: custody.map(({ leafIndex, leaf }) => ({
      leafIndex,
      leaf,
      proof: proofs.get(leafIndex) as string,
    })),
  });
}
