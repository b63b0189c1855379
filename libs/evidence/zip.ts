import { crc32 } from 'node:zlib';

/** One file of a zip: its path with `/`, and its bytes. */
export interface ZipFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What is wrong with a zip, and where: the entry, or the part of the zip that no entry owns. */
export interface ZipFault {
  readonly reason:
    | 'not-a-zip'
    | 'end'
    | 'directory'
    | 'header'
    | 'method'
    | 'path'
    | 'twice'
    | 'order'
    | 'checksum';
  /** Path of the entry as the zip gives it, cleaned for printing; null where no entry is concerned. */
  readonly path: string | null;
  /** Byte of the zip at which the fault stands. */
  readonly offset: number;
}

export interface ReadZip {
  /** Null where the structure does not say which files there are. */
  readonly files: ReadonlyMap<string, Uint8Array> | null;
  readonly faults: readonly ZipFault[];
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_SIZE = 30;
const CENTRAL_SIZE = 46;
const END_SIZE = 22;
const VERSION = 10;
const UTF8_NAMES = 0x0800;
/** 1980-01-01, the first day that the format knows. */
const DATE = 0x0021;
const MAX_BYTES = 0xffff_ffff;
/** Files in a zip that is no zip64. */
export const MAX_FILES = 0xffff;
const MAX_PATH = 240;

/** Segments of letters, digits, `.`, `_`, `-`, none beginning with a dot: nothing that a shell or a file system reads otherwise. */
const PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** True for a path that may stand in a bundle: no absolute path, no `..`, at most 240 characters. */
export function isBundlePath(path: string): boolean {
  return path.length <= MAX_PATH && PATH.test(path);
}

const encoder = new TextEncoder();

function localHeader(name: Uint8Array, size: number, crc: number): Uint8Array {
  const bytes = new Uint8Array(LOCAL_SIZE + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, LOCAL, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, UTF8_NAMES, true);
  view.setUint16(12, DATE, true);
  view.setUint32(14, crc, true);
  view.setUint32(18, size, true);
  view.setUint32(22, size, true);
  view.setUint16(26, name.length, true);
  bytes.set(name, LOCAL_SIZE);
  return bytes;
}

function centralHeader(name: Uint8Array, size: number, at: { crc: number; offset: number }) {
  const bytes = new Uint8Array(CENTRAL_SIZE + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CENTRAL, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, VERSION, true);
  view.setUint16(8, UTF8_NAMES, true);
  view.setUint16(14, DATE, true);
  view.setUint32(16, at.crc, true);
  view.setUint32(20, size, true);
  view.setUint32(24, size, true);
  view.setUint16(28, name.length, true);
  view.setUint32(42, at.offset, true);
  bytes.set(name, CENTRAL_SIZE);
  return bytes;
}

function endRecord(files: number, size: number, offset: number): Uint8Array {
  const bytes = new Uint8Array(END_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, END, true);
  view.setUint16(8, files, true);
  view.setUint16(10, files, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  return bytes;
}

const inOrder = (a: ZipFile, b: ZipFile): number => (a.path < b.path ? -1 : 1);

/**
 * A zip of which every byte follows from the files: stored, sorted by path, no times, no comments. The same files give
 * the same bytes, and `readZip` knows each byte that is not as written here. Throws RangeError for a path outside
 * `isBundlePath`, a path given twice, more than 65,535 files or more than 4 GiB.
 */
export function writeZip(given: Iterable<ZipFile>): Uint8Array {
  const files = [...given].sort(inOrder);
  if (files.length > MAX_FILES)
    throw new RangeError(`A bundle holds at most ${MAX_FILES} files, not ${files.length}.`);
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  let last: string | null = null;
  for (const { path, bytes } of files) {
    if (!isBundlePath(path) || path === last)
      throw new RangeError(
        `"${path}" cannot stand in a bundle${path === last ? ' twice' : ': only letters, digits, ".", "_", "-" and "/"'}.`,
      );
    last = path;
    const name = encoder.encode(path);
    const crc = crc32(bytes);
    const header = localHeader(name, bytes.length, crc);
    parts.push(header, bytes);
    directory.push(centralHeader(name, bytes.length, { crc, offset }));
    offset += header.length + bytes.length;
  }
  const directorySize = directory.reduce((sum, entry) => sum + entry.length, 0);
  if (offset + directorySize + END_SIZE > MAX_BYTES)
    throw new RangeError('A bundle holds at most 4 GiB; ask for a narrower scope.');
  return Buffer.concat([...parts, ...directory, endRecord(files.length, directorySize, offset)]);
}

const decoder = new TextDecoder('utf-8');

/** As much of a name as can be printed without harm. */
function printable(name: Uint8Array): string {
  return decoder
    .decode(name)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, MAX_PATH);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** The first byte at which two parts of equal length differ. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  return Math.max(
    0,
    a.findIndex((byte, index) => byte !== b[index]),
  );
}

/**
 * Reads what `writeZip` wrote, and nothing else: every byte must be the one that it would have written. Files are views
 * of `zip`, so nothing can grow when it is unpacked. Faults name the entry; where the end record or the directory cannot
 * be followed there are no files at all.
 */
export function readZip(zip: Uint8Array): ReadZip {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.length);
  if (zip.length < END_SIZE || view.getUint32(0, true) !== (zip.length === 22 ? END : LOCAL))
    return unreadable('not-a-zip', 0);
  const end = zip.length - END_SIZE;
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  const expected = endRecord(count, size, start);
  const found = zip.subarray(end);
  if (!sameBytes(found, expected)) return unreadable('end', end + firstDifference(expected, found));
  if (start + size !== end) return unreadable('end', end);
  return new ZipReader(zip, view, { count, start, end }).read();
}

function unreadable(reason: ZipFault['reason'], offset: number): ReadZip {
  return { files: null, faults: [{ reason, path: null, offset }] };
}

class ZipReader {
  private readonly files = new Map<string, Uint8Array>();
  private readonly faults: ZipFault[] = [];
  private last = '';

  constructor(
    private readonly zip: Uint8Array,
    private readonly view: DataView,
    private readonly at: { count: number; start: number; end: number },
  ) {}

  read(): ReadZip {
    const { count, start, end } = this.at;
    let entry = start;
    let offset = 0;
    for (let index = 0; index < count; index += 1) {
      const nameLength = entry + CENTRAL_SIZE <= end ? this.view.getUint16(entry + 28, true) : 0;
      const next = entry + CENTRAL_SIZE + nameLength;
      if (nameLength === 0 || next > end) return this.broken('directory', entry);
      const data = this.readEntry(entry, next, offset);
      if (data === null) return { files: null, faults: this.faults };
      offset = data;
      entry = next;
    }
    if (entry !== end || offset !== start) return this.broken('directory', entry);
    return { files: this.files, faults: this.faults };
  }

  /** Where the next entry's local header must begin; null where that cannot be known. */
  private readEntry(entry: number, next: number, offset: number): number | null {
    const { zip, view } = this;
    const name = zip.subarray(entry + CENTRAL_SIZE, next);
    const path = printable(name);
    const crc = view.getUint32(entry + 16, true);
    const size = view.getUint32(entry + 24, true);
    if (view.getUint16(entry + 10, true) !== 0) return this.lost('method', path, entry + 10);
    const central = centralHeader(name, size, { crc, offset });
    const foundCentral = zip.subarray(entry, next);
    if (!sameBytes(central, foundCentral))
      return this.lost('directory', path, entry + firstDifference(central, foundCentral));
    const begin = offset + LOCAL_SIZE + name.length;
    const stop = begin + size;
    if (stop > this.at.start) return this.lost('directory', path, entry + 24);
    const local = localHeader(name, size, crc);
    const foundLocal = zip.subarray(offset, begin);
    if (!sameBytes(local, foundLocal))
      this.fault('header', path, offset + firstDifference(local, foundLocal));
    this.take(path, name, zip.subarray(begin, stop), { crc, offset });
    return stop;
  }

  private take(
    path: string,
    name: Uint8Array,
    bytes: Uint8Array,
    { crc, offset }: { crc: number; offset: number },
  ): void {
    if (!isBundlePath(path) || path.length !== name.length) this.fault('path', path, offset);
    else if (this.files.has(path)) this.fault('twice', path, offset);
    else {
      if (path < this.last) this.fault('order', path, offset);
      if (crc32(bytes) !== crc) this.fault('checksum', path, offset);
      this.last = path;
      this.files.set(path, bytes);
    }
  }

  private fault(reason: ZipFault['reason'], path: string | null, offset: number): void {
    this.faults.push({ reason, path, offset });
  }

  private lost(reason: ZipFault['reason'], path: string, offset: number): null {
    this.fault(reason, path, offset);
    return null;
  }

  private broken(reason: ZipFault['reason'], offset: number): ReadZip {
    this.fault(reason, null, offset);
    return { files: null, faults: this.faults };
  }
}
