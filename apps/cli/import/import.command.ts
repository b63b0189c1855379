import { statSync } from 'node:fs';
import { createDecoder } from '#core/event/decode.js';
import { feedOf } from '#rulebook/city.js';
import { EVENTS_TOPIC } from '#settings/shared-settings.js';
import { type Command, CommandError, EXIT, readOptions } from '../command.js';
import { errorText, InputError, listNames } from '../log/input-error.js';
import { LOG_FORMATS, type LogFormat } from '../log/log-settings.js';
import { loadMapping, type Mapping } from '../log/mapping.js';
import { ProgressLine } from '../progress-line.js';
import { cityOf } from './city-of.js';
import { type ImportRecord, importRecords, type Reading } from './import-source.js';
import { type Published, publishLog } from './publish-log.js';
import { EVENT_LOG_USAGE, openTargetLog, type TargetLog } from './target-log.js';

const USAGE = `mingcha import --log FILE [--format xes|csv|jsonl] [--mapping FILE] [--topic T] [--city FILE] [--keep-going] [--dry-run]

Publishes a log as events to the event log that the monitors read. The whole log is checked first, so that nothing is
half done where it has an error. The same log can be imported again: an event that is there already has no effect.
  --log FILE       the log; .gz and .zip are read as they are
  --mapping FILE   how its rows become events (docs/importing.md), of types of the contract; without it the log holds
                   events in contract form, one a line, or transport records {receivedAt, key, value}
  --topic T        topic to publish to; default MINGCHA_TOPIC or ${EVENTS_TOPIC}
  --city FILE      the city's feeds (YAML), as the monitors know them; default MINGCHA_CITY, or any feed
  --keep-going     leave out rows that give no valid event, counting them
  --dry-run        check only; no event log is needed
${EVENT_LOG_USAGE}`;

export const importCommand: Command = {
  name: 'import',
  usage: USAGE,
  run: runImport,
};

/** Faults shown of a log that is imported with --keep-going; the rest are counted. */
const SHOWN_FAULTS = 5;
const REPORT_EVERY = 5_000;

interface Import {
  readonly file: string;
  readonly mapping: Mapping | null;
  readonly reading: Reading;
  readonly topic: string;
}

async function runImport(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    log: { type: 'string' },
    format: { type: 'string' },
    mapping: { type: 'string' },
    topic: { type: 'string' },
    city: { type: 'string' },
    'keep-going': { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  });
  if (values.log === undefined) throw new CommandError('import needs --log FILE');
  const startedAt = performance.now();
  const format = formatOf(values.format);
  const mapping = values.mapping === undefined ? null : await loadMapping(values.mapping);
  if (mapping === null) refuseForeignForm(values.log, format);
  else refuseOwnTypes(mapping);
  const city = cityOf(values.city ?? process.env.MINGCHA_CITY);
  if (mapping !== null) judgeFeed(mapping, feedOf(city, mapping.source)?.authority ?? null);
  const decoder = createDecoder({ feeds: (source) => feedOf(city, source) });
  const topic = values.topic ?? process.env.MINGCHA_TOPIC ?? EVENTS_TOPIC;
  const wanted: Import = { file: values.log, mapping, reading: { decoder, format }, topic };
  const summary = { log: values.log, topic, events: 0, skipped: 0, published: 0 };
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  const keepGoing = values['keep-going'] === true;

  if (values['dry-run'] === true) {
    const checked = await check(wanted, keepGoing);
    say({ ...summary, ...checked, dryRun: true, seconds: seconds() });
    return EXIT.ok;
  }
  const mark = markOf(wanted.file);
  // Before the log is read: what is missing is better known at once than after minutes of checking.
  const target = await openTargetLog(process.env, topic);
  try {
    const checked = await check(wanted, keepGoing);
    if (markOf(wanted.file) !== mark) throw changed(wanted.file, 0);
    const published = await publish(wanted, target, { keepGoing, events: checked.events });
    const { kind: eventLog } = target;
    say({ ...summary, ...checked, published: published.events, eventLog, seconds: seconds() });
    return EXIT.ok;
  } finally {
    await target.log.close();
  }
}

function say(summary: object): void {
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

function formatOf(text: string | undefined): LogFormat | null {
  if (text === undefined) return null;
  const format = LOG_FORMATS.find((one) => one === text);
  if (format === undefined)
    throw new CommandError(`--format takes ${LOG_FORMATS.join(', ')}, not '${text}'`);
  return format;
}

/** Without a mapping only JSON lines can hold events. */
function refuseForeignForm(file: string, format: LogFormat | null): void {
  const named = /\.(xes|csv|tsv)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase() ?? null;
  const form = format ?? named;
  if (form === null || form === 'jsonl') return;
  throw new CommandError(
    `a log in the form ${form} needs --mapping FILE, which says how its rows become events`,
  );
}

/** The contract knows no x. types: a running system would quarantine every such event. */
function refuseOwnTypes(mapping: Mapping): void {
  if (mapping.types.size === 0) return;
  throw mapping.file.fault(
    ['types'],
    `the mapping declares event types of its own (${listNames(mapping.types.keys(), 5)}), which a running system does not accept`,
    'Map the rows to types of the contract (docs/events.md) and remove the section; with types of its own a log can be replayed, not imported',
  );
}

function judgeFeed(mapping: Mapping, authority: string | null): void {
  if (authority === null)
    throw mapping.file.fault(
      ['source'],
      `the city has no feed '${mapping.source}', so every event would be quarantined`,
      'Correct source, or add the feed to the city file',
    );
  if (authority === mapping.authority) return;
  process.stderr.write(
    `${mapping.file.file}: the mapping numbers cases under '${mapping.authority}', the running system files those of feed ` +
      `'${mapping.source}' under '${authority}'; only the city file decides\n`,
  );
}

/** Reads the whole log once. @throws InputError for the first fault, unless it keeps going, and where no event is left. */
async function check(
  { file, mapping, reading }: Import,
  keepGoing: boolean,
): Promise<{ events: number; skipped: number }> {
  const progress = new ProgressLine('events');
  let [events, skipped] = [0, 0];
  const onFault = (fault: InputError) => {
    skipped += 1;
    if (skipped <= SHOWN_FAULTS) process.stderr.write(`left out: ${fault.message}\n`);
  };
  const records = importRecords(file, mapping, keepGoing ? { ...reading, onFault } : reading);
  for await (const _ of records) {
    events += 1;
    if (events % REPORT_EVERY === 0) progress.show(events, 'checked');
  }
  progress.end();
  if (skipped > SHOWN_FAULTS)
    process.stderr.write(`left out: ${skipped - SHOWN_FAULTS} more such rows\n`);
  if (events > 0) return { events, skipped };
  throw new InputError(
    { file },
    skipped > 0 ? `none of its ${skipped} rows gives a valid event` : 'gives no event',
    mapping === null ? 'Check that it is the right file' : 'Check the rules of the mapping',
  );
}

async function publish(
  { file, mapping, reading, topic }: Import,
  { log, partitions }: TargetLog,
  { keepGoing, events }: { keepGoing: boolean; events: number },
): Promise<Published> {
  const progress = new ProgressLine('events');
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const records: AsyncIterable<ImportRecord> = importRecords(
    file,
    mapping,
    keepGoing ? { ...reading, onFault: () => undefined } : reading,
  );
  const published = await publishLog(records, {
    log,
    topic,
    partitions,
    onProgress: (count) => progress.show(count, `published of ${events.toLocaleString('en')}`),
    interrupted: interruption.signal,
  });
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  progress.end();
  if (published.error === null && published.events === events) return published;
  throw stopped(file, published, { events, interrupted: interruption.signal.aborted });
}

function stopped(
  file: string,
  { events, throughLine, uncertain, error }: Published,
  run: { readonly events: number; readonly interrupted: boolean },
): CommandError {
  if (error === null && !run.interrupted) return changed(file, events);
  const through = events === 0 ? '' : ` (through line ${throughLine} of ${file})`;
  const maybe = uncertain === 0 ? '' : `; of the next ${uncertain} any part may have arrived`;
  const why = error === null ? 'interrupted' : `stopped: ${errorText(error)}`;
  const exitCode =
    error instanceof InputError ? EXIT.input : error === null ? EXIT.failed : EXIT.unreachable;
  return new CommandError(
    `${why}. ${events} of ${run.events} events are published for certain${through}${maybe}. ` +
      'Run the same command again when the cause is removed: events that have arrived keep their identity, a second time has no effect',
    exitCode,
  );
}

/** Changes when the file does. */
function markOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined)
    throw new InputError({ file }, 'no such file', 'Check the path given with --log');
  return `${found.size} ${found.mtimeMs}`;
}

function changed(file: string, published: number): CommandError {
  return new CommandError(
    `${file} changed while it was read; ${published} events were published. ` +
      'Import a file that nobody writes to any more; what was published has no effect a second time',
    EXIT.input,
  );
}
