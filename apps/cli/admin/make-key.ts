import { KeyFileError, makeKeyFile } from '#audit-keys/key-file.js';
import { NoteError } from '#core/audit/note/note-error.js';
import { CommandError, EXIT, readOptions } from '../command.js';

/** `mingcha admin make-key`: prints one JSON line with the verifier key; the private part stands in the file only. */
export async function makeKey(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    name: { type: 'string' },
    file: { type: 'string' },
    witness: { type: 'boolean' },
  });
  const { name, file, witness = false } = values;
  if (name === undefined || file === undefined)
    throw new CommandError('make-key needs --name NAME and --file FILE');
  try {
    const key = makeKeyFile(file, name, witness ? 4 : 1);
    process.stdout.write(`${JSON.stringify({ name, file, key })}\n`);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof NoteError) throw new CommandError(error.message);
    if (error instanceof KeyFileError) throw new CommandError(error.message, EXIT.failed);
    throw error;
  }
}
