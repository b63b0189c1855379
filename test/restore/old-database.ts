import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DataSource } from 'typeorm';
import { MIGRATIONS } from '#store/data-source.js';

interface Table {
  readonly table: string;
  /** The partitioned table that it is a part of. */
  readonly parent: string | null;
  readonly cols: readonly string[];
  /** As `copy … to stdout` gave it. */
  readonly text: string;
}

interface Dump {
  readonly tables: readonly Table[];
  readonly seqs: readonly { readonly sequencename: string; readonly last_value: string }[];
}

/** Key under which the events of the data were sealed. */
export const OLD_MASTER_KEY = '0a'.repeat(32);

/**
 * Rows of the last version before the hash tree (commit 3fe03ba, migrated through 1760000000009): 51 events of three
 * simulated cases, sealed, worked off by its own monitor, with 66 audit records, three findings and three alerts.
 */
export function oldData(): Dump {
  const file = join(import.meta.dirname, 'data-of-009.json.gz');
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as Dump;
}

const OLD_MIGRATIONS = 9;

/** An empty database as that version migrated it. */
export async function migrateAsBefore(url: string): Promise<void> {
  const source = await new DataSource({
    type: 'postgres',
    url,
    migrations: MIGRATIONS.slice(0, OLD_MIGRATIONS),
    migrationsTableName: 'mingcha_migration',
    poolSize: 1,
  }).initialize();
  try {
    await source.runMigrations({ transaction: 'all' });
    await source.query('alter table mingcha_migration owner to mingcha_migrator');
  } finally {
    await source.destroy();
  }
}

/**
 * Puts the rows in. Numbers of transactions become small ones in the same order, since this server has come less far than
 * the one that gave them; in a database that was upgraded in place they are below its own too.
 */
export async function fillAsBefore(client: Client): Promise<void> {
  const { tables, seqs } = oldData();
  await client.query('begin');
  await client.query("set local session_replication_role = 'replica'");
  for (const { table, parent } of tables)
    if (parent === 'event' || parent === 'audit_record') {
      const [, year, month] = /_(\d{4})_(\d{2})$/.exec(table) ?? [];
      await client.query('select ensure_month($1, $2)', [parent, `${year}-${month}-15T00:00:00Z`]);
    }
  for (const one of tables)
    if (one.table !== 'mingcha_migration') await copyInto(client, withSmallXids(one));
  for (const { sequencename, last_value } of seqs)
    await client.query('select setval($1, $2::bigint)', [sequencename, last_value]);
  await client.query('commit');
}

function withSmallXids(table: Table): Table {
  const at = table.cols.indexOf('xid');
  if (at < 0 || table.text === '') return table;
  const rows = table.text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const xids = [...new Set(rows.map((row) => Number(row[at])))].sort((a, b) => a - b);
  const rank = new Map(xids.map((xid, index) => [String(xid), String(index + 3)]));
  const text = rows.map((row) => row.with(at, rank.get(row[at] ?? '') ?? '').join('\t')).join('\n');
  return { ...table, text: `${text}\n` };
}

/** `copy … from stdin`. */
export async function copyInto(
  client: Client,
  { table, cols, text }: Pick<Table, 'table' | 'cols' | 'text'>,
): Promise<void> {
  const columns = cols.map((one) => `"${one}"`).join(', ');
  const copy = client.query(copyFrom(`copy "${table}" (${columns}) from stdin`));
  await pipeline(Readable.from(text === '' ? [] : [Buffer.from(text)]), copy);
}
