import type { Event, Instant } from '#core/event/event.js';
import { CaseSpill, shareOf } from '../../log/case-spill.js';
import { MAX_IN_MEMORY, type Moved } from '../../log/external-sort.js';
import { keyOf, MovedChains } from '../../log/moved-chains.js';
import type { LineBlock } from '../../log/native-lines.js';
import { TemporaryFolder } from '../../log/temporary-folder.js';
import { Intake } from '../intake.js';
import { mergeShares } from './merge-shares.js';
import { ShareHandle } from './share-handle.js';
import type { BlockRead, ReplaySettings } from './share-requests.js';

/** Where the events come from: lines that threads decode, or events that this thread makes of rows. */
export type ThreadedSource =
  | { readonly kind: 'lines'; readonly blocks: AsyncIterable<LineBlock> }
  | { readonly kind: 'events'; readonly events: AsyncIterable<Event> };

export interface ThreadedReplay {
  readonly source: ThreadedSource;
  readonly settings: ReplaySettings;
  /** Number of threads, 1 or more, and of shares. */
  readonly threads: number;
  /** Default: when the last record was received. */
  readonly asOf: Instant | null;
  readonly onRejected: (lines: number) => void;
  readonly onProgress: (events: number, phase: 'read' | 'evaluate') => void;
}

/** Blocks that a thread has before it: bounds what of the log is in memory. */
const BLOCKS_AHEAD = 3;

/** What reading the whole log has left: sorted runs on disk, and what the main thread needs to know of them. */
interface ReadLog {
  readonly references: readonly Event[];
  readonly last: Instant;
  readonly corrections: MovedChains;
  /** Of each who wrote runs, the runs of each share. */
  readonly runs: readonly (readonly (readonly string[])[])[];
  /** Events whose identities are among the keys. */
  collect(keys: ReadonlySet<string>): Promise<readonly Event[]>;
}

/**
 * Judges a log in threads, each a share of the cases, and gives the lines of each case that has any, in the order of the
 * cases' ids: what replayCases would say, whatever the number of threads. @throws what reading and judging throw in one
 * thread; of several lines that break the contract the first is told of.
 */
export async function* replayInThreads(replay: ThreadedReplay): AsyncIterable<string> {
  const { settings, threads } = replay;
  const folder = new TemporaryFolder('mingcha-sort-');
  const handles = Array.from(
    { length: threads },
    (_, share) => new ShareHandle({ ...settings, shares: threads, share, folder: folder.path }),
  );
  try {
    const { source } = replay;
    const log =
      source.kind === 'lines'
        ? await readLines(source.blocks, handles, replay)
        : await readEvents(source.events, folder.path, replay);
    yield* judged(log, handles, replay);
    await Promise.all(handles.map((handle) => handle.end()));
  } finally {
    await Promise.all(handles.map((handle) => handle.stop()));
    folder.remove();
  }
}

/** Threads decode and sort; answers are looked at in the order of the log, so that its first error is the one told. */
async function readLines(
  blocks: AsyncIterable<LineBlock>,
  handles: readonly ShareHandle[],
  { onRejected, onProgress }: ThreadedReplay,
): Promise<ReadLog> {
  const corrections = new MovedChains();
  const references: Event[] = [];
  let last = Number.NEGATIVE_INFINITY;
  let events = 0;
  const note = (read: BlockRead): void => {
    events += read.events;
    onProgress(events, 'read');
    onRejected(read.rejected);
    last = Math.max(last, read.last);
    references.push(...read.references);
    for (const event of read.corrections) corrections.note(event);
  };
  const reading: Promise<BlockRead>[] = [];
  const noteFirst = async (): Promise<void> => {
    try {
      note(await (reading.shift() as Promise<BlockRead>));
    } catch (error) {
      reading.length = 0;
      throw error;
    }
  };
  try {
    for await (const block of blocks) {
      if (reading.length >= handles.length * BLOCKS_AHEAD) await noteFirst();
      const idlest = handles.reduce((a, b) => (b.load < a.load ? b : a));
      reading.push(idlest.request('read', block));
    }
  } finally {
    // Also where the log cannot be read further: what stands before that place comes first.
    while (reading.length > 0) await noteFirst();
  }
  return {
    references,
    last,
    corrections,
    runs: await Promise.all(handles.map((handle) => handle.request('seal', null))),
    collect: async (keys) =>
      (await Promise.all(handles.map((handle) => handle.request('collect', keys)))).flat(),
  };
}

/** This thread sorts: it makes the events, and threads could only be sent them. */
async function readEvents(
  events: AsyncIterable<Event>,
  folder: string,
  { settings, threads, onProgress }: ThreadedReplay,
): Promise<ReadLog> {
  const intake = new Intake(settings.knownAt);
  const corrections = new MovedChains();
  const spill = new CaseSpill({
    maxInMemory: MAX_IN_MEMORY,
    shares: threads,
    folder: () => folder,
    name: 'run',
  });
  let read = 0;
  for await (const event of events) {
    read += 1;
    onProgress(read, 'read');
    if (!intake.isOfCase(event)) continue;
    corrections.note(event);
    spill.add(event);
  }
  const { references, last } = intake;
  return {
    references,
    last,
    corrections,
    runs: [spill.seal()],
    collect: async (keys) => [...spill.read()].filter((event) => keys.has(keyOf(event))),
  };
}

async function* judged(
  log: ReadLog,
  handles: readonly ShareHandle[],
  { asOf, onProgress }: ThreadedReplay,
): AsyncIterable<string> {
  const { references, corrections } = log;
  if (!corrections.isEmpty)
    for (const event of await log.collect(corrections.keys)) corrections.collect(event);
  const moved = sharesOf(corrections.moved(), handles.length);
  await Promise.all(
    handles.map((handle, share) =>
      handle.request('judge', {
        runs: log.runs.flatMap((runs) => runs[share] ?? []),
        moved: moved[share] ?? new Map(),
        references,
        asOf: asOf ?? log.last,
      }),
    ),
  );
  let events = 0;
  yield* mergeShares(
    handles.map((handle) => () => handle.request('next', null)),
    (more) => {
      events += more;
      onProgress(events, 'evaluate');
    },
  );
}

function sharesOf(moved: Moved, shares: number): Moved[] {
  const parts = Array.from({ length: shares }, () => new Map<string, ReadonlySet<Event>>());
  for (const [caseId, events] of moved) parts[shareOf(caseId, shares)]?.set(caseId, events);
  return parts;
}
