import type { Event } from '#core/event/event.js';
import { CaseSpill } from './case-spill.js';
import { compareEvents, compareText } from './event-order.js';
import { MovedChains } from './moved-chains.js';
import { RunMerge } from './run-merge.js';
import { eventOfLine, type RunLine } from './spilled-run.js';
import { TemporaryFolder } from './temporary-folder.js';

export interface SortOptions {
  /** Events kept in memory before they are spilled, however few bytes they are. Default 20,000. */
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

/** Events of other cases that concern a case. */
export type Moved = ReadonlyMap<string, ReadonlySet<Event>>;

/** Events kept in memory before they are spilled, where nobody says otherwise. */
export const MAX_IN_MEMORY = 20_000;

/**
 * Groups interleaved events by case: cases in the order of their ids, each with its events in order. A correction that
 * moves a fact to another case makes its whole chain stand in both: a log with corrections is read twice from the
 * spill, and their chains are kept in memory. Beyond
 * `maxInMemory` events are spilled to a private temporary folder, which is removed at the end, when the consumer
 * stops early, on a fault, at exit and on Ctrl-C; memory is bounded by a block of bytes and by the largest case.
 * The result does not depend on the order in which the events come, nor on `maxInMemory`.
 */
export async function* casesOf(
  events: AsyncIterable<Event>,
  options: SortOptions = {},
): AsyncIterable<CaseEvents> {
  let folder: TemporaryFolder | null = null;
  const spill = new CaseSpill({
    maxInMemory: options.maxInMemory ?? MAX_IN_MEMORY,
    shares: 1,
    name: 'run',
    folder: () => {
      folder ??= new TemporaryFolder('mingcha-sort-');
      return folder.path;
    },
  });
  const corrections = new MovedChains();
  let merge: RunMerge | null = null;
  try {
    for await (const event of events) {
      corrections.note(event);
      spill.add(event);
    }
    if (!corrections.isEmpty) for (const event of spill.read()) corrections.collect(event);
    let sorted: Iterable<RunLine> | null = spill.inMemory();
    if (sorted === null) {
      merge = new RunMerge(spill.seal().flat());
      sorted = merge;
    }
    yield* groupByCase(sorted, corrections.moved());
  } finally {
    spill.close();
    merge?.close();
    (folder as TemporaryFolder | null)?.remove();
  }
}

/** Lines in the order of their cases, by case, with what concerns a case from elsewhere, also where nothing else of it is known. */
export function groupByCase(lines: Iterable<RunLine>, moved: Moved): Iterable<CaseEvents> {
  return moved.size === 0 ? grouped(lines) : withMoved(grouped(lines), moved);
}

function* grouped(lines: Iterable<RunLine>): Iterable<CaseEvents> {
  let current: { caseId: string; events: Event[] } | null = null;
  for (const line of lines) {
    if (current !== null && current.caseId !== line.caseId) {
      yield inOrder(current);
      current = null;
    }
    current ??= { caseId: line.caseId, events: [] };
    current.events.push(eventOfLine(line));
  }
  if (current !== null) yield inOrder(current);
}

function inOrder({ caseId, events }: { caseId: string; events: Event[] }): CaseEvents {
  return { caseId, events: events.sort(compareEvents) };
}

/** The groups with what concerns their cases from elsewhere, and cases of which nothing else is known. */
function* withMoved(groups: Iterable<CaseEvents>, moved: Moved): Iterable<CaseEvents> {
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
