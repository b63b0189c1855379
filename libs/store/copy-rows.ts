import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { BinaryRows, type ColumnKind, type ColumnValue } from './binary-rows.js';

/** One column of a bulk insert: name as SQL writes it, kind, and how a row fills it. */
export type Column<Row> = readonly [
  name: string,
  kind: ColumnKind,
  value: (row: Row) => ColumnValue,
];

export interface CopyTable<Row> {
  readonly table: string;
  readonly columns: readonly Column<Row>[];
}

/**
 * Inserts all rows with one COPY; nothing is sent for no rows. Throws the server's error (unique violation, broken
 * connection …) after which the transaction can only be rolled back.
 */
export async function copyRows<Row>(
  client: PoolClient,
  into: CopyTable<Row>,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const encoded = new BinaryRows();
  const { columns } = into;
  for (const row of rows) {
    encoded.startRow(columns.length);
    for (let index = 0; index < columns.length; index += 1) {
      const column = columns[index] as Column<Row>;
      encoded.value(column[1], column[2](row));
    }
  }
  const names = columns.map(([name]) => name).join(', ');
  const sink = client.query(copyFrom(`copy ${into.table} (${names}) from stdin (format binary)`));
  await new Promise<void>((resolve, reject) => {
    sink.once('error', reject);
    sink.once('finish', resolve);
    for (const chunk of encoded.finish()) sink.write(chunk);
    sink.end();
  });
  // Finished means that the server has answered: it has read all of it.
  encoded.release();
}
