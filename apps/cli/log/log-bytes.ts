import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { crc32, createGunzip } from 'node:zlib';
import yauzl from 'yauzl';
import { errorCode, errorText, InputError, listNames } from './input-error.js';

/** The unpacked bytes of a log, and the name by which its format is told. */
export interface LogBytes {
  /** Name without .gz; for a .zip the name of the file inside. */
  readonly innerName: string;
  /** Each block holds until the next is asked for. */
  readonly blocks: AsyncIterable<Buffer>;
}

type Progress = ((share: number) => void) | undefined;

/**
 * Opens a log. Gzip and zip are told by their first bytes, not by the name.
 * Throws InputError where the file is missing, not a file, not readable or empty; reading on throws it
 * where a packed file is truncated or damaged.
 */
export async function openLog(file: string, onProgress: Progress): Promise<LogBytes> {
  const size = await sizeOf(file);
  const head = await firstBytes(file);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    return { innerName: file.replace(/\.gz$/i, ''), blocks: gunzipped(file, size, onProgress) };
  }
  if (head.toString('latin1', 0, 2) === 'PK') return openZip(file, onProgress);
  if (/\.(gz|zip)$/i.test(file)) {
    throw new InputError(
      { file },
      'is named as a packed file, but its content is not gzip or zip',
      'Fetch the file again, or rename it if it is not packed',
    );
  }
  return { innerName: file, blocks: plain(file, size, onProgress) };
}

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (!found.isFile()) {
      throw new InputError({ file }, 'is not a file', 'Name one log file');
    }
    if (found.size === 0) {
      throw new InputError({ file }, 'is empty (0 bytes)', 'Export or fetch the log again');
    }
    return found.size;
  } catch (error) {
    throw readFault(file, error);
  }
}

async function firstBytes(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readFault(file, error);
  }
}

function readFault(file: string, error: unknown): unknown {
  if (error instanceof InputError) return error;
  switch (errorCode(error)) {
    case 'ENOENT':
      return new InputError({ file }, 'no such file', 'Check the path given with --log');
    case 'EACCES':
    case 'EPERM':
      return new InputError({ file }, 'may not be read', 'Give this user read access to it');
    default:
      return new InputError({ file }, `cannot be read: ${errorText(error)}`, 'Check the disk');
  }
}

/** Bytes of a file read at once: small beside what is kept, large beside the cost of asking for them. */
const PLAIN_BLOCK = 1 << 18;

async function* plain(file: string, size: number, onProgress: Progress): AsyncIterable<Buffer> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(file, 'r');
    const block = Buffer.allocUnsafeSlow(PLAIN_BLOCK);
    let done = 0;
    for (;;) {
      const { bytesRead } = await handle.read(block, 0, PLAIN_BLOCK, null);
      if (bytesRead === 0) return;
      done += bytesRead;
      onProgress?.(done / size);
      yield block.subarray(0, bytesRead);
    }
  } catch (error) {
    throw readFault(file, error);
  } finally {
    await handle?.close();
  }
}

async function* gunzipped(file: string, size: number, onProgress: Progress): AsyncIterable<Buffer> {
  const packed = createReadStream(file, { highWaterMark: 1 << 16 });
  const gunzip = createGunzip({ chunkSize: 1 << 16 });
  packed.on('error', (error) => gunzip.destroy(error));
  packed.pipe(gunzip);
  try {
    for await (const block of gunzip as AsyncIterable<Buffer>) {
      onProgress?.(packed.bytesRead / size);
      yield block;
    }
  } catch (error) {
    throw gzipFault(file, error);
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}

function gzipFault(file: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === 'Z_BUF_ERROR') {
    return new InputError(
      { file },
      'the gzip file ends too early (it is truncated)',
      'Fetch it again, and compare its size with the original',
    );
  }
  if (code?.startsWith('Z_')) {
    return new InputError(
      { file },
      `the gzip file is damaged: ${errorText(error)}`,
      'Fetch it again, or unpack it by hand to see how far it is good',
    );
  }
  return readFault(file, error);
}

async function openZip(file: string, onProgress: Progress): Promise<LogBytes> {
  const zip = await opened(file);
  try {
    const entries = await entriesOf(zip);
    const files = entries.filter(
      (entry) => !entry.fileName.endsWith('/') && !entry.fileName.startsWith('__MACOSX/'),
    );
    const [only] = files;
    if (only === undefined || files.length > 1) {
      throw new InputError(
        { file },
        `the zip holds ${files.length} files: ${listNames(files.map((entry) => entry.fileName))}`,
        'Pack exactly one log into it, or unpack it and name the log itself',
      );
    }
    if (only.isEncrypted()) {
      throw new InputError({ file }, 'the zip is encrypted', 'Unpack it and name the log itself');
    }
    return { innerName: only.fileName, blocks: unzipped(file, zip, only, onProgress) };
  } catch (error) {
    zip.close();
    throw zipFault(file, error);
  }
}

function opened(file: string): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) reject(zipFault(file, error));
      else resolve(zip);
    });
  });
}

function entriesOf(zip: yauzl.ZipFile): Promise<yauzl.Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: yauzl.Entry[] = [];
    zip.on('entry', (entry: yauzl.Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.on('end', () => resolve(entries));
    zip.on('error', reject);
    zip.readEntry();
  });
}

function entryStream(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

async function* unzipped(
  file: string,
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  onProgress: Progress,
): AsyncIterable<Buffer> {
  let stream: Readable | null = null;
  let sum = 0;
  let size = 0;
  try {
    stream = await entryStream(zip, entry);
    for await (const block of stream as AsyncIterable<Buffer>) {
      sum = crc32(block, sum);
      size += block.length;
      onProgress?.(size / entry.uncompressedSize);
      yield block;
    }
    if (sum !== entry.crc32) throw new Error(`checksum of ${entry.fileName} does not match`);
  } catch (error) {
    throw zipFault(file, error);
  } finally {
    stream?.destroy();
    zip.close();
  }
}

function zipFault(file: string, error: unknown): unknown {
  if (error instanceof InputError) return error;
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EIO') return readFault(file, error);
  return new InputError(
    { file },
    `the zip file is truncated or damaged: ${errorText(error)}`,
    'Fetch it again, or unpack it by hand and name the log itself',
  );
}
