import { migrate, NewerDatabaseError } from '#store/data-source.js';
import { troubleOf } from '#store/database-trouble.js';
import { CommandError, EXIT, readOptions } from '../command.js';
import { databaseUrlFrom } from '../command-settings.js';
import { errorCode, errorText } from '../log/input-error.js';

/** `mingcha admin migrate`: prints one JSON line that says what was done. */
export async function migrateDatabase(args: readonly string[]): Promise<number> {
  readOptions(args, {});
  const url = databaseUrlFrom(process.env);
  const { host, pathname, username } = new URL(url);
  try {
    const { applied, before, role } = await migrate(url);
    const asRole = role ?? decodeURIComponent(username);
    const migrations = before + applied.length;
    say({ database: `${host}${pathname}`, role: asRole, applied, migrations });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof NewerDatabaseError) throw new CommandError(error.message, EXIT.failed);
    throw refused(error);
  }
}

function say(summary: object): void {
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

function refused(error: unknown): CommandError {
  if (errorCode(error) === '42501')
    return new CommandError(
      `the login of DATABASE_URL may not migrate (${errorText(error)}). Nothing was changed. The first time it has to be ` +
        'a superuser; later a login that is a member of mingcha_migrator: grant mingcha_migrator to …',
      EXIT.unreachable,
    );
  const { text } = troubleOf(error);
  return new CommandError(`${text}. Nothing was changed`, EXIT.unreachable);
}
