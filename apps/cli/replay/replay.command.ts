import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseInstant } from '#core/calendar/local-time.js';
import { NATIONAL_ZONE } from '#core/calendar/national.js';
import type { Event, Instant } from '#core/event/event.js';
import { ANY_CITY, readCity } from '#rulebook/city.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { type Command, CommandError, EXIT, readOptions, wholeNumber } from '../command.js';
import type { LogFormat } from '../log/log-settings.js';
import { mapLog } from '../log/map-log.js';
import { toEvent } from '../log/mapped-event.js';
import { loadMapping, type Mapping } from '../log/mapping.js';
import { lineBlocks } from '../log/native-lines.js';
import { OutputFile } from '../output-file.js';
import { ProgressLine } from '../progress-line.js';
import { boundHeap } from './bound-heap.js';
import { mappedTypes } from './mapped-types.js';
import { readCalendar } from './read-calendar.js';
import { replayLog } from './replay-log.js';

const USAGE = `mingcha replay --log FILE [--format xes|csv|jsonl] [--mapping FILE] [--rules DIR]…
               [--calendar cn|weekdays|DIR] [--as-of TIME] [--known-at TIME] [--history] [--out FILE]

Evaluates a log with no server and prints findings as JSON lines, sorted, the same bytes every time.
  --log FILE       the log; .gz and .zip are read as they are
  --mapping FILE   how its rows become events (docs/importing.md); without it the log holds events in contract form
  --rules DIR      rule files or folders, repeatable; default: the approval pack
  --calendar NAME  cn, weekdays, or a folder of YYYY.json files; default by the log's zone
  --as-of TIME     the instant asked about (RFC 3339 with offset); default: when the last record was received
  --known-at TIME  what had been received and published by then; default: everything
  --city FILE      feeds and regions of the city (YAML); default: every feed numbers its own cases
  --history        every raise, change, end and retraction instead of the findings alone
  --skip-rejected  leave out records that break the contract, counting them
  --threads N      threads that judge a log of more than some thousand events, 1 to 64; default: one for each
                   processor, 3 at most; the answer is the same whatever their number
  --out FILE       write there instead of standard output; the file takes its name once it is whole`;

const MOST_THREADS = 64;
/** So many stay well below 500 MB together. */
const DEFAULT_THREADS = 3;

export const replayCommand: Command = {
  name: 'replay',
  usage: USAGE,
  run: replay,
};

async function replay(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    log: { type: 'string' },
    format: { type: 'string' },
    mapping: { type: 'string' },
    rules: { type: 'string', multiple: true },
    calendar: { type: 'string' },
    'as-of': { type: 'string' },
    'known-at': { type: 'string' },
    history: { type: 'boolean' },
    'skip-rejected': { type: 'boolean' },
    city: { type: 'string' },
    threads: { type: 'string' },
    out: { type: 'string' },
  });
  if (values.log === undefined) throw new CommandError('replay needs --log FILE');
  boundHeap();
  const threads = wholeNumber(values.threads, 'threads', {
    least: 1,
    most: MOST_THREADS,
    otherwise: Math.min(availableParallelism(), DEFAULT_THREADS),
  });
  const mapping = values.mapping === undefined ? null : await loadMapping(values.mapping);
  const knownAt = timeOf(values['known-at'], 'known-at') ?? Number.MAX_SAFE_INTEGER;
  const city = values.city === undefined ? ANY_CITY : readCity(values.city);
  const progress = new ProgressLine('events');
  let rejected = 0;
  const rules = loadRulebook(
    values.rules ?? [packFolder('approval')],
    mapping === null ? new Map() : mappedTypes(mapping),
  );
  const out = values.out === undefined ? null : await OutputFile.open(values.out);
  try {
    const texts = replayLog({
      source:
        mapping === null
          ? { kind: 'lines', blocks: lineBlocks(values.log) }
          : { kind: 'events', events: mapped(values.log, mapping, formatOf(values.format)) },
      settings: {
        file: values.log,
        city,
        skipRejected: values['skip-rejected'] === true,
        rules: { sources: rules.sources, vocabulary: rules.vocabulary },
        calendar: readCalendar(values.calendar, mapping?.zone ?? NATIONAL_ZONE),
        knownAt,
        history: values.history === true,
      },
      rulebook: rules.rulebook,
      threads,
      asOf: timeOf(values['as-of'], 'as-of'),
      onRejected: (lines) => {
        rejected += lines;
      },
      onProgress: (count, phase) => progress.show(count, phase),
    });
    for await (const text of texts) await write(out, text);
    await out?.commit();
  } finally {
    await out?.discard();
  }
  progress.end();
  if (rejected > 0)
    process.stderr.write(`${rejected} records break the contract and were left out\n`);
  return EXIT.ok;
}

async function* mapped(
  file: string,
  mapping: Mapping,
  format: LogFormat | null,
): AsyncIterable<Event> {
  for await (const one of mapLog(file, mapping, format === null ? {} : { format }))
    yield toEvent(one);
}

function formatOf(text: string | undefined): LogFormat | null {
  if (text === undefined) return null;
  if (text === 'xes' || text === 'csv' || text === 'jsonl') return text;
  throw new CommandError(`--format takes xes, csv or jsonl, not '${text}'`);
}

function timeOf(text: string | undefined, name: string): Instant | null {
  if (text === undefined) return null;
  const parsed = parseInstant(text);
  if (parsed === null)
    throw new CommandError(
      `--${name} takes a time with offset such as 2025-10-18T00:00:00+08:00, not '${text}'`,
    );
  return parsed.at;
}

async function write(out: OutputFile | null, text: string): Promise<void> {
  if (out !== null) await out.write(text);
  else if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
