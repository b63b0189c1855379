import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function holder(lockFile) {
  try {
    return Number(readFileSync(lockFile, 'utf8'));
  } catch {
    return undefined;
  }
}

function tryTake(lockFile) {
  const mine = `${lockFile}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    // link(2) fails where the name exists: whoever makes the link holds the lock, and the
    // number of the holder is in the file from its first moment on.
    linkSync(mine, lockFile);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function removeAbandoned(lockFile) {
  const pid = holder(lockFile);
  if (pid === undefined || isAlive(pid)) return;
  const aside = `${lockFile}.abandoned.${process.pid}`;
  try {
    renameSync(lockFile, aside);
    // Between reading and moving, another waiter may have cleared and taken the lock: give it back.
    if (holder(aside) !== pid && !existsSync(lockFile)) linkSync(aside, lockFile);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
}

/**
 * Runs `work` while this process alone holds `lockFile`; others wait. A lock whose holder has died
 * is taken over. Not re-entrant. `onWait(pid)` is called once where another process holds the lock.
 */
export async function withLock(lockFile, work, onWait = () => {}) {
  mkdirSync(dirname(lockFile), { recursive: true });
  let told = false;
  while (!tryTake(lockFile)) {
    removeAbandoned(lockFile);
    if (!told && existsSync(lockFile)) {
      told = true;
      onWait(holder(lockFile));
    }
    await sleep(POLL_MS);
  }
  const release = () => rmSync(lockFile, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}
