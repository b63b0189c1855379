import { createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fsyncFolder, writeDurably } from './durable-file.js';
import { formatState, parseState, type SignedState } from './signed-state.js';

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

/** Which start of the machine this is; empty where the system does not tell. */
function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Who has a folder. Process numbers alone do not tell: in every container they begin at 1. */
interface Holder {
  readonly host: string;
  readonly boot: string;
  readonly pid: number;
  readonly start: string | null;
  /** Random: no two holders have the same. */
  readonly token: string;
}

/** Tokens of the locks that this process has. */
const HELD = new Set<string>();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * What a signer or witness remembers between two starts: for each log the last size and root that it has signed, one
 * small file each. Belongs to one process at a time: the one whose token stands in the lock. Never restore it from a
 * backup: it would then forget what it signed.
 */
export class StateFolder {
  private readonly token = randomBytes(16).toString('hex');

  /**
   * Takes the folder, making it where it is missing.
   * @throws StateFolderError where another process has it, or it cannot be written
   */
  constructor(private readonly folder: string) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new StateFolderError(folder, `it cannot be made (${codeOf(error)})`);
    }
    this.lock();
    this.dropStaging();
  }

  /**
   * The last state signed for the log, or null, as the file has it now. Throws StateFolderError where the file is damaged or
   * the folder is another process's by now.
   */
  last(origin: string): SignedState | null {
    this.requireLock();
    const file = this.fileOf(origin);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw new StateFolderError(this.folder, `${file} cannot be read (${codeOf(error)})`);
    }
    const state = parseState(text);
    if (state === null || state.origin !== origin)
      throw new StateFolderError(
        this.folder,
        `${file} is damaged. Nothing is signed for this log; see docs/operating.md`,
      );
    return state;
  }

  /**
   * Remembers the state: on disk when it returns. A crash during it leaves the earlier state or this one, never a mixture.
   * Whoever takes the folder writes its lock, then removes staging files, then reads. So the lock is looked at once the
   * staging file is there: from then on either it is put in place before the next holder reads, or it is gone.
   * @throws StateFolderError where the folder is another process's by now; the system's error where it cannot be written. The
   * earlier state then stands
   */
  store(state: SignedState): void {
    const file = this.fileOf(state.origin);
    const staging = `${file}.${this.token}.new`;
    writeDurably(staging, formatState(state));
    try {
      this.requireLock();
      renameSync(staging, file);
    } catch (error) {
      rmSync(staging, { force: true });
      throw error;
    }
    fsyncFolder(this.folder);
  }

  /** Gives the folder to others; another's lock stays. */
  release(): void {
    HELD.delete(this.token);
    try {
      if (readHolder(this.lockFile)?.token === this.token) rmSync(this.lockFile, { force: true });
    } catch {
      // A lock that cannot be read or removed is stale once this process is gone.
    }
  }

  private get lockFile(): string {
    return join(this.folder, 'lock');
  }

  private fileOf(origin: string): string {
    const name = createHash('sha256').update(origin).digest('hex').slice(0, 32);
    return join(this.folder, `${name}.json`);
  }

  private requireLock(): void {
    let holder: Holder | null;
    try {
      holder = readHolder(this.lockFile);
    } catch (error) {
      throw new StateFolderError(this.folder, `its lock cannot be read (${codeOf(error)})`);
    }
    if (holder?.token !== this.token)
      throw new StateFolderError(
        this.folder,
        `another process has taken it${holder === null ? '' : ` (${nameOf(holder)})`}, nothing is signed here any more. A log has one signer; end one of them and start the other anew`,
      );
  }

  /**
   * A lock whose process is gone (killed, or the machine was restarted), or that names nobody, is replaced. Of two that do so
   * at once the last one has the folder, and the other finds that out before it stores anything.
   */
  private lock(): void {
    const staging = join(this.folder, `lock.${this.token}.new`);
    const start = startOf(process.pid);
    const mine: Holder = {
      ...{ host: hostname(), boot: bootOf(), pid: process.pid, start },
      token: this.token,
    };
    try {
      writeDurably(staging, `${JSON.stringify(mine)}\n`);
      if (!linkNew(staging, this.lockFile)) {
        const holder = readHolder(this.lockFile);
        const why = holder === null ? null : whyHeld(holder, mine, this.lockFile);
        if (why !== null) throw new StateFolderError(this.folder, why);
        renameSync(staging, this.lockFile);
      }
      fsyncFolder(this.folder);
    } catch (error) {
      if (error instanceof StateFolderError) throw error;
      throw new StateFolderError(this.folder, `it cannot be written (${codeOf(error)})`);
    } finally {
      rmSync(staging, { force: true });
    }
    HELD.add(this.token);
  }

  /** What an earlier holder had not put in place: it gave out nothing for it, and can no longer put it there. */
  private dropStaging(): void {
    for (const name of readdirSync(this.folder))
      if (/\.json(\.[0-9a-f]+)?\.new$/.test(name)) rmSync(join(this.folder, name), { force: true });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** Gives the file a second name, whole from its first moment; false where that name is taken. */
function linkNew(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Who is named by a lock; null where there is none, or it names nobody. Throws the system's error. */
function readHolder(file: string): Holder | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const { host, boot, pid, start, token } = JSON.parse(text) as Record<string, unknown>;
    if (typeof host !== 'string' || typeof boot !== 'string' || typeof token !== 'string')
      return null;
    if (!Number.isSafeInteger(pid) || (pid as number) < 1) return null;
    if (start !== null && typeof start !== 'string') return null;
    return { host, boot, pid: pid as number, start, token };
  } catch {
    return null;
  }
}

function nameOf({ host, pid }: Holder): string {
  return `process ${pid} on host ${host}`;
}

/** Why the folder cannot be taken from who has it; null where that process is gone. */
function whyHeld(holder: Holder, mine: Holder, file: string): string | null {
  if (holder.host !== mine.host)
    return `${nameOf(holder)} has it, and whether that one still runs cannot be seen from host ${mine.host}. A log has one signer; end that one first. Where that host (or container) is gone for good, remove ${file}`;
  const isSameStart = holder.boot === mine.boot && startOf(holder.pid) === holder.start;
  const lives =
    holder.pid === mine.pid ? HELD.has(holder.token) : isSameStart && isAlive(holder.pid);
  return lives
    ? `another process uses it (${nameOf(holder)}). A log has one signer; end that one first`
    : null;
}
