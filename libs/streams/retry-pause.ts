/** Pause before the n-th retry (0 = first), ms: 0.2 s doubling up to 10 s. */
export const retryPauseMs = (attempt: number): number =>
  Math.min(10_000, 200 * 2 ** Math.min(attempt, 10));

/** Resolves after `ms` or as soon as `signal` aborts; never rejects and keeps no process alive alone. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
