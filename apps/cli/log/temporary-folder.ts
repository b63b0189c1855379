import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A folder readable by this user only, removed by `remove`, at exit, and on Ctrl-C: spilled events are personal data
 * and must not be left behind. Where nobody else handles the signal, the process then ends by it as usual.
 */
export class TemporaryFolder {
  readonly path: string;
  private readonly onExit = (): void => this.delete();
  private readonly onSignal = (signal: NodeJS.Signals): void => {
    this.remove();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };

  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
    process.once('exit', this.onExit);
    for (const signal of SIGNALS) process.once(signal, this.onSignal);
  }

  remove(): void {
    process.off('exit', this.onExit);
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
    this.delete();
  }

  private delete(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
