import { buildCalendar } from '#core/calendar/build-calendar.js';
import type { Event } from '#core/event/event.js';
import type { Rulebook } from '#core/rule/compile.js';
import type { LineBlock } from '../log/native-lines.js';
import { linesOfCase } from './finding-line.js';
import { NativeReader } from './native-log.js';
import { replayCases } from './replay-cases.js';
import { beginningOf } from './small-log.js';
import { replayInThreads, type ThreadedReplay } from './threads/replay-in-threads.js';

export interface LogReplay extends ThreadedReplay {
  /** What `settings.rules` compile to. */
  readonly rulebook: Rulebook;
}

/** A log that is no larger is judged before threads would have started. */
const SMALL_CHARS = 8_000_000;
const SMALL_EVENTS = 8_000;

/**
 * What is printed of a log: the lines of each case that has any, in the order of the cases' ids. The same bytes on one
 * thread and on many; a small log is judged on this one. @throws InputError as lineBlocks, mapLog and NativeReader do
 */
export async function* replayLog(replay: LogReplay): AsyncIterable<string> {
  if (replay.threads === 1) {
    yield* onThisThread(replay);
    return;
  }
  const { source } = replay;
  if (source.kind === 'lines') {
    const { all, isAll } = await beginningOf(source.blocks, SMALL_CHARS, ({ text }) => text.length);
    const whole = { ...replay, source: { ...source, blocks: all } };
    yield* isAll ? onThisThread(whole) : replayInThreads(whole);
  } else {
    const { all, isAll } = await beginningOf(source.events, SMALL_EVENTS, () => 1);
    const whole = { ...replay, source: { ...source, events: all } };
    yield* isAll ? onThisThread(whole) : replayInThreads(whole);
  }
}

async function* onThisThread(replay: LogReplay): AsyncIterable<string> {
  const { settings, source, rulebook } = replay;
  const { calendar, knownAt, history, city } = settings;
  const cases = replayCases({
    events: source.kind === 'events' ? source.events : decoded(source.blocks, replay),
    rulebook,
    calendar: calendar === null ? null : buildCalendar(calendar),
    asOf: replay.asOf,
    knownAt,
    history,
    references: city,
    onProgress: replay.onProgress,
  });
  for await (const one of cases) {
    const text = linesOfCase(one, history);
    if (text !== '') yield text;
  }
}

async function* decoded(
  blocks: AsyncIterable<LineBlock>,
  { settings, onRejected }: LogReplay,
): AsyncIterable<Event> {
  const { file, city, skipRejected } = settings;
  const told = skipRejected ? { city, onRejected: () => onRejected(1) } : { city };
  const reader = new NativeReader(file, told);
  for await (const block of blocks) yield* reader.eventsIn(block);
}
