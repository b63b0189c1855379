import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type BuiltApp, startBuilt } from './built-app.js';
import type { Stage } from './site.js';

/** A monitor that ended although nobody had ended it. */
export interface Fall {
  readonly monitor: string;
  readonly code: number | null;
  readonly lastWords: string;
}

const RESTART_AFTER_MS = 1_000;

/** The monitors of a stage, kept running as a service manager would: one that falls is started again, and counted. */
export class Fleet {
  readonly falls: Fall[] = [];
  /** Largest resident size that any monitor has had, MiB. */
  peakMiB = 0;
  private readonly running = new Map<BuiltApp, string>();
  private started = 0;
  private closing = false;

  constructor(
    private readonly stage: Stage,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  get size(): number {
    return this.running.size;
  }

  start(): void {
    this.started += 1;
    const name = `monitor-${this.started}`;
    const logFile = join(this.stage.folder, `${name}.log`);
    const env = { ...this.stage.env, LOG_LEVEL: 'info', ...this.settings };
    const monitor = startBuilt('monitor', env, logFile);
    this.running.set(monitor, logFile);
    void monitor.ended.then(async (code) => {
      if (!this.running.delete(monitor) || this.closing) return;
      this.falls.push({ monitor: name, code, lastWords: lastLines(logFile) });
      await wait(RESTART_AFTER_MS);
      if (!this.closing) this.start();
    });
  }

  /** SIGKILL: nothing of the process gets to run any more. Resolves when it is gone. */
  async kill(place: number): Promise<void> {
    const monitor = this.takeOut(place);
    monitor?.kill9();
    await monitor?.ended;
  }

  /** Lets one hang for so long: the others take over its partitions, and it wakes up with a batch in its hands. */
  freeze(place: number, ms: number): void {
    [...this.running.keys()][place % Math.max(1, this.running.size)]?.freeze(ms);
  }

  /** Asks one to stop and leave its partitions to the others. */
  async dismiss(place: number): Promise<void> {
    await this.takeOut(place)?.stop();
  }

  async stop(): Promise<void> {
    this.closing = true;
    this.measure();
    const all = [...this.running.keys()];
    this.running.clear();
    await Promise.all(all.map((monitor) => monitor.stop()));
  }

  /** How often a batch was under way, was not saved, and was read again, as the monitors' logs tell. */
  interrupted(): number {
    let count = 0;
    for (let n = 1; n <= this.started; n += 1)
      count += readFileSync(join(this.stage.folder, `monitor-${n}.log`), 'utf8')
        .split('\n')
        .filter((line) => line.includes('a batch was not saved')).length;
    return count;
  }

  /** Takes note of how large the monitors have been. */
  measure(): void {
    for (const { pid } of this.running.keys())
      this.peakMiB = Math.max(this.peakMiB, peakResidentMiB(pid));
  }

  private takeOut(place: number): BuiltApp | undefined {
    this.measure();
    const monitor = [...this.running.keys()][place % Math.max(1, this.running.size)];
    if (monitor !== undefined) this.running.delete(monitor);
    return monitor;
  }
}

function peakResidentMiB(pid: number): number {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Math.round(Number(line?.[1] ?? 0) / 1024);
  } catch {
    // no /proc here, or the process has just ended
    return 0;
  }
}

function lastLines(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-4).join('\n').slice(-3_000);
  } catch {
    return '(it wrote no log)';
  }
}
