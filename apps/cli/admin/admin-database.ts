import { troubleOf } from '#store/database-trouble.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { CommandError, EXIT } from '../command.js';
import { databaseUrlFrom } from '../command-settings.js';

/**
 * Runs work on the database of DATABASE_URL with the rights of a role.
 * @throws CommandError where the work throws one; with exit code 4, saying what is wrong, where the database cannot be used
 */
export async function withRights<T>(
  role: NonNullable<Parameters<typeof openWriter>[0]['role']>,
  work: (writer: Writer) => Promise<T>,
): Promise<T> {
  const writer = openWriter({
    url: databaseUrlFrom(process.env),
    role,
    masterKey: null,
    connections: 3,
    applicationName: 'mingcha-admin',
  });
  try {
    return await work(writer);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${troubleOf(error).text}. Nothing was changed`, EXIT.unreachable);
  } finally {
    await closeWriter(writer);
  }
}
