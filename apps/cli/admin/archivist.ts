import { parseInstant } from '#core/calendar/local-time.js';
import type { Instant } from '#core/event/event.js';
import { type Doing, KeepingError } from '#store/keeping/keeping-deed.js';
import type { Writer } from '#store/writer.js';
import { CommandError, EXIT } from '../command.js';
import { actorOf } from '../quarantine/decision-options.js';
import { withRights } from './admin-database.js';

/** Who calls, and now. */
export function doingOf(actor: string | undefined): Doing {
  return { actor: actorOf(actor), at: Date.now() };
}

/** A time with offset. @throws CommandError naming the option */
export function instantOf(text: string | undefined, name: string): Instant {
  const parsed = text === undefined ? null : parseInstant(text);
  if (parsed === null)
    throw new CommandError(
      `--${name} takes a time with offset such as 2026-03-01T00:00:00+08:00, not '${text ?? ''}'`,
    );
  return parsed.at;
}

/** The one argument of a verb. @throws CommandError where it is missing */
export function idOf(positionals: readonly string[], what: string): string {
  const [id] = positionals;
  if (id === undefined) throw new CommandError(`give the ${what}, as list prints it`);
  return id;
}

export function printLine(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/**
 * Works on the database as mingcha_archivist.
 * @throws CommandError: exit code 1 where it is refused or another person is needed, 3 where there is no such thing, 4
 * where the database cannot be used
 */
export function asArchivist<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
  return withRights('mingcha_archivist', (writer) =>
    work(writer).catch((error: unknown) => {
      if (!(error instanceof KeepingError)) throw error;
      throw new CommandError(
        `${error.message}. Nothing was changed`,
        error.kind === 'missing' ? EXIT.input : EXIT.failed,
      );
    }),
  );
}
