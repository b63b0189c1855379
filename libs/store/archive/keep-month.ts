import type { Pool, PoolClient } from 'pg';
import {
  appendStep,
  type Doing,
  demandOther,
  KeepingError,
  keepingTransaction,
  newKeepingId,
} from '../keeping/keeping-deed.js';
import type { Writer } from '../writer.js';
import { ARCHIVED_TABLES, type ArchivedTable, ArchiveError } from './archive-format.js';
import { type Archive, openArchive, readThrough } from './read-archive.js';
import { writeArchive } from './write-archive.js';

/** Years for which rows are kept in the database; the database itself never goes below 10. */
export interface RetentionTerms {
  readonly event: number;
  readonly audit_record: number;
}

/** A month as it stands. */
export interface PlannedMonth {
  readonly table: ArchivedTable;
  readonly month: string;
  /** Why it may not leave the database; empty: it may be archived and dropped. */
  readonly obstacles: readonly string[];
  /** Last archive of it that was written; null: none. */
  readonly archiveId: string | null;
}

const ROWS_AT_ONCE = 500;

function demandMonth(month: string): void {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
    throw new KeepingError('missing', `'${month}' is no month such as 2014-01`);
}

/**
 * For transactions that read a whole month: no time limit, none either while the archive is written or read between two
 * statements, and the planner's own choice.
 */
async function atLength(client: PoolClient): Promise<void> {
  await client.query(
    'set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local enable_seqscan = on; set local enable_hashjoin = on; set local enable_mergejoin = on',
  );
}

async function obstaclesOf(
  client: Pool | PoolClient,
  { table, month }: { readonly table: ArchivedTable; readonly month: string },
  terms: RetentionTerms,
): Promise<string[]> {
  const { rows } = await client.query<{ why: string }>(
    'select month_obstacles($1, $2, $3) as why',
    [table, month, terms[table]],
  );
  return rows.map(({ why }) => why);
}

/** Every month in the database, oldest first, and what keeps it there. Changes nothing. */
export async function planRetention(
  { pool }: Writer,
  terms: RetentionTerms,
): Promise<PlannedMonth[]> {
  const { rows } = await pool.query<{ table: ArchivedTable; child: string }>(
    `select p.relname as table, c.relname as child from pg_inherits i
     join pg_class p on p.oid = i.inhparent join pg_class c on c.oid = i.inhrelid
     where p.relname = any($1) and p.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 2`,
    [ARCHIVED_TABLES],
  );
  const { rows: written } = await pool.query<{ key: string; id: string }>(
    `select distinct on (parent, month) parent || ' ' || month as key, archive_id as id from archived_month
     where dropped_at is null order by parent, month, written_at desc`,
  );
  const archives = new Map(written.map(({ key, id }) => [key, id]));
  const planned: PlannedMonth[] = [];
  for (const { table, child } of rows) {
    const month = child.slice(table.length + 1).replace('_', '-');
    planned.push({
      table,
      month,
      obstacles: await obstaclesOf(pool, { table, month }, terms),
      archiveId: archives.get(`${table} ${month}`) ?? null,
    });
  }
  return planned.sort((a, b) => (a.month < b.month ? -1 : a.month > b.month ? 1 : 0));
}

/**
 * Writes a month into a folder and reads it back. Nothing is dropped: another person does that. Record `data.archived`
 * with the digest of the manifest. A crash before the commit leaves a folder that nobody knows of, and the month where
 * it is.
 * @throws KeepingError `refused` with every obstacle; ArchiveError where the folder does not hold what was written
 */
export async function archiveMonth(
  writer: Writer,
  order: {
    readonly table: ArchivedTable;
    readonly month: string;
    readonly folder: string;
    readonly terms: RetentionTerms;
  },
  doing: Doing,
): Promise<Archive> {
  const { table, month, folder, terms } = order;
  demandMonth(month);
  const archiveId = newKeepingId();
  return keepingTransaction(writer, doing, async (client, trail) => {
    await client.query('set transaction isolation level repeatable read');
    await atLength(client);
    const obstacles = await obstaclesOf(client, { table, month }, terms);
    if (obstacles.length > 0)
      throw new KeepingError('refused', `${table} of ${month} stays: ${obstacles.join('; ')}`);
    const at = new Date(doing.at).toISOString();
    const wanted = { archiveId, table, month, writtenAt: at, writtenBy: doing.actor };
    await writeArchive(client, folder, wanted);
    const archive = await readThrough(folder);
    const { manifest, manifestDigest } = archive;
    const { rows } = await client.query<{ rows: string; digest: string }>(
      "select rows, encode(digest, 'hex') as digest from month_digest($1, $2)",
      [table, month],
    );
    if (rows[0]?.digest !== manifest.rowsDigest || Number(rows[0].rows) !== manifest.rows)
      throw new ArchiveError('manifest.json', 'what was read back is not what the database holds');
    await client.query(
      `insert into archived_month (archive_id, parent, month, rows, rows_digest, manifest_digest, tree_size, written_at,
         written_by, tenant)
       values ($1, $2, $3, $4, decode($5, 'hex'), decode($6, 'hex'), $7, to_timestamp($8::float8 / 1000), $9, $10)`,
      [
        archiveId,
        table,
        month,
        manifest.rows,
        manifest.rowsDigest,
        manifestDigest,
        manifest.tree.size,
        doing.at,
        doing.actor,
        doing.tenant ?? 'main',
      ],
    );
    appendStep(trail, {
      action: 'data.archived',
      object: `archive:${archiveId}`,
      schema: 'mingcha.data-archived/1',
      fields: {
        table,
        month,
        rows: manifest.rows,
        rowsDigest: manifest.rowsDigest,
        manifestDigest,
      },
    });
    return archive;
  });
}

/** The database's own words, where it refuses. */
async function refusable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '55000')
      throw new KeepingError('refused', error.message);
    throw error;
  }
}

async function demandKnown(
  client: PoolClient,
  { manifest, manifestDigest }: Archive,
): Promise<void> {
  const { rows } = await client.query<{ digest: string }>(
    "select encode(manifest_digest, 'hex') as digest from archived_month where archive_id = $1",
    [manifest.archiveId],
  );
  if (rows[0] === undefined)
    throw new KeepingError('missing', `The database knows no archive ${manifest.archiveId}`);
  if (rows[0].digest !== manifestDigest)
    throw new ArchiveError('manifest.json', 'is not the one that was recorded');
}

function stepFields({ manifest, manifestDigest }: Archive) {
  const { table, month, rows, rowsDigest } = manifest;
  return { table, month, rows, rowsDigest, manifestDigest };
}

/**
 * Drops an archived month, by another person than the one who archived it: the archive is read through, and the database
 * compares it with what it holds, and checks term, holds and coverage again. Record `data.dropped`. A crash before the
 * commit leaves the month.
 * @throws KeepingError, ArchiveError naming the file at fault
 */
export async function dropMonth(
  writer: Writer,
  { folder, terms }: { readonly folder: string; readonly terms: RetentionTerms },
  doing: Doing,
): Promise<Archive> {
  const archive = await readThrough(folder);
  const { archiveId, table, rowsDigest } = archive.manifest;
  await keepingTransaction(writer, doing, async (client, trail) => {
    await atLength(client);
    await demandKnown(client, archive);
    demandOther(doing.actor, archive.manifest.writtenBy, 'The archive was written by');
    appendStep(trail, {
      action: 'data.dropped',
      object: `archive:${archiveId}`,
      schema: 'mingcha.data-archived/1',
      fields: stepFields(archive),
    });
    await refusable(
      client.query(
        "select drop_month($1, $2, to_timestamp($3::float8 / 1000), $4, decode($5, 'hex'))",
        [archiveId, doing.actor, doing.at, terms[table], rowsDigest],
      ),
    );
  });
  return archive;
}

async function fill(pool: Pool, child: string, archive: Archive): Promise<void> {
  let page: string[] = [];
  const flush = async () => {
    await pool.query(
      `insert into ${child} select (json_populate_record(null::${child}, line::json)).* from unnest($1::text[]) as line`,
      [page],
    );
    page = [];
  };
  for await (const line of archive.lines()) {
    page.push(line);
    if (page.length === ROWS_AT_ONCE) await flush();
  }
  if (page.length > 0) await flush();
}

/**
 * Brings an archived month back into its table, for reading: every row as it was, or nothing. Cases stay as they stand.
 * Record `data.restored`. To let it go again, archive it anew. The rows are written in many short transactions beside the
 * table, so that nobody waits for them; a crash leaves them there, and restoring again begins anew.
 * @throws KeepingError, ArchiveError naming the file at fault
 */
export async function restoreMonth(writer: Writer, folder: string, doing: Doing): Promise<Archive> {
  const archive = await openArchive(folder);
  const { archiveId } = archive.manifest;
  const child = await keepingTransaction(writer, doing, async (client) => {
    await demandKnown(client, archive);
    const { rows } = await refusable(
      client.query<{ child: string }>('select quote_ident(begin_restore($1)) as child', [
        archiveId,
      ]),
    );
    return rows[0]?.child ?? '';
  });
  await fill(writer.pool, child, archive);
  await keepingTransaction(writer, doing, async (client, trail) => {
    await atLength(client);
    await refusable(
      client.query('select finish_restore($1, $2, to_timestamp($3::float8 / 1000))', [
        archiveId,
        doing.actor,
        doing.at,
      ]),
    );
    appendStep(trail, {
      action: 'data.restored',
      object: `archive:${archiveId}`,
      schema: 'mingcha.data-archived/1',
      fields: stepFields(archive),
    });
  });
  return archive;
}
