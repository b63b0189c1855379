import { realpathSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CommandError, EXIT } from '../command.js';
import { errorCode, errorText } from '../log/input-error.js';
import { removeAtEnd } from '../remove-at-end.js';

/** A file that stands under another name, on the disk, until it is committed. */
export interface DraftFile {
  commit(): Promise<void>;
  discard(): void;
}

function unwritten(path: string, error: unknown): CommandError {
  const code = errorCode(error);
  const what =
    code === 'ENOSPC' || code === 'EDQUOT' ? `the disk is full (${code})` : errorText(error);
  return new CommandError(`${path}: ${what}. No part of the bundle was left there.`, EXIT.input);
}

/** Refuses a place where a bundle cannot come to stand before anything is built. @throws CommandError */
export function checkTarget(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile())
    throw new CommandError(
      `--out ${path} is no file: name the zip that is to be written`,
      EXIT.input,
    );
  const folder = dirname(resolve(path));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new CommandError(
      `--out ${path}: there is no folder ${folder}; make it first`,
      EXIT.input,
    );
}

/**
 * Writes bytes beside `path`, readable by their owner alone, and brings them to the disk. `commit` gives them their
 * name: the file is there whole or not at all. @throws CommandError where they cannot be written
 */
export async function writeDraft(path: string, bytes: Uint8Array): Promise<DraftFile> {
  const target =
    statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
  const draft = `${target}.${process.pid}.part`;
  const remove = removeAtEnd(draft);
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    remove();
    throw unwritten(path, error);
  }
  return {
    commit: async () => {
      try {
        await rename(draft, target);
      } catch (error) {
        throw unwritten(path, error);
      } finally {
        remove();
      }
    },
    discard: () => remove(),
  };
}
