import {
  NumbersBehindError,
  rebuildWatermark,
  TreeInUseError,
} from '#store/audit-tree/rebuild-watermark.js';
import { DamagedTreeError } from '#store/audit-tree/tree-state.js';
import { CommandError, EXIT, readOptions } from '../command.js';
import { withRights } from './admin-database.js';

/** `mingcha admin rebuild-watermark`: prints one JSON line that says what was found and done. */
export async function rebuildTreeWatermark(args: readonly string[]): Promise<number> {
  readOptions(args, {});
  return withRights('mingcha_sequencer', async (writer) => {
    const client = await writer.pool.connect();
    try {
      const rebuilt = await rebuildWatermark(client);
      process.stdout.write(`${JSON.stringify(rebuilt)}\n`);
      return EXIT.ok;
    } catch (error) {
      const known =
        error instanceof TreeInUseError ||
        error instanceof NumbersBehindError ||
        error instanceof DamagedTreeError;
      if (known) throw new CommandError(error.message, EXIT.failed);
      throw error;
    } finally {
      client.release(true);
    }
  });
}
