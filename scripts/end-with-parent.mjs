import { isMainThread } from 'node:worker_threads';

const LOOK_EVERY_MS = 500;

/**
 * Sends this process SIGTERM once its parent has gone, so that its own orderly end is taken. Signals
 * do not always come through: `sh`, through which npm runs a script, dies of one without passing it on.
 */
function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  timer.unref();
}

// Loaded ahead of a program (--import), also in each of its worker threads: one watch is enough.
if (isMainThread) endWithParent();
