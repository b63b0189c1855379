import type { Pool, PoolClient } from 'pg';
import { leafHash } from '#core/audit/leaf-hash.js';
import { nativeSha256 } from '../audit-tree/native-sha256.js';
import { withPatientClient } from './auditor-pool.js';

/** Shortest term of a record, which the database itself keeps to (`drop_month`). */
const SHORTEST_YEARS = 10;

type Archived = 'event' | 'audit_record';

/** Months, as `2014-01`, of which rows need not be in the database any more. */
export interface DroppedMonths {
  readonly records: ReadonlySet<string>;
  /** Months of receipt. */
  readonly events: ReadonlySet<string>;
}

/** What the leaf of a record says of an archive. */
interface ArchiveStep {
  readonly table: Archived;
  readonly action: string;
  /** `archive:<archive id>`. */
  readonly object: string;
  readonly actor: string;
  /** Ms since 1970. */
  readonly time: number;
  readonly month: string;
  readonly rows: number;
  /** Table, month, rows and digests: the same in every record of one archive. */
  readonly fields: string;
  readonly inTree: boolean;
}

interface Row {
  readonly leaf: string;
  readonly hash: Buffer | null;
}

interface Bounds {
  readonly from: Date | null;
  readonly past: Date | null;
}

/**
 * Months whose records or events need not be in the database any more. A month is one of them only where all of this
 * holds, read from the texts that the tree of `size` leaves covers and from no column:
 *
 * - `data.archived` and `data.dropped` of one archive of this month (ADR 0020) are leaves, say the same of it, are by two
 *   persons, and the second was written after the shortest term; no `data.restored` of it is there;
 * - no partition that may hold rows of the month is attached;
 * - the leaves of the month are as many as the archive has rows; for events, their records are no more than that.
 *
 * So one record put in excuses nothing, nor do two in front of a month that is still there or lost some of its rows. A
 * month that was dropped while its record waits for a place is none yet.
 */
export async function droppedMonths(pool: Pool, size: number): Promise<DroppedMonths> {
  return withPatientClient(pool, async (client) => {
    // One snapshot. Looking through all leaves once is quicker without their index.
    await client.query('begin isolation level repeatable read read only');
    try {
      const dropped = droppedBy(await archiveSteps(client, size));
      return {
        records: await goneOf(client, dropped, {
          table: 'audit_record',
          counted: () => leavesByMonth(client, size),
          isWhole: (leaves, rows) => leaves === rows,
        }),
        events: await goneOf(client, dropped, {
          table: 'event',
          counted: (months) => acceptedByMonth(client, months),
          isWhole: (records, rows) => records <= rows,
        }),
      };
    } finally {
      await client.query('commit');
    }
  });
}

/** Months of the table that are gone as they should be. */
async function goneOf(
  client: PoolClient,
  dropped: readonly ArchiveStep[],
  of: {
    readonly table: Archived;
    readonly counted: (months: readonly string[]) => Promise<ReadonlyMap<string, number>>;
    readonly isWhole: (counted: number, rows: number) => boolean;
  },
): Promise<Set<string>> {
  const steps = dropped.filter(({ table }) => table === of.table);
  const gone = steps.length === 0 ? [] : notAttached(steps, await partitions(client, of.table));
  if (gone.length === 0) return new Set();
  const counted = await of.counted(gone.map(({ month }) => month));
  const whole = gone.filter(({ month, rows }) => of.isWhole(counted.get(month) ?? 0, rows));
  return new Set(whole.map(({ month }) => month));
}

async function archiveSteps(client: PoolClient, size: number): Promise<ArchiveStep[]> {
  const { rows } = await client.query<Row>(
    `select r.leaf, l.leaf_hash as hash from audit_record r
     left join audit_leaf l on l.record_no = r.record_no and l.xid = r.xid and l.record_time = r."time"
       and l.leaf_index < $1
     where r.entity is null and r.object >= 'archive:' and r.object < 'archive;'
       and r.action in ('data.archived', 'data.dropped', 'data.restored')`,
    [size],
  );
  return rows.flatMap((row) => archiveStep(row) ?? []);
}

/** Null where the text is about no archive. */
function archiveStep({ leaf, hash }: Row): ArchiveStep | null {
  try {
    const { action, object, actor, time, fields } = JSON.parse(leaf) as Record<string, unknown>;
    const { table, month, rows, rowsDigest, manifestDigest } = fields as Record<string, unknown>;
    if (table !== 'audit_record' && table !== 'event') return null;
    return {
      table,
      action: String(action),
      object: String(object),
      actor: String(actor),
      time: Date.parse(String(time)),
      month: String(month),
      rows: Number(rows),
      fields: JSON.stringify([table, month, rows, rowsDigest, manifestDigest]),
      inTree: hash?.equals(leafHash(leaf, nativeSha256)) === true,
    };
  } catch {
    return null;
  }
}

function droppedBy(steps: readonly ArchiveStep[]): ArchiveStep[] {
  const of = (action: string) => steps.filter((step) => step.action === action);
  const archived = of('data.archived').filter(({ inTree }) => inTree);
  const restored = new Set(of('data.restored').map(({ object }) => object));
  return of('data.dropped').filter(
    (step) =>
      step.inTree &&
      !restored.has(step.object) &&
      step.time >= endOfTerm(step.month) &&
      archived.some(
        ({ object, fields, actor }) =>
          object === step.object && fields === step.fields && actor !== step.actor,
      ),
  );
}

/** First moment after the month, ms since 1970; NaN where the text is no month. */
function afterMonth(month: string, years = 0): number {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return Number.NaN;
  return Date.UTC(Number(month.slice(0, 4)) + years, Number(month.slice(5)));
}

function endOfTerm(month: string): number {
  return afterMonth(month, SHORTEST_YEARS);
}

/** Where the months attached begin and end, by what they take in and not by their names; null: without bound. */
async function partitions(client: PoolClient, table: Archived): Promise<Bounds[]> {
  const bound = (word: string) =>
    `substring(pg_get_expr(c.relpartbound, c.oid) from '${word} \\(''([^'']+)''\\)')::timestamptz`;
  const { rows } = await client.query<Bounds>(
    `select ${bound('FROM')} as "from", ${bound('TO')} as past from pg_inherits i
     join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass`,
    [table],
  );
  return rows;
}

function notAttached(
  dropped: readonly ArchiveStep[],
  attached: readonly Bounds[],
): readonly ArchiveStep[] {
  return dropped.filter(({ month }) => {
    const first = Date.parse(`${month}-01T00:00:00Z`);
    const after = afterMonth(month);
    return !attached.some(
      ({ from, past }) =>
        (from === null || from.getTime() < after) && (past === null || past.getTime() > first),
    );
  });
}

async function leavesByMonth(client: PoolClient, size: number): Promise<Map<string, number>> {
  await client.query('set local enable_seqscan = on');
  const { rows } = await client.query<{ month: string; leaves: string }>(
    `select to_char(record_time at time zone 'utc', 'YYYY-MM') as month, count(*) as leaves
     from audit_leaf where leaf_index < $1 group by 1`,
    [size],
  );
  return new Map(rows.map(({ month, leaves }) => [month, Number(leaves)]));
}

/** Records of events that were received in one of the months, as their texts say. */
async function acceptedByMonth(
  client: PoolClient,
  months: readonly string[],
): Promise<Map<string, number>> {
  await client.query('set local enable_seqscan = on');
  const { rows } = await client.query<{ month: string; records: string }>(
    `select substring(leaf from '"receivedAt":"(\\d{4}-\\d\\d)-') as month, count(*) as records from audit_record
     where action = 'event.accepted' and substring(leaf from '"receivedAt":"(\\d{4}-\\d\\d)-') = any($1) group by 1`,
    [months],
  );
  return new Map(rows.map(({ month, records }) => [month, Number(records)]));
}
