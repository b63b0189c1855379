import { realpathSync, statSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { CommandError, EXIT } from './command.js';
import { errorCode, errorText } from './log/input-error.js';
import { removeAtEnd } from './remove-at-end.js';

const FLUSH_CHARS = 1 << 18;

/**
 * A result file that is there whole or not at all: written under another name in the same folder, brought to the disk
 * and then renamed. What stood there before stays until then. A pipe or a device is written to as it is.
 */
export class OutputFile {
  private pending = '';

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** Null: the path itself is written to. */
    private readonly draft: { readonly path: string; readonly remove: () => void } | null,
  ) {}

  /** @throws CommandError naming the file where it cannot be written */
  static async open(path: string): Promise<OutputFile> {
    try {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found !== undefined && !found.isFile())
        return new OutputFile(path, await open(path, 'w'), null);
      const target = found === undefined ? path : realpathSync(path);
      const draft = `${target}.${process.pid}.part`;
      // Before there is anything to remove: a signal may come at any moment after.
      const remove = removeAtEnd(draft);
      try {
        const handle = await open(draft, 'wx', found?.mode ?? 0o666);
        return new OutputFile(target, handle, { path: draft, remove });
      } catch (error) {
        remove();
        throw error;
      }
    } catch (error) {
      throw unwritten(path, error, false);
    }
  }

  /** @throws CommandError where the disk is full, or takes nothing for another reason */
  async write(text: string): Promise<void> {
    this.pending += text;
    if (this.pending.length >= FLUSH_CHARS) await this.guarded(() => this.flush());
  }

  /** Everything is on the disk, under the name that was asked for. */
  async commit(): Promise<void> {
    await this.guarded(async () => {
      await this.flush();
      if (this.draft !== null) await this.handle.sync();
      await this.handle.close();
      if (this.draft !== null) await rename(this.draft.path, this.path);
    });
    this.draft?.remove();
  }

  /** Leaves nothing behind; after `commit` it changes nothing. */
  async discard(): Promise<void> {
    this.pending = '';
    await this.handle.close().catch(() => undefined);
    this.draft?.remove();
  }

  private async flush(): Promise<void> {
    const text = this.pending;
    this.pending = '';
    if (text !== '') await this.handle.appendFile(text);
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.discard();
      throw unwritten(this.path, error, this.draft !== null);
    }
  }
}

/** Writes files that belong together: all of them are there in the end, or none is. */
export async function writeFiles(
  files: readonly { readonly path: string; readonly lines: () => Iterable<string> }[],
): Promise<void> {
  const written: OutputFile[] = [];
  try {
    for (const { path, lines } of files) {
      const file = await OutputFile.open(path);
      written.push(file);
      for (const line of lines()) await file.write(`${line}\n`);
    }
    for (const file of written) await file.commit();
  } catch (error) {
    for (const file of written) await file.discard();
    throw error;
  }
}

function unwritten(path: string, error: unknown, discarded: boolean): CommandError {
  const code = errorCode(error);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const what = isFull ? `the disk is full (${code})` : `cannot be written (${errorText(error)})`;
  const left = discarded ? ' No part of the result was left there.' : '';
  const advice = isFull
    ? ' Make room, or name a file on another disk.'
    : ' Check the path and your rights there.';
  return new CommandError(`${path}: ${what}.${left}${advice}`, EXIT.input);
}
