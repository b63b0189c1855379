import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join, sep } from 'node:path';
import { MEMORY_FLAGS } from '../../apps/cli/demo/monitor-process.js';

/** One of the application's processes as it runs in production: the built program, settings in its environment. */
export interface BuiltApp {
  readonly pid: number;
  /** Resolves when it has ended; with its exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Asks it to stop, by force after 15 s, and waits for it. */
  stop(): Promise<void>;
  kill9(): void;
  /** Stops it where it stands for so long, as a machine that hangs would; it does not know that time has passed. */
  freeze(ms: number): void;
}

const STOP_WITHIN_MS = 15_000;
const HERE = import.meta.dirname;
const DIST = HERE.includes(`${sep}dist${sep}`)
  ? join(HERE, '..', '..')
  : join(HERE, '..', '..', 'dist');

const FLAGS = [
  ...MEMORY_FLAGS,
  '--enable-source-maps',
  '--disable-warning=TimeoutNegativeWarning',
  // So that it does not outlive a test that is killed.
  `--import=${join(DIST, '..', 'scripts', 'end-with-parent.mjs')}`,
];

/** Starts dist/apps/NAME/main.js; its log is appended to the file. */
export function startBuilt(
  name: 'monitor' | 'api',
  env: Readonly<Record<string, string>>,
  logFile: string,
): BuiltApp {
  const program = join(DIST, 'apps', name, 'main.js');
  const child: ChildProcess = spawn(process.execPath, [...FLAGS, program], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr?.pipe(createWriteStream(logFile, { flags: 'a' }));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    pid: child.pid ?? 0,
    ended,
    kill9: () => child.kill('SIGKILL'),
    freeze: (ms) => {
      child.kill('SIGSTOP');
      setTimeout(() => child.kill('SIGCONT'), ms);
    },
    stop: async () => {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(force);
    },
  };
}
