import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a server is run. */
export interface GuardedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The user to run as; this process's own where absent. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** stdout and stderr are appended here. */
  readonly logFile: string;
  /** The server's own signal for the fastest orderly end, used where the parent is gone. */
  readonly endSignal: 'SIGTERM' | 'SIGQUIT' | 'SIGINT';
  /** Removed by the guard where the parent dies without having stopped the server. */
  readonly directory: string;
}

// Waits for the end of its standard input, which comes when the parent closes it or dies, however
// it dies. Then ends the server, by force after five seconds, and removes its directory.
const GUARD = `
while read -r _; do :; done
kill -s "$2" "$1" 2>/dev/null
n=0
while kill -0 "$1" 2>/dev/null && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done
kill -s KILL -- "-$1" 2>/dev/null
rm -rf -- "$3"
`;

/** A running server process, guarded so that it never outlives the process that started it. */
export class GuardedProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    private readonly command: GuardedCommand,
  ) {}

  /**
   * Starts the server in a process group of its own (a terminal's Ctrl-C does not reach it). The
   * server does not keep Node's event loop alive.
   */
  static async start(command: GuardedCommand): Promise<GuardedProcess> {
    const log = openSync(command.logFile, 'a');
    const child = spawn(command.command, [...command.args], {
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: ['ignore', log, log],
      ...command.user,
    });
    closeSync(log);
    const { pid } = child;
    if (pid === undefined) {
      const error = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new Error(`${command.command} could not be started: ${error.message}`);
    }
    const signal = command.endSignal.replace('SIG', '');
    const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', String(pid), signal, command.directory], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // An error of the guard's pipe means that the guard has ended: nothing is left to tell it.
    guard.stdin.on('error', () => undefined);
    (guard.stdin as unknown as { unref(): void }).unref();
    guard.unref();
    child.unref();
    const process = new GuardedProcess(child, pid, command);
    child.once('exit', () => guard.kill('SIGKILL'));
    return process;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Sends `signal` and waits for the end, by force after `patienceMs`. */
  async end(signal: NodeJS.Signals, patienceMs: number): Promise<void> {
    if (!this.running) return;
    this.child.ref();
    const exited = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.kill(signal);
    const force = setTimeout(() => this.child.kill('SIGKILL'), patienceMs);
    await exited;
    clearTimeout(force);
  }

  /**
   * SIGKILL to the server and to every process that it has started, as if the machine had lost
   * them; resolves when all are gone.
   */
  async kill9(): Promise<void> {
    const others = await childrenOf(this.pid);
    await this.end('SIGKILL', 0);
    for (const pid of others) killIfAlive(pid);
    while (others.some(isAlive)) await sleep(10);
  }

  /** The last lines that the server wrote, for error messages. */
  lastWords(lines = 15): string {
    return readFileSync(this.command.logFile, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-lines)
      .join('\n');
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  try {
    const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return list.split(' ').filter(Boolean).map(Number);
  } catch {
    // No /proc (macOS), or the process has gone: its children see that themselves and end.
    return [];
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A dead process stays on the list until its parent has asked for its exit code.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
