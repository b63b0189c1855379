import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { PoolClient } from 'pg';
import { readLatestCheckpoint } from '../audit-tree/checkpoints.js';
import {
  type ArchivedTable,
  type ArchiveFile,
  type ArchiveManifest,
  CHECKPOINT,
  FORMAT,
  MANIFEST,
  RowsDigest,
} from './archive-format.js';

const PAGE = 2_000;

/** What is written, and for whom. */
export interface ArchiveOrder {
  readonly archiveId: string;
  readonly table: ArchivedTable;
  /** `YYYY-MM`, UTC. */
  readonly month: string;
  readonly writtenAt: string;
  readonly writtenBy: string;
}

/** Lines of the month, read page by page under the caller's snapshot. */
async function* monthLines(
  client: PoolClient,
  { table, month }: ArchiveOrder,
): AsyncGenerator<string> {
  // The text of a row begins with its time, which the order follows.
  await client.query({
    text: `declare archive_rows no scroll cursor for select line from month_lines('${table}', '${month}') as line`,
  });
  for (;;) {
    const { rows } = await client.query<{ line: string }>(`fetch ${PAGE} from archive_rows`);
    if (rows.length === 0) break;
    for (const { line } of rows) yield line;
  }
  await client.query('close archive_rows');
}

const DAY_OF: Readonly<Record<ArchivedTable, (line: string) => string>> = {
  event: (line) => dayIn(line, '"received_at":"'),
  audit_record: (line) => dayIn(line, '"time":"'),
};

/** The day of the first time under that name: no column before it holds text that a source could have written. */
function dayIn(line: string, name: string): string {
  const at = line.indexOf(name) + name.length;
  return line.slice(at, at + 10);
}

async function fileOf(folder: string, name: string, rows: number): Promise<ArchiveFile> {
  const [sha, sm3] = [createHash('sha256'), createHash('sm3')];
  for await (const chunk of createReadStream(join(folder, name))) {
    sha.update(chunk);
    sm3.update(chunk);
  }
  const { size } = await stat(join(folder, name));
  return { name, rows, bytes: size, sha256: sha.digest('hex'), sm3: sm3.digest('hex') };
}

/** Names in a folder are on disk only once the folder itself was flushed. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes the rows of one day after the other; the generator is taken up where the day before ended. */
async function writeDays(
  folder: string,
  lines: AsyncGenerator<string>,
  dayOf: (line: string) => string,
): Promise<{ readonly files: ArchiveFile[]; readonly rows: number; readonly rowsDigest: string }> {
  const digest = new RowsDigest();
  const files: ArchiveFile[] = [];
  let next = await lines.next();
  while (next.done !== true) {
    const day = dayOf(next.value);
    let rows = 0;
    const ofDay = async function* () {
      while (next.done !== true && dayOf(next.value) === day) {
        digest.add(next.value);
        rows += 1;
        yield `${next.value}\n`;
        next = await lines.next();
      }
    };
    const name = `rows/${day}.jsonl.gz`;
    await pipeline(
      Readable.from(ofDay()),
      createGzip(),
      createWriteStream(join(folder, name), { flush: true }),
    );
    files.push(await fileOf(folder, name, rows));
  }
  return { files, rows: digest.rows, rowsDigest: digest.end() };
}

/**
 * Writes a month into `folder`, which must not exist. The client stands in a transaction with one snapshot
 * (repeatable read). The folder has its name only once it is whole and on disk; a crash leaves `<folder>.partial`.
 * @throws Error where the folder exists or no checkpoint is complete
 */
export async function writeArchive(
  client: PoolClient,
  folder: string,
  order: ArchiveOrder,
): Promise<ArchiveManifest> {
  const partial = `${folder}.partial`;
  if (await stat(folder).catch(() => null)) throw new Error(`${folder} exists already`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(join(partial, 'rows'), { recursive: true });
  const checkpoint = await readLatestCheckpoint(client, { complete: true });
  if (checkpoint === null) throw new Error('no checkpoint is complete');
  const written = await writeDays(partial, monthLines(client, order), DAY_OF[order.table]);
  const { archiveId, table, month, writtenAt, writtenBy } = order;
  const manifest: ArchiveManifest = {
    format: FORMAT,
    archiveId,
    table,
    month,
    ...written,
    tree: {
      size: checkpoint.size,
      root: checkpoint.root.toString('hex'),
      checkpointSha256: createHash('sha256').update(checkpoint.note).digest('hex'),
    },
    writtenAt,
    writtenBy,
  };
  await writeFile(join(partial, CHECKPOINT), checkpoint.note, { flush: true });
  await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, {
    flush: true,
  });
  await flushFolder(join(partial, 'rows'));
  await flushFolder(partial);
  await rename(partial, folder);
  await flushFolder(dirname(folder));
  return manifest;
}
