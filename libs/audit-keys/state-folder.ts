import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** The last state of a log that was signed. */
export interface SignedState {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** A state folder cannot be used; the message says why and what to do. */
export class StateFolderError extends Error {
  constructor(folder: string, why: string) {
    super(`State folder ${folder}: ${why}.`);
    this.name = 'StateFolderError';
  }
}

/** When the process with this number was started, as the system counts it; null where there is none or it is not told. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function fsyncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * What a signer or witness remembers between two starts: for each log the last size and root that it has signed, one
 * small file each. Belongs to one process at a time. Never restore it from a backup: it would then forget what it signed.
 */
export class StateFolder {
  private readonly known = new Map<string, SignedState>();

  /**
   * Takes the folder, making it where it is missing.
   * @throws StateFolderError where another process has it, or it cannot be written
   */
  constructor(private readonly folder: string) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new StateFolderError(
        folder,
        `it cannot be made (${(error as NodeJS.ErrnoException).code})`,
      );
    }
    this.lock();
  }

  /** The last state signed for the log, or null. Throws StateFolderError where the file is damaged. */
  last(origin: string): SignedState | null {
    const known = this.known.get(origin);
    if (known !== undefined) return known;
    const file = this.fileOf(origin);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw new StateFolderError(
        this.folder,
        `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      );
    }
    const state = parseState(text);
    if (state === null || state.origin !== origin)
      throw new StateFolderError(
        this.folder,
        `${file} is damaged. Nothing is signed for this log; see docs/operating.md`,
      );
    this.known.set(origin, state);
    return state;
  }

  /**
   * Remembers the state: on disk when it returns. A crash during it leaves the earlier state or this one, never a mixture.
   * Throws the system's error where it cannot be written; the earlier state then stands.
   */
  store(state: SignedState): void {
    const file = this.fileOf(state.origin);
    const staging = `${file}.new`;
    const fd = openSync(staging, 'w', 0o600);
    try {
      writeSync(fd, formatState(state));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(staging, file);
    fsyncFolder(this.folder);
    this.known.set(state.origin, state);
  }

  /** Gives the folder to others. */
  release(): void {
    rmSync(join(this.folder, 'lock'), { force: true });
  }

  private fileOf(origin: string): string {
    const name = createHash('sha256').update(origin).digest('hex').slice(0, 32);
    return join(this.folder, `${name}.json`);
  }

  /** A lock whose process is gone (killed, or the machine was restarted) is taken over. */
  private lock(): void {
    const file = join(this.folder, 'lock');
    const mine = `${process.pid} ${startOf(process.pid) ?? ''}\n`;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        const fd = openSync(file, 'wx', 0o600);
        writeSync(fd, mine);
        closeSync(fd);
        return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EEXIST')
          throw new StateFolderError(this.folder, `it cannot be written (${code})`);
      }
      const [pid = '', start = ''] = readFileSync(file, 'utf8').trim().split(' ');
      const sameStart = startOf(Number(pid)) === (start === '' ? null : start);
      if (Number(pid) !== process.pid && isAlive(Number(pid)) && sameStart) break;
      rmSync(file, { force: true });
    }
    throw new StateFolderError(
      this.folder,
      'another process uses it. A log has one signer; end that one first',
    );
  }
}

function formatState({ origin, size, root }: SignedState): string {
  return `${JSON.stringify({ origin, size, root: Buffer.from(root).toString('hex') })}\n`;
}

function parseState(text: string): SignedState | null {
  try {
    const { origin, size, root } = JSON.parse(text) as {
      origin: unknown;
      size: unknown;
      root: unknown;
    };
    if (typeof origin !== 'string' || !Number.isSafeInteger(size) || (size as number) < 0)
      return null;
    if (typeof root !== 'string' || !/^[0-9a-f]{64}$/.test(root)) return null;
    return { origin, size: size as number, root: Uint8Array.from(Buffer.from(root, 'hex')) };
  } catch {
    return null;
  }
}
