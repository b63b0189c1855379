import { join } from 'node:path';
import type { Event } from '#core/event/event.js';
import { compareEvents } from './event-order.js';
import { RunMerge } from './run-merge.js';
import { RunReader, writeRun } from './spilled-run.js';

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

/**
 * Events in any order, divided into shares by case; beyond `maxInMemory` they go to files, a sorted run for each share.
 * The files belong to whoever made the folder.
 */
export class CaseSpill {
  private buffer: Event[] = [];
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
    this.buffer.push(event);
    if (this.buffer.length >= this.options.maxInMemory) this.spill();
  }

  /** All events in no particular order, before they are asked for in order. */
  *read(): Iterable<Event> {
    for (const file of this.runs.flat()) {
      const reader = new RunReader(file, true);
      this.open.add(reader);
      for (let event = reader.next(); event !== null; event = reader.next()) yield event;
      this.open.delete(reader);
    }
    yield* this.buffer;
  }

  /** The events in order, of all shares, where everything is still in memory; else null. */
  inMemory(): readonly Event[] | null {
    return this.runCount === 0 ? this.buffer.sort(compareEvents) : null;
  }

  /** Writes what is still in memory. The runs of each share, in the order of the shares. */
  seal(): readonly (readonly string[])[] {
    if (this.buffer.length > 0) this.spill();
    return this.runs;
  }

  /** Closes what is still open; for a consumer that stops early. */
  close(): void {
    for (const reader of this.open) reader.close();
  }

  private spill(): void {
    const { shares } = this.options;
    const parts: Event[][] = Array.from({ length: shares }, () => []);
    for (const event of this.buffer) parts[shareOf(event.caseId, shares)]?.push(event);
    this.buffer = [];
    const most = Math.max(LEAST_RUNS, Math.floor(MAX_RUNS / shares));
    for (const [share, runs] of this.runs.entries()) {
      const events = parts[share] ?? [];
      if (events.length > 0) runs.push(this.writeRun(events.sort(compareEvents)));
      if (runs.length >= most) runs.push(this.writeRun(new RunMerge(runs.splice(0))));
    }
  }

  private writeRun(events: Iterable<Event>): string {
    const { folder, name } = this.options;
    const file = join(folder(), `${name}-${this.runCount}.jsonl`);
    this.runCount += 1;
    writeRun(file, events);
    return file;
  }
}
