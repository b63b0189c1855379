import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import {
  ARCHIVED_TABLES,
  ArchiveError,
  type ArchiveFile,
  type ArchiveManifest,
  CHECKPOINT,
  FORMAT,
  MANIFEST,
  RowsDigest,
} from './archive-format.js';

/** An archived month, opened. Its manifest and checkpoint are read and agree; its rows are checked while they are read. */
export interface Archive {
  readonly manifest: ArchiveManifest;
  /** Hex SHA-256 of manifest.json, as the record `data.archived` names it. */
  readonly manifestDigest: string;
  /** Text of the signed note. */
  readonly checkpoint: string;
  /**
   * Every row as the text that was archived, in order: PostgreSQL's JSON of the row; of `audit_record` with
   * `leaf_index`. Throws ArchiveError, naming the file, where a file is missing, longer, shorter or changed, and at the
   * end where the rows are not those of the manifest; what came before the error is then not to be trusted.
   */
  lines(): AsyncGenerator<string>;
}

const HEX_32 = /^[0-9a-f]{64}$/;
const NAME = /^rows\/\d{4}-\d{2}-\d{2}\.jsonl\.gz$/;

function manifestOf(text: string): ArchiveManifest {
  const fault = (what: string) => new ArchiveError(MANIFEST, what);
  let value: ArchiveManifest;
  try {
    value = JSON.parse(text) as ArchiveManifest;
  } catch {
    throw fault('is no JSON');
  }
  if (value?.format !== FORMAT) throw fault(`is not of format ${FORMAT}`);
  if (!ARCHIVED_TABLES.includes(value.table)) throw fault('names no table that is archived');
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(value.month)) throw fault('names no month');
  if (!Number.isSafeInteger(value.rows) || !HEX_32.test(value.rowsDigest))
    throw fault('says nothing usable of its rows');
  if (!Array.isArray(value.files) || !value.files.every((file) => NAME.test(file?.name)))
    throw fault('names files that are none of an archive');
  if (!Number.isSafeInteger(value.tree?.size) || !HEX_32.test(value.tree?.root))
    throw fault('names no tree');
  return value;
}

async function content(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    throw new ArchiveError(name, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Reads manifest and checkpoint of an archive. @throws ArchiveError naming the file at fault */
export async function openArchive(folder: string): Promise<Archive> {
  const bytes = await content(folder, MANIFEST);
  const manifest = manifestOf(bytes.toString('utf8'));
  const checkpoint = await content(folder, CHECKPOINT);
  if (sha256(checkpoint) !== manifest.tree.checkpointSha256)
    throw new ArchiveError(CHECKPOINT, 'is not the one that the manifest names');
  return {
    manifest,
    manifestDigest: sha256(bytes),
    checkpoint: checkpoint.toString('utf8'),
    lines: () => linesOf(folder, manifest),
  };
}

/**
 * Folders below this one that hold an archive each, in order of their names.
 * @throws ArchiveError where it cannot be read
 */
export async function archivesIn(folder: string): Promise<string[]> {
  try {
    const found = await readdir(folder, { recursive: true });
    const manifests = found.filter((name) => basename(name) === MANIFEST);
    return manifests.map((name) => join(folder, dirname(name))).sort();
  } catch (error) {
    throw new ArchiveError(folder, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function* linesOf(folder: string, manifest: ArchiveManifest): AsyncGenerator<string> {
  const digest = new RowsDigest();
  for (const file of manifest.files)
    for await (const line of linesIn(folder, file)) {
      digest.add(line);
      yield line;
    }
  if (digest.rows !== manifest.rows || digest.end() !== manifest.rowsDigest)
    throw new ArchiveError(MANIFEST, 'its rows are not those in the files');
}

/** Text cut at line feeds alone: JSON leaves U+2028 and the like as they are. Each line ends with one. */
async function* cut(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    rest += chunk;
    let from = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      yield rest.slice(from, end);
      from = end + 1;
    }
    rest = rest.slice(from);
  }
  if (rest !== '') yield rest;
}

/** The digests of the file are taken before a line of it is given out. */
async function* linesIn(folder: string, file: ArchiveFile): AsyncGenerator<string> {
  await checkFile(folder, file);
  const packed = createReadStream(join(folder, file.name));
  const plain = packed.pipe(createGunzip()).setEncoding('utf8');
  packed.once('error', (error) => plain.destroy(error));
  let rows = 0;
  try {
    for await (const line of cut(plain)) {
      rows += 1;
      yield line;
    }
  } catch (error) {
    throw new ArchiveError(file.name, `cannot be unpacked (${(error as Error).message})`);
  } finally {
    packed.destroy();
  }
  if (rows !== file.rows) throw new ArchiveError(file.name, `holds ${rows} rows, not ${file.rows}`);
}

async function checkFile(folder: string, file: ArchiveFile): Promise<void> {
  const [sha, sm3] = [createHash('sha256'), createHash('sm3')];
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(join(folder, file.name))) {
      sha.update(chunk);
      sm3.update(chunk);
      bytes += (chunk as Buffer).length;
    }
  } catch (error) {
    throw new ArchiveError(file.name, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (bytes !== file.bytes || sha.digest('hex') !== file.sha256 || sm3.digest('hex') !== file.sm3)
    throw new ArchiveError(file.name, 'was changed: its digest is not the one in the manifest');
}

/** Reads an archive through. Returns it once everything agrees. @throws ArchiveError naming the file at fault */
export async function readThrough(folder: string): Promise<Archive> {
  const archive = await openArchive(folder);
  for await (const _ of archive.lines());
  return archive;
}
