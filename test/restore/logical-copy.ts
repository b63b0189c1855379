import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { migrate } from '#store/data-source.js';
import { onDatabase } from './archived-server.js';
import { copyInto } from './old-database.js';

/**
 * Takes every row of one database into a new one of another server, as pg_dump and pg_restore do it (which are not among
 * the binaries that tests have): tables and their triggers first, then the rows by COPY with triggers off, then the
 * sequences. The rows of tables named by `without` stay behind (--exclude-table-data). Numbers of transactions in the rows stay what they were; the new server counts its own from the start.
 */
export async function copyLogically(
  from: string,
  to: string,
  without: readonly string[] = [],
): Promise<void> {
  await migrate(to);
  await onDatabase(from, (source) =>
    onDatabase(to, async (target) => {
      await target.query('begin');
      await target.query("set local session_replication_role = 'replica'");
      const tables = await tablesOf(source);
      for (const { parent, month } of tables)
        if (month !== null) await target.query('select ensure_month($1, $2)', [parent, month]);
      for (const { name } of tables)
        if (!without.includes(name)) await copyTable(source, target, name);
      await copySequences(source, target);
      await target.query('commit');
    }),
  );
}

interface Table {
  readonly name: string;
  readonly parent: string | null;
  /** First instant of the month of which it is the partition. */
  readonly month: string | null;
}

async function tablesOf(source: Client): Promise<Table[]> {
  const { rows } = await source.query<Table>(
    `select c.relname as name, p.relname as parent,
       case when p.relname in ('event', 'audit_record')
         then to_char(to_date(right(c.relname, 7), 'YYYY_MM'), 'YYYY-MM-DD"T00:00:00Z"') end as month
       from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
      where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by c.relname`,
  );
  return rows;
}

async function copyTable(source: Client, target: Client, table: string): Promise<void> {
  const { rows } = await source.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0
       and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  );
  const cols = rows.map(({ name }) => name);
  const columns = cols.map((name) => `"${name}"`).join(', ');
  let text = '';
  for await (const chunk of source.query(copyTo(`copy "${table}" (${columns}) to stdout`)))
    text += String(chunk);
  // What migrating has put into it belongs to the copy.
  await target.query(`delete from "${table}"`);
  await copyInto(target, { table, cols, text });
}

async function copySequences(source: Client, target: Client): Promise<void> {
  const { rows } = await source.query<{ name: string; last: string }>(
    `select sequencename as name, last_value::text as last from pg_sequences
      where schemaname = 'public' and last_value is not null`,
  );
  for (const { name, last } of rows)
    await target.query('select setval($1, $2::bigint)', [name, last]);
}
