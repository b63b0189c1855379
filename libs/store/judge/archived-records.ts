import { type Archive, openArchive } from '../archive/read-archive.js';
import { BinaryRows, type ColumnKind, type ColumnValue } from '../binary-rows.js';
import { CopiedRows } from './copied-rows.js';
import {
  FIELDS,
  LEAF_HASH,
  LEAF_INDEX,
  LEAF_TIME,
  RECORD_COLUMNS,
  RECORD_NO,
} from './trail-columns.js';

/** Rows read ahead of the one that is looked for: archives are ordered by time, the log nearly so. */
const MOST_AHEAD = 250_000;

/** A row of `audit_record` as an archive holds it. */
type ArchivedRow = Readonly<Record<string, unknown>> & { readonly leaf_index: number };

/**
 * Records that left the database in archived months, given back in the order of the log. What does not agree with its own
 * manifest is an ArchiveError naming the file.
 */
export class ArchivedRecords {
  private readonly ahead = new Map<number, ArchivedRow>();

  private constructor(private readonly lines: AsyncGenerator<string>) {}

  /** @throws ArchiveError where a manifest or checkpoint cannot be used */
  static async open(folders: readonly string[]): Promise<ArchivedRecords> {
    const archives: Archive[] = [];
    for (const folder of folders) archives.push(await openArchive(folder));
    const months = archives
      .filter(({ manifest }) => manifest.table === 'audit_record')
      .sort((one, other) => (one.manifest.month < other.manifest.month ? -1 : 1));
    return new ArchivedRecords(linesOf(months));
  }

  /** The same row with the record that belongs to its leaf; null where no archive has it. */
  async restored(row: CopiedRows): Promise<CopiedRows | null> {
    const index = row.int8(LEAF_INDEX);
    let found = this.ahead.get(index);
    while (found === undefined && this.ahead.size < MOST_AHEAD) {
      const next = await this.lines.next();
      if (next.done === true) return null;
      const archived = JSON.parse(next.value) as ArchivedRow;
      if (archived.leaf_index === index) found = archived;
      // Earlier ones were passed already: their records stand in the database.
      else if (archived.leaf_index > index) this.ahead.set(archived.leaf_index, archived);
    }
    if (found === undefined) return null;
    this.ahead.delete(index);
    // By number and time, as a record of the database is joined.
    const isIts =
      String(found.record_no) === String(row.int8(RECORD_NO)) &&
      Date.parse(String(found.time)) * 1000 === row.micros(LEAF_TIME);
    return isIts ? asCopied(row, found) : null;
  }
}

async function* linesOf(archives: readonly Archive[]): AsyncGenerator<string> {
  for (const archive of archives) yield* archive.lines();
}

/** The record as COPY would have given it, so that it is judged by the same code. */
function asCopied(row: CopiedRows, archived: ArchivedRow): CopiedRows {
  const encoded = new BinaryRows();
  encoded.startRow(FIELDS);
  encoded.value('int8', row.int8(LEAF_INDEX));
  encoded.value('int8', row.int8(RECORD_NO));
  encoded.value('bytea', row.view(LEAF_HASH));
  encoded.value('timestamptz', row.micros(LEAF_TIME) / 1000);
  for (const column of RECORD_COLUMNS) {
    const [kind, value] = columnOf(column, archived[column.replaceAll('"', '')]);
    encoded.value(kind, value);
  }
  const rows = new CopiedRows(FIELDS);
  rows.take(Buffer.concat(encoded.finish()));
  encoded.release();
  if (!rows.next()) throw new Error('an archived record cannot be read');
  return rows;
}

/** PostgreSQL's JSON: bytea in hex after \x, times with their offset, numbers as numbers. */
function columnOf(column: string, value: unknown): [ColumnKind, ColumnValue] {
  if (value === null || value === undefined) return ['text', null];
  const text = String(value);
  if (column === 'prev' || column === 'leaf_hash')
    return ['bytea', Buffer.from(text.replace(/^\\x/, ''), 'hex')];
  if (column === 'entity_seq') return ['int8', Number(value)];
  if (column === '"time"') return ['timestamptz', Date.parse(text)];
  return ['text', text];
}
