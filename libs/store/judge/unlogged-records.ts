import type { Pool } from 'pg';
import { withPatientClient } from './auditor-pool.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';

/** Records named; of more the number is told. */
const MOST_NAMED = 1_000;

/** Records that have no leaf yet and will get one. */
export interface WaitingRecords {
  readonly count: number;
  /** Time of the oldest, ms since 1970; null where none waits. */
  readonly oldest: number | null;
}

interface Row {
  readonly id: string;
  readonly recordNo: string;
  readonly xid: string;
  readonly total: string;
}

/**
 * Records and leaves of one snapshot, compared from the side of the records. One whose number has a leaf under another
 * transaction or time was changed after it got its place; it has no leaf of its own.
 */
const WITHOUT_LEAF = `
  from audit_record r
  where not exists (
    select from audit_leaf l
    where l.record_no = r.record_no and l.xid = r.xid and l.record_time = r."time")`;

/**
 * Transaction of the last leaf of this server: batches are taken in the order of transactions, so a record of an earlier one
 * had its turn, whatever the watermark says. Leaves up to the floor may be of before a restore, with transactions
 * that another server counted.
 */
const LAST_XID = `(select l.xid from audit_leaf l
  where l.record_no > (select t.floor_no from audit_tree t) order by l.leaf_index desc limit 1)`;

/**
 * The sequencer takes what lies beyond its watermark once its transaction has ended; what lies before it or before the last
 * leaf, or belongs to a transaction that the server has not begun, it never takes.
 */
const IS_WAITING = `(r.xid, r.record_no) > (
    (select t.watermark_xid from audit_tree t), (select t.watermark_no from audit_tree t))
  and r.xid >= coalesce(${LAST_XID}, '0'::xid8)
  and r.xid < pg_snapshot_xmax(pg_current_snapshot())`;

/** Names records that have no leaf and never will, and counts those that wait for theirs. */
export async function judgeUnlogged(
  pool: Pool,
  onFinding: (finding: TrailFinding) => void,
): Promise<WaitingRecords> {
  return withPatientClient(pool, async (client) => {
    // All of both tables is compared: hashes of whole tables are quicker than an index for each row.
    await client.query('begin isolation level repeatable read read only');
    for (const setting of ['enable_hashjoin', 'enable_seqscan', 'enable_sort'])
      await client.query(`set local ${setting} = on`);
    await client.query("set local work_mem = '64MB'");
    const { rows } = await client.query<Row>(
      `select r.id, r.record_no as "recordNo", r.xid::text as xid, count(*) over () as total
       ${WITHOUT_LEAF} and not (${IS_WAITING}) order by r.record_no limit ${MOST_NAMED}`,
    );
    const waiting = await client.query<{ count: string; oldest: Date | null }>(
      `select count(*) as count, min(r."time") as oldest ${WITHOUT_LEAF} and ${IS_WAITING}`,
    );
    await client.query('commit');
    for (const { id, recordNo, xid } of rows)
      onFinding(
        trailFinding({
          kind: 'hidden',
          id,
          recordNo,
          what: `xid ${xid}`,
          where: 'audit_record',
        }),
      );
    const left = Number(rows[0]?.total ?? 0) - rows.length;
    if (left > 0)
      onFinding(
        trailFinding({
          kind: 'hidden',
          count: left,
          what: 'further records',
          where: 'audit_record',
        }),
      );
    const [counted] = waiting.rows;
    return { count: Number(counted?.count ?? 0), oldest: counted?.oldest?.getTime() ?? null };
  });
}

/** Records beyond the watermark, by their index: quick enough to be asked all the time. */
export async function waitingRecords(pool: Pool): Promise<WaitingRecords> {
  const { rows } = await pool.query<{ count: string; oldest: Date | null }>(
    `select count(*) as count, min(r."time") as oldest from audit_record r
     where (r.xid, r.record_no) > (
         (select t.watermark_xid from audit_tree t), (select t.watermark_no from audit_tree t))
       and r.xid < pg_snapshot_xmax(pg_current_snapshot())
       and (select count(*) from audit_leaf l where l.record_no = r.record_no) = 0`,
  );
  const [counted] = rows;
  return { count: Number(counted?.count ?? 0), oldest: counted?.oldest?.getTime() ?? null };
}

/** Histories that may hold no row without its record, with the entity under which it is recorded. */
const HISTORIES = [
  [
    'finding_change',
    "'case:' || h.case_id",
    "'finding:' || h.finding_id",
    'h.finding_id',
    'change_no',
  ],
  ['alert_event', "'alert:' || h.alert_id", "'alert:' || h.alert_id", 'h.alert_id', 'event_no'],
] as const;

/**
 * Rows of histories that were saved without their record: what the deferred constraints refuse, found where somebody
 * switched them off. Reads one row of the trail per row of history. Records of months that were archived and dropped are
 * not here to be found; any other month, whether it has a partition or not, excuses nothing.
 */
export async function judgeUnrecorded(
  pool: Pool,
  dropped: ReadonlySet<string>,
  onFinding: (finding: TrailFinding) => void,
): Promise<void> {
  for (const [table, entity, object, id, number] of HISTORIES) {
    const { rows } = await withPatientClient(pool, (client) =>
      client.query<{ id: string; total: string }>(
        `select ${id} || '#' || h.${number} as id, count(*) over () as total from ${table} h
       where (select count(*) from audit_record r
         where r.entity = ${entity} and r.entity_seq = h.entity_seq
           and r.object = ${object} and r."time" = h.saved_at) = 0
         and to_char(h.saved_at at time zone 'utc', 'YYYY-MM') <> all($1)
       limit ${MOST_NAMED}`,
        [[...dropped]],
      ),
    );
    for (const row of rows)
      onFinding(
        trailFinding({ kind: 'unrecorded', id: row.id, what: 'audit_record', where: table }),
      );
    const left = Number(rows[0]?.total ?? 0) - rows.length;
    if (left > 0)
      onFinding(
        trailFinding({ kind: 'unrecorded', count: left, what: 'further rows', where: table }),
      );
  }
}

/** Tables that look like months of the trail and are none of its partitions. */
export async function detachedMonths(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
     where c.relkind = 'r' and c.relname like 'audit\\_record\\_%'
       and not exists (select from pg_inherits i where i.inhrelid = c.oid) order by 1`,
  );
  return rows.map(({ name }) => name);
}
