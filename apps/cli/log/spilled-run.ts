import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Event } from '#core/event/event.js';
import { errorCode, InputError } from './input-error.js';

/** An event as a list: without the names of its members a run is half as long, and read twice as fast. */
type PackedEvent = ReturnType<typeof pack>;

function pack(event: Event) {
  return [
    event.source,
    event.id,
    event.type,
    event.subject,
    event.occurredAt,
    event.recordedAt,
    event.receivedAt,
    event.precision,
    event.vocabularyVersion,
    event.agencyCode,
    event.regionCode,
    event.itemCode,
    event.itemVersion,
    event.operator,
    event.responsible,
    event.dataVersion,
    event.correctionOf,
    event.correctionReason,
    event.docNo,
    event.rawDigest,
    event.isTest,
    event.data,
  ] as const;
}

function unpack(caseId: string, packed: PackedEvent): Event {
  return {
    source: packed[0],
    id: packed[1],
    type: packed[2],
    subject: packed[3],
    caseId,
    occurredAt: packed[4],
    recordedAt: packed[5],
    receivedAt: packed[6],
    precision: packed[7],
    vocabularyVersion: packed[8],
    agencyCode: packed[9],
    regionCode: packed[10],
    itemCode: packed[11],
    itemVersion: packed[12],
    operator: packed[13],
    responsible: packed[14],
    dataVersion: packed[15],
    correctionOf: packed[16],
    correctionReason: packed[17],
    docNo: packed[18],
    rawDigest: packed[19],
    isTest: packed[20],
    data: packed[21],
  };
}

/** One event of a run: its case in JSON, a tab, which JSON never holds, and the rest of it in JSON. */
export interface RunLine {
  readonly caseId: string;
  readonly text: string;
}

/** The line of an event, without its end. */
export function lineOfEvent(event: Event): string {
  return `${JSON.stringify(event.caseId)}\t${JSON.stringify(pack(event))}`;
}

/** The event of a line. */
export function eventOfLine({ caseId, text }: RunLine): Event {
  return unpack(caseId, JSON.parse(text.slice(text.indexOf('\t') + 1)) as PackedEvent);
}

/** What a text says as a line of a run. */
export function runLine(text: string): RunLine {
  const json = text.slice(0, text.indexOf('\t'));
  return { caseId: json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1), text };
}

const WRITE_BYTES = 1 << 18;
const READ_BYTES = 1 << 16;
const NEWLINE = 10;

/** Writes lines, in the order given, each as UTF-8 with its end. Throws InputError where the disk is full. */
export function writeRun(file: string, lines: Iterable<Uint8Array>): void {
  try {
    const descriptor = openSync(file, 'wx', 0o600);
    try {
      const block = Buffer.allocUnsafe(WRITE_BYTES);
      let filled = 0;
      for (const line of lines) {
        if (filled + line.length > WRITE_BYTES) {
          writeAll(descriptor, block.subarray(0, filled));
          filled = 0;
        }
        if (line.length > WRITE_BYTES) writeAll(descriptor, line);
        else {
          block.set(line, filled);
          filled += line.length;
        }
      }
      writeAll(descriptor, block.subarray(0, filled));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new InputError(
      { file: dirname(file) },
      'the disk is full: sorting a log needs about as much room as its events',
      'Make room, or set TMPDIR to a folder on a larger disk',
    );
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, bytes.length - done);
}

/** Reads a run back, one line at a time; memory holds one block and one line. */
export class RunReader {
  private readonly keep: boolean;
  private readonly file: string;
  private readonly descriptor: number;
  private readonly block = Buffer.allocUnsafe(READ_BYTES);
  private rest: Buffer[] = [];
  private from = 0;
  private to = 0;
  private closed = false;

  /** `keep`: the run is to be read again, and its file stays. */
  constructor(file: string, keep = false) {
    this.file = file;
    this.keep = keep;
    this.descriptor = openSync(file, 'r');
  }

  /** The next line, or null at the end; the file is then closed and, unless kept, removed. */
  next(): RunLine | null {
    while (!this.closed) {
      const end = this.block.subarray(0, this.to).indexOf(NEWLINE, this.from);
      if (end >= 0) {
        const line = this.take(end);
        this.from = end + 1;
        return runLine(line);
      }
      if (this.from < this.to) this.rest.push(Buffer.from(this.block.subarray(this.from, this.to)));
      this.from = 0;
      this.to = readSync(this.descriptor, this.block, 0, READ_BYTES, null);
      if (this.to === 0) this.close();
    }
    return null;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.descriptor);
    if (!this.keep) rmSync(this.file, { force: true });
  }

  private take(end: number): string {
    if (this.rest.length === 0) return this.block.toString('utf8', this.from, end);
    const line = Buffer.concat([...this.rest, this.block.subarray(this.from, end)]).toString(
      'utf8',
    );
    this.rest = [];
    return line;
  }
}
