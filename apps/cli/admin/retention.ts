import { ARCHIVED_TABLES, ArchiveError } from '#store/archive/archive-format.js';
import {
  archiveMonth,
  dropMonth,
  planRetention,
  type RetentionTerms,
  restoreMonth,
} from '#store/archive/keep-month.js';
import type { Archive } from '#store/archive/read-archive.js';
import { CommandError, EXIT, readOptions, runVerb } from '../command.js';
import { commandSettings } from '../command-settings.js';
import { asArchivist, doingOf, printLine } from './archivist.js';

/** evidence.md section 8: at least ten years; the database refuses less whatever is set. */
function termsFrom(env: NodeJS.ProcessEnv): RetentionTerms {
  return commandSettings(env, (reader) => ({
    event: reader.whole('MINGCHA_RETENTION_EVENT_YEARS', 10, [10, 1_000]),
    audit_record: reader.whole('MINGCHA_RETENTION_RECORD_YEARS', 10, [10, 1_000]),
  }));
}

/** An archive that is not as it should be is told with the file at fault. */
async function reading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ArchiveError)
      throw new CommandError(`${error.message}. Nothing was changed`, EXIT.failed);
    throw error;
  }
}

function printArchive(outcome: string, { manifest, manifestDigest }: Archive, actor: string): void {
  const { archiveId, table, month, rows } = manifest;
  printLine({ archive: archiveId, outcome, table, month, rows, manifestDigest, actor });
}

async function plan(args: readonly string[]): Promise<number> {
  readOptions(args, {});
  const terms = termsFrom(process.env);
  const months = await asArchivist((writer) => planRetention(writer, terms));
  for (const { obstacles, ...month } of months)
    printLine({ ...month, may: obstacles.length === 0, obstacles });
  return EXIT.ok;
}

const IN_FOLDER = { dir: { type: 'string' }, actor: { type: 'string' } } as const;

function folderOf(dir: string | undefined, verb: string): string {
  if (dir === undefined) throw new CommandError(`retention ${verb} needs --dir FOLDER`);
  return dir;
}

async function archive(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    ...IN_FOLDER,
    table: { type: 'string' },
    month: { type: 'string' },
  });
  const table = ARCHIVED_TABLES.find((name) => name === values.table);
  if (table === undefined)
    throw new CommandError(`retention archive needs --table ${ARCHIVED_TABLES.join('|')}`);
  const { month } = values;
  if (month === undefined)
    throw new CommandError('retention archive needs --month such as 2014-01');
  const [folder, terms, doing] = [
    folderOf(values.dir, 'archive'),
    termsFrom(process.env),
    doingOf(values.actor),
  ];
  const written = await asArchivist((writer) =>
    reading(archiveMonth(writer, { table, month, folder, terms }, doing)),
  );
  printArchive('archived', written, doing.actor);
  return EXIT.ok;
}

async function drop(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, IN_FOLDER);
  const [folder, terms, doing] = [
    folderOf(values.dir, 'drop'),
    termsFrom(process.env),
    doingOf(values.actor),
  ];
  const dropped = await asArchivist((writer) =>
    reading(dropMonth(writer, { folder, terms }, doing)),
  );
  printArchive('dropped', dropped, doing.actor);
  return EXIT.ok;
}

async function restore(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, IN_FOLDER);
  const [folder, doing] = [folderOf(values.dir, 'restore'), doingOf(values.actor)];
  const restored = await asArchivist((writer) => reading(restoreMonth(writer, folder, doing)));
  printArchive('restored', restored, doing.actor);
  return EXIT.ok;
}

const VERBS = new Map([
  ['plan', plan],
  ['archive', archive],
  ['drop', drop],
  ['restore', restore],
]);

/** `mingcha admin retention`. */
export function retention(args: readonly string[]): Promise<number> {
  return runVerb('admin retention', VERBS, args);
}
