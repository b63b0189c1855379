import type { PoolClient } from 'pg';
import { commitmentRecord, type IndexCommitment } from '#core/audit/entity/entity-index.js';
import { EMPTY_TREE, growTree, rootOf } from '#core/audit/tree/hash-tree.js';
import type { Instant } from '#core/event/event.js';
import { AuditTrail } from '../audit-trail.js';
import { nativeSha256 } from './native-sha256.js';
import { readBucketHashes } from './read-index.js';

/** Leaves that one commitment may have to look through; reading 250,000 takes a second or two. */
const LONGEST_MS = 600_000;

export type IndexOutcome =
  | { readonly kind: 'committed'; readonly commitment: IndexCommitment }
  /** Nothing but the last commitment's own record has been added since: that one still says everything. */
  | { readonly kind: 'unchanged'; readonly size: number }
  /** Records of an entity stand in the tree before an earlier one of it: wait for a later size. */
  | { readonly kind: 'gap'; readonly entities: readonly string[] };

export interface IndexToCommit {
  /** A committed size of the tree; heads are those as of this size. */
  readonly size: number;
  /** Commits although there are gaps: heads are the highest numbers then, and whoever is shown the chain sees the gap. */
  readonly evenWithGaps: boolean;
  readonly at: Instant;
  readonly actor: string;
  readonly tenant: string;
}

/**
 * Heads of the entities that have leaves in the new part of the tree. Transactions are sequenced by their numbers, which
 * they get before they wait for an entity's row: a record can stand before its predecessor, and while an older
 * transaction is open the predecessor may not be there at all. Then numbers have a gap.
 */
const CHANGED = `
create temporary table changed_head on commit drop as
select x.entity, x.entity_hash, get_byte(x.entity_hash, 0) * 256 + get_byte(x.entity_hash, 1) as bucket,
  x.first_seq, x.last_seq, x.records, x.head,
  coalesce((select h.entity_seq from audit_entity_head h
    where h.bucket = get_byte(x.entity_hash, 0) * 256 + get_byte(x.entity_hash, 1) and h.entity_hash = x.entity_hash
    order by h.index_size desc limit 1), 0) as before_seq
from (
  select r.entity, sha256(convert_to(r.entity, 'UTF8')) as entity_hash, min(r.entity_seq) as first_seq,
    max(r.entity_seq) as last_seq, count(*) as records,
    (array_agg(l.leaf_hash order by r.entity_seq desc))[1] as head
  from audit_leaf l
  join audit_record r on r."time" = l.record_time and r.xid = l.xid and r.record_no = l.record_no
  where l.leaf_index >= $1 and l.leaf_index < $2 and r.entity is not null
  group by r.entity) x`;

const HASHED = `
insert into audit_index_bucket (bucket, index_size, leaf_hash)
select x.bucket, $1, sha256('\\x00'::bytea ||
  string_agg(x.entity_hash || int8send(x.entity_seq) || x.head, ''::bytea order by x.entity_hash))
from (
  select distinct on (h.bucket, h.entity_hash) h.bucket, h.entity_hash, h.entity_seq, h.head
  from audit_entity_head h
  where h.bucket in (select c.bucket from changed_head c)
  order by h.bucket, h.entity_hash, h.index_size desc) x
group by x.bucket`;

/**
 * Commits to the heads of all entities as of a size of the tree (see entity-index of core), in the transaction that the caller
 * has opened: rows of the index, and the record `index.committed` whose leaf makes it binding. A crash leaves nothing.
 * The month of `at` has to be there (ensure_month). Sequencing may go on meanwhile.
 */
export async function commitIndex(client: PoolClient, asked: IndexToCommit): Promise<IndexOutcome> {
  const { size, evenWithGaps } = asked;
  await client.query(`set local statement_timeout = ${LONGEST_MS}`);
  for (const plan of ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'])
    await client.query(`set local ${plan} = on`);
  const last = await client.query<{ size: string; entities: string; recordNo: string }>(
    'select size, entities, record_no as "recordNo" from audit_index order by size desc limit 1',
  );
  const from = Number(last.rows[0]?.size ?? 0);
  const known = Number(last.rows[0]?.entities ?? 0);
  const [committed] = last.rows;
  if (committed !== undefined && !(await hasOthers(client, [from, size, committed.recordNo])))
    return { kind: 'unchanged', size: from };
  await client.query(CHANGED, [from, size]);
  const gaps = await client.query<{ entity: string }>(
    `select entity from changed_head where first_seq <> before_seq + 1 or last_seq - first_seq + 1 <> records
     order by entity limit 5`,
  );
  if (gaps.rows.length > 0 && !evenWithGaps)
    return { kind: 'gap', entities: gaps.rows.map(({ entity }) => entity) };
  const added = await client.query<{ fresh: number }>(
    `with added as (
       insert into audit_entity_head (bucket, entity_hash, index_size, entity_seq, head)
       select bucket, entity_hash, $1, last_seq, head from changed_head where last_seq > before_seq returning 1)
     select (select count(*)::int from changed_head where before_seq = 0) as fresh, count(*) from added`,
    [size],
  );
  await client.query(HASHED, [size]);
  const root = rootOf(
    growTree(EMPTY_TREE, await readBucketHashes(client, size), nativeSha256),
    nativeSha256,
  );
  const commitment = { size, entities: known + (added.rows[0]?.fresh ?? 0), root };
  await record(client, commitment, asked);
  return { kind: 'committed', commitment };
}

/**
 * Whether a record other than a commitment's own has a place from `from` on and before `size`. That record need not be the next
 * one: what was saved before it comes first.
 */
async function hasOthers(
  client: PoolClient,
  [from, size, ownNo]: readonly [from: number, size: number, ownNo: string],
): Promise<boolean> {
  // At most two leaves are looked at.
  const { rows } = await client.query<{ others: boolean }>(
    `select exists (select from audit_leaf where leaf_index >= $1 and leaf_index < $2 and record_no <> $3) as others`,
    [from, size, ownNo],
  );
  return rows[0]?.others === true;
}

async function record(
  client: PoolClient,
  commitment: IndexCommitment,
  asked: IndexToCommit,
): Promise<void> {
  const { at: time, actor, tenant } = asked;
  const trail = new AuditTrail({ time, actor, tenant, traceId: null });
  const deed = commitmentRecord(commitment);
  trail.appendAlone(deed.object, { ...deed, ruleVersion: null, inputsDigest: null }, null);
  await trail.write(client);
  await client.query(
    `insert into audit_index (size, entities, root, record_no, committed_at)
     select $1, $2, $3, r.record_no, clock_timestamp() from audit_record r where r.xid = pg_current_xact_id()`,
    [commitment.size, commitment.entities, Buffer.from(commitment.root)],
  );
}
