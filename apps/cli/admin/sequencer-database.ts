import { troubleOf } from '#store/database-trouble.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { CommandError, EXIT } from '../command.js';
import { databaseUrlFrom } from '../command-settings.js';

/** Runs work with the rights of a sequencer. @throws CommandError saying what is wrong with the database */
export async function withSequencerRights<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
  const writer = openWriter({
    url: databaseUrlFrom(process.env),
    role: 'mingcha_sequencer',
    masterKey: null,
    connections: 2,
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
