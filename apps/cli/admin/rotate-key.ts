import { NoteError } from '#core/audit/note/note-error.js';
import { type NoteKey, parseVerifierKey } from '#core/audit/note/note-key.js';
import { recordKeyChange } from '#store/audit-tree/record-key-change.js';
import { CommandError, EXIT, readOptions } from '../command.js';
import { actorOf, reasonOf } from '../quarantine/decision-options.js';
import { withRights } from './admin-database.js';

/** `mingcha admin rotate-key`: prints one JSON line with the id of the record. */
export async function rotateKey(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    old: { type: 'string' },
    new: { type: 'string' },
    reason: { type: 'string' },
    actor: { type: 'string' },
    'new-origin': { type: 'boolean' },
  });
  const { old: before, new: after, reason } = values;
  if (before === undefined || after === undefined || reason === undefined)
    throw new CommandError('rotate-key needs --old VKEY, --new VKEY and --reason TEXT');
  const [one, other] = [keyOf('old', before), keyOf('new', after)];
  const isNewOrigin = values['new-origin'] === true;
  if (one.name !== other.name && !isNewOrigin)
    throw new CommandError(
      `the old key is of '${one.name}', the new one of '${other.name}'. Where a log that was lost goes on under another name: --new-origin`,
    );
  if (one.name === other.name && isNewOrigin)
    throw new CommandError(`with --new-origin the new key has another name than '${one.name}'`);
  if (one.id === other.id) throw new CommandError('the old and the new key are the same');
  const change = {
    origin: one.name,
    before,
    after,
    reason: reasonOf(reason),
    actor: actorOf(values.actor),
  };
  const record = await withRights('mingcha_sequencer', (writer) =>
    recordKeyChange(writer, { ...change, at: Date.now() }),
  );
  process.stdout.write(`${JSON.stringify({ record, ...change })}\n`);
  return EXIT.ok;
}

function keyOf(option: string, text: string): NoteKey {
  try {
    const key = parseVerifierKey(text);
    if (key.type === 1) return key;
    throw new CommandError(`--${option} is the key of a witness, not of a log`);
  } catch (error) {
    if (error instanceof NoteError) throw new CommandError(`--${option}: ${error.message}`);
    throw error;
  }
}
