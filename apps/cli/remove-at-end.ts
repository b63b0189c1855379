import { rmSync } from 'node:fs';

/** A folder that another thread is just writing to is not empty at the first attempt. */
const REMOVE_RETRIES = 10;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Removes a file or folder when the process ends, by itself or by a signal. Where nobody else handles the signal, the
 * process then ends by it as usual. The answer removes it at once, and needs not be called before the end.
 */
export function removeAtEnd(path: string): () => void {
  const onExit = (): void =>
    rmSync(path, { recursive: true, force: true, maxRetries: REMOVE_RETRIES });
  const remove = (): void => {
    keepAtEnd();
    onExit();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    remove();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const keepAtEnd = (): void => {
    process.off('exit', onExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.once('exit', onExit);
  for (const signal of SIGNALS) process.once(signal, onSignal);
  return remove;
}
