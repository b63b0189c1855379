import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MEMORY_FLAGS } from '../apps/cli/demo/monitor-process.js';

const DIST = join(import.meta.dirname, '..');
const STOP_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;

export interface ProgramToRun {
  /** Built script, from the folder of everything built. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it says is appended here. */
  readonly logFile: string;
  /** Folder for a CPU profile; null: none. */
  readonly profile?: string | null;
}

/** A program of ours in a process of its own, as in production, with its peak of memory and its CPU time. */
export interface RunningProgram {
  readonly pid: number;
  /** Exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Most resident memory so far, MB (10^6 bytes); null where the system does not tell (no /proc). */
  peakMemory(): number | null;
  /** CPU time so far, all threads, seconds; null where the system does not tell. */
  cpuSeconds(): number | null;
  stop(): Promise<void>;
}

/** Starts a built program with the flags of production. It ends with this process. */
export function startProgram(program: ProgramToRun): RunningProgram {
  const log = openSync(program.logFile, 'a');
  const profiling =
    program.profile == null ? [] : ['--cpu-prof', `--cpu-prof-dir=${program.profile}`];
  const child: ChildProcess = spawn(
    process.execPath,
    [
      ...profiling,
      ...(program.script.startsWith('apps/monitor/') ? MEMORY_FLAGS : []),
      '--enable-source-maps',
      '--disable-warning=TimeoutNegativeWarning',
    ]
      .concat(join(DIST, program.script))
      .concat(program.args ?? []),
    { env: { ...process.env, ...program.env }, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const pid = child.pid ?? 0;
  let peak: number | null = null;
  const look = () => {
    peak = residentPeak(pid) ?? peak;
    return peak;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  void ended.then(() => {
    clearInterval(timer);
    process.off('exit', end);
  });
  return {
    pid,
    ended,
    peakMemory: look,
    cpuSeconds: () => cpuSeconds(pid),
    stop: async () => {
      child.kill('SIGTERM');
      const stopped = await Promise.race([ended.then(() => true), wait(STOP_WITHIN_MS, false)]);
      if (!stopped) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** VmHWM of a process: the most memory that it ever held, in MB. */
function residentPeak(pid: number): number | null {
  const text = readProc(`/proc/${pid}/status`);
  const found = text === null ? null : /^VmHWM:\s+(\d+) kB/m.exec(text);
  return found === null ? null : (Number(found[1]) * 1_024) / 1e6;
}

/** Linux counts in ticks of 10 ms, whatever the kernel's own rate (USER_HZ = 100). */
function cpuSeconds(pid: number): number | null {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
