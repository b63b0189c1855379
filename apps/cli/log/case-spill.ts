import { join } from 'node:path';
import type { Event } from '#core/event/event.js';
import { compareText } from './event-order.js';
import { RunMerge } from './run-merge.js';
import {
  eventOfLine,
  lineOfEvent,
  type RunLine,
  RunReader,
  runLine,
  writeRun,
} from './spilled-run.js';

export interface SpillOptions {
  /** Events kept in memory before they are spilled, 1 or more. */
  readonly maxInMemory: number;
  /** Into so many shares the cases are divided (shareOf). */
  readonly shares: number;
  /** Where runs are written; asked for with the first of them. */
  readonly folder: () => string;
  /** Begins the names of the runs: spills that use one folder need different ones. */
  readonly name: string;
}

/** Runs merged at once, where every share has a spill that adds to it: bounds open files and read buffers. */
const MAX_RUNS = 128;
const LEAST_RUNS = 16;

/** The share that a case belongs to, from 0: the same for the same case, whoever asks. */
export function shareOf(caseId: string, shares: number): number {
  if (shares === 1) return 0;
  let mixed = 0x811c9dc5;
  for (let at = 0; at < caseId.length; at += 1)
    mixed = Math.imul(mixed ^ caseId.charCodeAt(at), 0x01000193);
  return (mixed >>> 0) % shares;
}

/** Room for what is in memory, bytes. */
const SLAB_BYTES = 16 << 20;
/** UTF-8 of one code unit is never longer. */
const MAX_BYTES_PER_CHAR = 3;

/** A line in the slab. */
interface Place {
  readonly caseId: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Events in any order, divided into shares by case; what is beyond `maxInMemory` or SLAB_BYTES goes to files, a run for
 * each share, sorted by case. In memory events are bytes too: as objects they would be what the garbage collector is
 * busy with. The files belong to whoever made the folder.
 */
export class CaseSpill {
  private slab: Buffer | null = null;
  private filled = 0;
  private places: Place[] = [];
  private readonly runs: string[][];
  private readonly open = new Set<RunReader>();
  private runCount = 0;

  /** @throws RangeError for a bound that is none */
  constructor(private readonly options: SpillOptions) {
    const { maxInMemory, shares } = options;
    if (!Number.isInteger(maxInMemory) || maxInMemory < 1)
      throw new RangeError(`maxInMemory is ${maxInMemory}: give a whole number of 1 or more`);
    this.runs = Array.from({ length: shares }, () => []);
  }

  /** @throws InputError where the disk is full */
  add(event: Event): void {
    const text = `${lineOfEvent(event)}\n`;
    const slab = this.slabFor(text.length * MAX_BYTES_PER_CHAR);
    const from = this.filled;
    this.filled += slab.write(text, from);
    this.places.push({ caseId: event.caseId, from, to: this.filled });
    if (this.places.length >= this.options.maxInMemory) this.spill();
  }

  /** All events in no particular order, before they are asked for in order. */
  *read(): Iterable<Event> {
    for (const file of this.runs.flat()) {
      const reader = new RunReader(file, true);
      this.open.add(reader);
      for (let line = reader.next(); line !== null; line = reader.next()) yield eventOfLine(line);
      this.open.delete(reader);
    }
    for (const place of this.places) yield eventOfLine(this.lineAt(place));
  }

  /** The lines of all shares by case, where everything is still in memory; else null. */
  inMemory(): Iterable<RunLine> | null {
    if (this.runCount > 0) return null;
    return this.places.sort(byCase).map((place) => this.lineAt(place));
  }

  /** Writes what is still in memory. The runs of each share, in the order of the shares. */
  seal(): readonly (readonly string[])[] {
    if (this.places.length > 0) this.spill();
    this.slab = null;
    return this.runs;
  }

  /** Closes what is still open; for a consumer that stops early. */
  close(): void {
    for (const reader of this.open) reader.close();
  }

  private slabFor(bytes: number): Buffer {
    if (this.slab !== null && this.filled + bytes <= this.slab.length) return this.slab;
    if (this.places.length > 0) this.spill();
    if (this.slab === null || bytes > this.slab.length)
      this.slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    return this.slab;
  }

  private lineAt({ from, to }: Place): RunLine {
    return runLine((this.slab as Buffer).toString('utf8', from, to - 1));
  }

  private spill(): void {
    const { shares } = this.options;
    const parts: Place[][] = Array.from({ length: shares }, () => []);
    for (const place of this.places) parts[shareOf(place.caseId, shares)]?.push(place);
    const most = Math.max(LEAST_RUNS, Math.floor(MAX_RUNS / shares));
    for (const [share, runs] of this.runs.entries()) {
      const places = parts[share] ?? [];
      if (places.length > 0) runs.push(this.writeRun(bytesAt(this.slab as Buffer, places)));
      if (runs.length >= most) runs.push(this.writeRun(bytesOf(new RunMerge(runs.splice(0)))));
    }
    this.places = [];
    this.filled = 0;
  }

  private writeRun(lines: Iterable<Uint8Array>): string {
    const { folder, name } = this.options;
    const file = join(folder(), `${name}-${this.runCount}.jsonl`);
    this.runCount += 1;
    writeRun(file, lines);
    return file;
  }
}

function byCase(a: Place, b: Place): number {
  return compareText(a.caseId, b.caseId);
}

function* bytesAt(slab: Buffer, places: Place[]): Iterable<Uint8Array> {
  for (const { from, to } of places.sort(byCase)) yield slab.subarray(from, to);
}

function* bytesOf(lines: Iterable<RunLine>): Iterable<Uint8Array> {
  for (const { text } of lines) yield Buffer.from(`${text}\n`);
}
