import type { PoolClient } from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** Signature, flags and length of the header's extension; PostgreSQL manual, COPY, "Binary Format". */
const HEADER_BYTES = 19;
/** Longest row that is taken: PostgreSQL itself makes none longer than 1 GiB. */
const LONGEST_ROW = 1 << 30;
const TWO_32 = 4_294_967_296;
/** 2000-01-01T00:00:00Z, PostgreSQL's epoch, in µs since 1970. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000;

/**
 * Rows of a binary COPY … TO STDOUT, read one after the other where they lie: nothing is copied, parsed or made into
 * text before somebody asks for it. What a row's accessors give is valid until the next `next()`.
 */
export class CopiedRows {
  /** Bytes in which the present row lies. */
  bytes: Buffer = Buffer.alloc(0);
  /** Begin of each field in `bytes`. */
  readonly start: Int32Array;
  /** Length of each field in bytes; -1: null. */
  readonly length: Int32Array;
  private at = 0;
  private headerRead = false;
  private ended = false;

  constructor(private readonly fields: number) {
    this.start = new Int32Array(fields);
    this.length = new Int32Array(fields);
  }

  /** Takes the next bytes of the stream; what is left of an unfinished row is put before them. */
  take(chunk: Buffer): void {
    const left = this.bytes.subarray(this.at);
    this.bytes = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    this.at = 0;
  }

  /** Moves to the next row; false where it has not come whole yet, or there is none. @throws on another format */
  next(): boolean {
    const { bytes, fields } = this;
    if (!this.headerRead) {
      if (bytes.length < HEADER_BYTES) return false;
      this.at = HEADER_BYTES;
      this.headerRead = true;
    }
    let at = this.at;
    if (this.ended || at + 2 > bytes.length) return false;
    const count = bytes.readInt16BE(at);
    if (count === -1) {
      this.ended = true;
      return false;
    }
    if (count !== fields) throw new Error(`COPY gave ${count} fields instead of ${fields}`);
    at += 2;
    for (let field = 0; field < fields; field += 1) {
      if (at + 4 > bytes.length) return false;
      const length = bytes.readInt32BE(at);
      if (length < -1 || length > LONGEST_ROW) throw new Error('COPY gave a length out of bounds');
      at += 4;
      this.start[field] = at;
      this.length[field] = length;
      if (length > 0) at += length;
    }
    if (at > bytes.length) return false;
    this.at = at;
    return true;
  }

  isNull(field: number): boolean {
    return this.length[field] === -1;
  }

  /** An int8 or xid8. Exact up to 2^53; beyond it rounded, and still in the right order. */
  int8(field: number): number {
    const at = this.start[field] as number;
    return this.bytes.readInt32BE(at) * TWO_32 + this.bytes.readUInt32BE(at + 4);
  }

  /** A timestamptz in µs since 1970; whole milliseconds are exact. */
  micros(field: number): number {
    return this.int8(field) + POSTGRES_EPOCH_MICROS;
  }

  /** The field's bytes where they lie. */
  view(field: number): Buffer {
    const at = this.start[field] as number;
    return this.bytes.subarray(at, at + (this.length[field] as number));
  }

  /** The field's text; null where it is null. */
  text(field: number): string | null {
    const at = this.start[field] as number;
    const length = this.length[field] as number;
    return length === -1 ? null : this.bytes.toString('utf8', at, at + length);
  }
}

/**
 * Runs `copy (<query>) to stdout (format binary)` and gives the reader again after every piece that arrived; call
 * `next()` until it is false each time. The server waits while the caller works: memory is bounded by a few pieces.
 */
export async function* copyOut(
  client: PoolClient,
  query: string,
  fields: number,
): AsyncGenerator<CopiedRows> {
  const rows = new CopiedRows(fields);
  const stream = client.query(
    copyTo(`copy (${query}) to stdout (format binary)`, { highWaterMark: 1 << 20 }),
  );
  for await (const chunk of stream) {
    rows.take(chunk as Buffer);
    yield rows;
  }
}
