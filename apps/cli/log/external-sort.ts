import { join } from 'node:path';
import type { Event } from '#core/event/event.js';
import { MovedChains } from './moved-chains.js';
import { RunReader, writeRun } from './spilled-run.js';
import { TemporaryFolder } from './temporary-folder.js';

export interface SortOptions {
  /** Events kept in memory before they are spilled. Default 10,000: about 25 MB. */
  readonly maxInMemory?: number;
}

export interface CaseEvents {
  readonly caseId: string;
  /**
   * In the order of events.md section 8: (occurredAt, recordedAt, source, id); after them those of other cases whose
   * chain of corrections concerns this one.
   */
  readonly events: readonly Event[];
}

const DEFAULT_MAX_IN_MEMORY = 10_000;
/** Runs merged at once: bounds open files and read buffers. */
const MAX_RUNS = 64;

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Order of events: (caseId, occurredAt, recordedAt, source, id), texts by code unit; versions of one identity by (dataVersion, rawDigest). */
export function compareEvents(a: Event, b: Event): number {
  return (
    compareText(a.caseId, b.caseId) ||
    a.occurredAt - b.occurredAt ||
    a.recordedAt - b.recordedAt ||
    compareText(a.source, b.source) ||
    compareText(a.id, b.id) ||
    a.dataVersion - b.dataVersion ||
    compareText(a.rawDigest, b.rawDigest)
  );
}

/**
 * Groups interleaved events by case: cases in the order of their ids, each with its events in order. A correction that
 * moves a fact to another case makes its whole chain stand in both: a log with corrections is read twice from the
 * spill, and their chains are kept in memory. Beyond
 * `maxInMemory` events are spilled to a private temporary folder, which is removed at the end, when the consumer
 * stops early, on a fault, at exit and on Ctrl-C; memory is bounded by `maxInMemory` and by the largest case.
 * The result does not depend on the order in which the events come, nor on `maxInMemory`.
 */
export async function* casesOf(
  events: AsyncIterable<Event>,
  options: SortOptions = {},
): AsyncIterable<CaseEvents> {
  const spill = new Spill(options.maxInMemory ?? DEFAULT_MAX_IN_MEMORY);
  const corrections = new MovedChains();
  try {
    for await (const event of events) {
      corrections.note(event);
      spill.add(event);
    }
    if (corrections.isEmpty) yield* grouped(spill.sorted());
    else {
      for (const event of spill.read()) corrections.collect(event);
      yield* withMoved(grouped(spill.sorted()), corrections.moved());
    }
  } finally {
    spill.remove();
  }
}

function* grouped(events: Iterable<Event>): Iterable<CaseEvents> {
  let current: { caseId: string; events: Event[] } | null = null;
  for (const event of events) {
    if (current !== null && current.caseId === event.caseId) {
      current.events.push(event);
      continue;
    }
    if (current !== null) yield current;
    current = { caseId: event.caseId, events: [event] };
  }
  if (current !== null) yield current;
}

/** The groups with what concerns their cases from elsewhere, and cases of which nothing else is known. */
function* withMoved(
  groups: Iterable<CaseEvents>,
  moved: ReadonlyMap<string, ReadonlySet<Event>>,
): Iterable<CaseEvents> {
  const visited = [...moved.keys()].sort(compareText);
  const from = (caseId: string) => [...(moved.get(caseId) ?? [])].sort(compareEvents);
  let next = 0;
  for (const { caseId, events } of groups) {
    for (let other = visited[next]; other !== undefined && other <= caseId; other = visited[next]) {
      next += 1;
      if (other !== caseId) yield { caseId: other, events: from(other) };
    }
    yield { caseId, events: [...events, ...from(caseId)] };
  }
  for (const caseId of visited.slice(next)) yield { caseId, events: from(caseId) };
}

class Spill {
  private readonly maxInMemory: number;
  private folder: TemporaryFolder | null = null;
  private buffer: Event[] = [];
  private runs: string[] = [];
  private readonly open = new Set<RunReader>();
  private runCount = 0;

  constructor(maxInMemory: number) {
    if (!Number.isInteger(maxInMemory) || maxInMemory < 1) {
      throw new RangeError(`maxInMemory is ${maxInMemory}: give a whole number of 1 or more`);
    }
    this.maxInMemory = maxInMemory;
  }

  add(event: Event): void {
    this.buffer.push(event);
    if (this.buffer.length >= this.maxInMemory) this.spill();
  }

  /** All events in no particular order, before they are asked for in order. */
  *read(): Iterable<Event> {
    for (const file of this.runs) {
      const reader = new RunReader(file, true);
      this.open.add(reader);
      for (let event = reader.next(); event !== null; event = reader.next()) yield event;
    }
    yield* this.buffer;
  }

  /** All events in order; to be asked once. */
  sorted(): Iterable<Event> {
    if (this.runs.length === 0) return this.buffer.sort(compareEvents);
    if (this.buffer.length > 0) this.spill();
    return this.merge(this.runs);
  }

  remove(): void {
    for (const reader of this.open) reader.close();
    this.folder?.remove();
  }

  private spill(): void {
    this.writeRun(this.buffer.sort(compareEvents));
    this.buffer = [];
    if (this.runs.length < MAX_RUNS) return;
    const runs = this.runs;
    this.runs = [];
    this.writeRun(this.merge(runs));
  }

  private writeRun(events: Iterable<Event>): void {
    this.folder ??= new TemporaryFolder('mingcha-sort-');
    const file = join(this.folder.path, `run-${this.runCount}.jsonl`);
    this.runCount += 1;
    writeRun(file, events);
    this.runs.push(file);
  }

  private *merge(files: readonly string[]): Iterable<Event> {
    const heap = new RunHeap();
    for (const file of files) {
      const reader = new RunReader(file);
      this.open.add(reader);
      heap.push(reader);
    }
    for (let event = heap.pop(); event !== null; event = heap.pop()) yield event;
    this.open.clear();
  }
}

interface Head {
  event: Event;
  readonly reader: RunReader;
}

/** Binary heap of runs by their next event. */
class RunHeap {
  private readonly heads: Head[] = [];

  push(reader: RunReader): void {
    const event = reader.next();
    if (event === null) return;
    this.heads.push({ event, reader });
    let child = this.heads.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.swapIfAfter(parent, child)) return;
      child = parent;
    }
  }

  /** The least event of all runs, or null where all are at their end. */
  pop(): Event | null {
    const [top] = this.heads;
    if (top === undefined) return null;
    const { event } = top;
    const following = top.reader.next();
    if (following !== null) top.event = following;
    else {
      const last = this.heads.pop();
      if (last !== undefined && last !== top) this.heads[0] = last;
    }
    this.sink();
    return event;
  }

  private sink(): void {
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const right = left + 1;
      if (left >= this.heads.length) return;
      const least = right < this.heads.length && this.isAfter(left, right) ? right : left;
      if (!this.swapIfAfter(parent, least)) return;
      parent = least;
    }
  }

  private isAfter(a: number, b: number): boolean {
    const [first, second] = [this.heads[a], this.heads[b]];
    return (
      first !== undefined && second !== undefined && compareEvents(first.event, second.event) > 0
    );
  }

  private swapIfAfter(parent: number, child: number): boolean {
    const [upper, lower] = [this.heads[parent], this.heads[child]];
    if (upper === undefined || lower === undefined) return false;
    if (compareEvents(upper.event, lower.event) <= 0) return false;
    this.heads[parent] = lower;
    this.heads[child] = upper;
    return true;
  }
}
