import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { LeafValue } from '#core/audit/audit-record.js';
import { ExportError } from '../request/export-error.js';

/** What is read of a record's leaf; instants as it writes them. */
export interface LeafRecord {
  readonly id: string;
  readonly time: string;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly schema: string;
  readonly entity: string | null;
  readonly entitySeq: number | null;
  readonly prev: string | null;
  readonly ruleVersion: string | null;
  readonly inputsDigest: string | null;
  readonly fields: { readonly [key: string]: LeafValue };
}

/** One record of the trail with its place in the tree. */
export interface GatheredRecord {
  readonly leafIndex: number;
  /** The text that was hashed. */
  readonly leaf: string;
  /** Hex leaf hash. */
  readonly hash: string;
  readonly record: LeafRecord;
}

interface Row {
  readonly leaf_index: string;
  readonly leaf: string;
  readonly hash: string;
}

const LEAVES = `
  select l.leaf_index, r.leaf, encode(l.leaf_hash, 'hex') as hash
  from audit_record r join audit_leaf l on l.record_no = r.record_no`;

function gathered(row: Row): GatheredRecord {
  const record = JSON.parse(row.leaf) as LeafRecord;
  const hash = createHash('sha256').update(`\u0000${row.leaf}`).digest('hex');
  // A bundle made of what was edited would only be refused later, by somebody who cannot tell why.
  if (hash !== row.hash)
    throw new ExportError('broken-trail', { entity: record.entity ?? record.object });
  return { leafIndex: Number(row.leaf_index), leaf: row.leaf, hash, record };
}

/**
 * The chains of entities as they were in the tree of `size`, each in order. Throws ExportError where a record is missing
 * from a chain, does not follow the one before, or is not what its leaf hash says.
 */
export async function readChains(
  pool: Pool,
  entities: readonly string[],
  size: number,
): Promise<Map<string, GatheredRecord[]>> {
  const { rows } = await pool.query<Row>(
    `${LEAVES} where r.entity = any($1) and l.leaf_index < $2 order by r.entity, r.entity_seq`,
    [entities, size],
  );
  const chains = new Map<string, GatheredRecord[]>();
  for (const one of rows.map(gathered)) {
    const entity = one.record.entity as string;
    const chain = chains.get(entity) ?? [];
    chains.set(entity, chain);
    const before = chain.at(-1);
    if (
      one.record.entitySeq !== chain.length + 1 ||
      one.record.prev !== (before === undefined ? null : before.hash)
    )
      throw new ExportError('broken-trail', { entity });
    chain.push(one);
  }
  return chains;
}

/** Records below `size` that are about these objects and belong to no chain, in the order of the tree. */
export async function readAlone(
  pool: Pool,
  objects: readonly string[],
  size: number,
): Promise<GatheredRecord[]> {
  if (objects.length === 0) return [];
  const { rows } = await pool.query<Row>(
    `${LEAVES} where r.entity is null and r.object = any($1) and l.leaf_index < $2 order by l.leaf_index`,
    [objects, size],
  );
  return rows.map(gathered);
}

/** Records of single events in the chains of their cases, in the order of the tree. */
export async function readOfObjects(
  pool: Pool,
  places: readonly { readonly entity: string; readonly object: string }[],
  size: number,
): Promise<GatheredRecord[]> {
  if (places.length === 0) return [];
  const { rows } = await pool.query<Row>(
    `${LEAVES} join unnest($1::text[], $2::text[]) as w (entity, object) on r.entity = w.entity and r.object = w.object
     where l.leaf_index < $3 order by l.leaf_index`,
    [places.map(({ entity }) => entity), places.map(({ object }) => object), size],
  );
  return rows.map(gathered);
}

/** Records below `size` of that action in the chains of these entities, in the order of the tree. */
export async function readOfAction(
  pool: Pool,
  { action, entities }: { readonly action: string; readonly entities: readonly string[] },
  size: number,
): Promise<GatheredRecord[]> {
  if (entities.length === 0) return [];
  const { rows } = await pool.query<Row>(
    `${LEAVES} where r.entity = any($1) and r.action = $2 and l.leaf_index < $3 order by l.leaf_index`,
    [entities, action, size],
  );
  return rows.map(gathered);
}

/** The record at one place of the tree. */
export async function readAt(pool: Pool, leafIndex: number): Promise<GatheredRecord> {
  const { rows } = await pool.query<Row>(`${LEAVES} where l.leaf_index = $1`, [leafIndex]);
  const row = rows[0];
  if (row === undefined) throw new ExportError('broken-trail', { entity: `leaf ${leafIndex}` });
  return gathered(row);
}
