import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** One of the application's processes, started as in production: its own program, settings in its environment. */
export interface AppProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended; with its exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Asks it to stop and waits for it. */
  stop(): Promise<void>;
  kill9(): void;
}

const STOP_WITHIN_MS = 15_000;

/** Bounds of the heap, so that a process stays below 512 MB resident whatever it consumes. */
export const MEMORY_FLAGS: readonly string[] = [
  '--max-old-space-size=256',
  '--max-semi-space-size=8',
];

/** The project's folder, also where this file runs from its source, as in tests. */
const ROOT = join(import.meta.dirname.replace(/\/dist\/apps\//, '/apps/'), '..', '..', '..');

/** Ends a process whose parent was killed: it would wait for servers that do not come back. */
const END_WITH_PARENT = pathToFileURL(join(ROOT, 'scripts', 'end-with-parent.mjs')).href;

/** Starts dist/apps/NAME/main.js; its log goes to the file. */
export function startApp(
  name: string,
  env: Readonly<Record<string, string>>,
  logFile: string,
): AppProcess {
  const program = join(ROOT, 'dist', 'apps', name, 'main.js');
  const child: ChildProcess = spawn(
    process.execPath,
    [...MEMORY_FLAGS, '--enable-source-maps', `--import=${END_WITH_PARENT}`, program],
    {
      // Any free port for metrics, so that two demos do not meet.
      env: { ...process.env, MINGCHA_METRICS_PORT: '0', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const log = createWriteStream(logFile, { flags: 'a' });
  // A log that cannot be written (its folder is going) ends nothing.
  log.on('error', () => undefined);
  child.stderr?.pipe(log);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  void ended.then(() => process.off('exit', end));
  return {
    name,
    pid: child.pid ?? 0,
    ended,
    kill9: () => child.kill('SIGKILL'),
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
