import { AuditorState, AuditorStateError } from '#audit-keys/auditor-state.js';
import { CommandError, EXIT, readOptions } from '../command.js';

/** `mingcha admin begin-audit`: makes what an auditor needs to start for the first time; prints one JSON line. */
export async function beginAudit(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, { state: { type: 'string' } });
  if (values.state === undefined || values.state === '')
    throw new CommandError('begin-audit needs --state FOLDER');
  try {
    const { tree } = AuditorState.begin(values.state);
    process.stdout.write(`${JSON.stringify({ state: values.state, size: tree.size })}\n`);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof AuditorStateError) throw new CommandError(error.message, EXIT.failed);
    throw error;
  }
}
