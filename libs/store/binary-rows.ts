import type { Instant } from '#core/event/event.js';

/** Column kinds that the writer can send; each has one binary form in PostgreSQL. */
export type ColumnKind =
  | 'text'
  | 'bytea'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'bool'
  | 'timestamptz'
  | 'text[]'
  | 'jsonb';

/**
 * A value as a column takes it: text and jsonb as text (or its UTF-8 bytes), bytea in one or more parts, instants as
 * milliseconds, int8 as number or bigint.
 */
export type ColumnValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly Uint8Array[]
  | readonly string[]
  | null;

/** Rooms of CHUNK bytes that can be written again; so many are kept at most. */
const SPARE_ROOMS = 16;
const spare: Buffer[] = [];

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const CHUNK = 256 * 1024;
const TEXT_OID = 25;
/** Up to this many characters text is copied letter by letter. */
const SHORT = 24;
/** 2000-01-01T00:00:00Z, PostgreSQL's epoch, in ms. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const TWO_32 = 4_294_967_296;

function roomOf(bytes: number): Buffer {
  if (bytes > CHUNK) return Buffer.allocUnsafeSlow(bytes);
  return spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
}

/**
 * Rows in the format of COPY … (FORMAT binary) (PostgreSQL manual, COPY, "Binary Format"). Nothing is escaped and
 * nothing is parsed at the other end: half the cost of text for rows that carry bytes.
 */
export class BinaryRows {
  private chunk = roomOf(CHUNK);
  private used = 0;
  private readonly full: Buffer[] = [];
  private readonly rooms: Buffer[] = [];

  constructor() {
    SIGNATURE.copy(this.chunk, 0);
    this.used = SIGNATURE.length;
  }

  startRow(columns: number): void {
    this.room(2);
    this.used = this.chunk.writeInt16BE(columns, this.used);
  }

  /** The whole input of COPY, trailer included. The writer must not be used afterwards. */
  finish(): Buffer[] {
    this.room(2);
    this.used = this.chunk.writeInt16BE(-1, this.used);
    this.full.push(this.chunk.subarray(0, this.used));
    this.rooms.push(this.chunk);
    return this.full;
  }

  /** The other end has read everything that `finish` gave: its room is used again, and must not be looked at any more. */
  release(): void {
    for (const room of this.rooms)
      if (room.length === CHUNK && spare.length < SPARE_ROOMS) spare.push(room);
    this.rooms.length = 0;
  }

  value(kind: ColumnKind, value: ColumnValue): void {
    if (value === null) {
      this.room(4);
      this.used = this.chunk.writeInt32BE(-1, this.used);
      return;
    }
    switch (kind) {
      case 'text':
        if (typeof value === 'string') this.text(value, 0);
        else this.bytes(value as Uint8Array);
        return;
      case 'jsonb':
        this.text(value as string, 1);
        return;
      case 'bytea':
        if (value instanceof Uint8Array) this.bytes(value);
        else this.parts(value as readonly Uint8Array[]);
        return;
      case 'text[]':
        this.list(value as readonly string[]);
        return;
      default:
        this.fixed(kind, value);
    }
  }

  private room(bytes: number): void {
    if (this.used + bytes <= this.chunk.length) return;
    this.full.push(this.chunk.subarray(0, this.used));
    this.rooms.push(this.chunk);
    this.chunk = roomOf(bytes);
    this.used = 0;
  }

  private fixed(kind: ColumnKind, value: ColumnValue): void {
    this.room(12);
    const { chunk } = this;
    switch (kind) {
      case 'int2':
        this.used = chunk.writeInt32BE(2, this.used);
        this.used = chunk.writeInt16BE(value as number, this.used);
        return;
      case 'int4':
        this.used = chunk.writeInt32BE(4, this.used);
        this.used = chunk.writeInt32BE(value as number, this.used);
        return;
      case 'bool':
        this.used = chunk.writeInt32BE(1, this.used);
        this.used = chunk.writeUInt8(value ? 1 : 0, this.used);
        return;
      case 'int8':
        this.used = chunk.writeInt32BE(8, this.used);
        this.int8(value as number | bigint);
        return;
      default:
        this.used = chunk.writeInt32BE(8, this.used);
        this.instant(value as Instant);
    }
  }

  private int8(value: number | bigint): void {
    if (typeof value === 'number' && Number.isSafeInteger(value)) {
      const high = Math.floor(value / TWO_32);
      this.used = this.chunk.writeInt32BE(high, this.used);
      this.used = this.chunk.writeUInt32BE(value - high * TWO_32, this.used);
      return;
    }
    this.used = this.chunk.writeBigInt64BE(BigInt(value), this.used);
  }

  private instant(at: Instant): void {
    const micros = (at - POSTGRES_EPOCH_MS) * 1000;
    // Beyond the year 2285 microseconds are no longer exact as a double.
    this.int8(Number.isSafeInteger(micros) ? micros : BigInt(at - POSTGRES_EPOCH_MS) * 1000n);
  }

  private text(value: string, jsonVersion: 0 | 1): void {
    this.room(5 + value.length * 3);
    const at = this.used;
    let start = at + 4;
    if (jsonVersion === 1) start = this.chunk.writeUInt8(1, start);
    const written =
      value.length <= SHORT ? this.short(value, start) : this.chunk.write(value, start, 'utf8');
    this.chunk.writeInt32BE(written + start - at - 4, at);
    this.used = start + written;
  }

  /** Most columns are a few ASCII letters: copying them here is quicker than a call out of JavaScript. */
  private short(value: string, start: number): number {
    const { chunk } = this;
    for (let i = 0; i < value.length; i += 1) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return chunk.write(value, start, 'utf8');
      chunk[start + i] = code;
    }
    return value.length;
  }

  private parts(values: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of values) length += part.length;
    this.room(4 + length);
    this.used = this.chunk.writeInt32BE(length, this.used);
    for (const part of values) {
      this.chunk.set(part, this.used);
      this.used += part.length;
    }
  }

  private bytes(value: Uint8Array): void {
    this.room(4 + value.length);
    this.used = this.chunk.writeInt32BE(value.length, this.used);
    this.chunk.set(value, this.used);
    this.used += value.length;
  }

  private list(values: readonly string[]): void {
    this.room(24);
    let { chunk } = this;
    if (values.length === 0) {
      for (const word of [12, 0, 0, TEXT_OID]) this.used = chunk.writeInt32BE(word, this.used);
      return;
    }
    let most = 24;
    for (const value of values) most += 5 + value.length * 3;
    this.room(most);
    chunk = this.chunk;
    const at = this.used;
    this.used += 4;
    for (const word of [1, 0, TEXT_OID, values.length, 1]) {
      this.used = chunk.writeInt32BE(word, this.used);
    }
    for (const value of values) this.text(value, 0);
    chunk.writeInt32BE(this.used - at - 4, at);
  }
}
