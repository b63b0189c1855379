import { ExportError } from '#evidence/request/export-error.js';
import type { Edition, ExportRequest } from '#evidence/request/export-request.js';
import { loadRequest } from '#evidence/request/load-requests.js';
import { evidenceCode, evidenceText } from '#evidence/texts.js';
import type { Language } from '#explanation/texts.js';
import { troubleOf } from '#store/database-trouble.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { CommandError, EXIT } from '../command.js';
import { writerSettingsFrom } from '../command-settings.js';
import { errorCode } from '../log/input-error.js';

/** Something that is wrong with how the command was called. */
const USAGE_REASONS =
  /^(scope-|person$|text$|two-persons$|edition$|no-master-key$|wrong-master-key$)/;
const UNREACHABLE_REASONS = /^(no-checkpoint|no-index)$/;
const FAILED_REASONS =
  /^(other-bytes|broken-trail|broken-tree|broken-growth|event-bytes|event-changed|no-case-key)$/;

/** Value of --lang; Chinese where it is not given. @throws CommandError on another language */
export function languageFrom(given: string | undefined): Language {
  if (given === undefined || given === 'zh') return 'zh';
  if (given === 'en') return 'en';
  throw new CommandError(`--lang takes zh or en, not '${given}'`);
}

function exitOf(reason: string): number {
  if (USAGE_REASONS.test(reason)) return EXIT.usage;
  if (UNREACHABLE_REASONS.test(reason)) return EXIT.unreachable;
  return FAILED_REASONS.test(reason) ? EXIT.failed : EXIT.input;
}

/** A refusal in the language asked for, with the exit code that it has. */
export function refusal(error: ExportError, language: Language): CommandError {
  const { state, edition } = error.params;
  const params = {
    ...error.params,
    ...(typeof state === 'string' ? { state: evidenceCode(language, 'export-state', state) } : {}),
    ...(typeof edition === 'string' ? { edition: evidenceCode(language, 'edition', edition) } : {}),
  };
  return new CommandError(
    evidenceText(language, `error.${error.reason}`, params),
    exitOf(error.reason),
  );
}

/** Runs `work` with the database as mingcha_evidence; what it refuses is told in the language asked for. */
export async function withDesk<T>(
  language: Language,
  work: (writer: Writer) => Promise<T>,
): Promise<T> {
  const { url, masterKey } = writerSettingsFrom(process.env);
  const writer = openWriter({
    url,
    role: 'mingcha_evidence',
    masterKey,
    connections: 4,
    applicationName: 'mingcha-export',
  });
  try {
    return await work(writer);
  } catch (error) {
    if (error instanceof ExportError) throw refusal(error, language);
    const { kind, text } = troubleOf(error);
    // Anything else is about files, which main explains, or a fault of ours.
    if (kind === 'other' && !/^[0-9A-Z]{5}$/.test(errorCode(error) ?? '')) throw error;
    throw new CommandError(text, EXIT.unreachable);
  } finally {
    await closeWriter(writer);
  }
}

/** The request that NO names, and the edition that it or --edition says; the full one where neither does. */
export async function aboutOf(
  writer: Writer,
  no: string,
  edition: Edition | null,
): Promise<{ readonly request: ExportRequest; readonly edition: Edition }> {
  const request = await loadRequest(writer.pool, no);
  if (no === request.numbers.redacted) return { request, edition: 'redacted' };
  if (no === request.numbers.full) return { request, edition: 'full' };
  return { request, edition: edition ?? request.editions[0] ?? 'full' };
}

/** The one argument without a name. @throws CommandError (usage) where it is missing */
export function numberFrom(positionals: readonly string[], verb: string): string {
  const [no] = positionals;
  if (no === undefined || no.length > 100)
    throw new CommandError(`export ${verb} needs the number of a request or of a bundle`);
  return no;
}
