import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a small file that its owner alone can read. On disk when it returns, but for its name: see `fsyncFolder`.
 * @param flag 'wx' refuses a file that exists
 * @throws the system's error
 */
export function writeDurably(file: string, text: string, flag: 'w' | 'wx' = 'w'): void {
  const fd = openSync(file, flag, 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Puts the names of a folder on disk: what was made, renamed or removed in it. @throws the system's error */
export function fsyncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Puts a text in the place of a small file: written beside it (`.new`) and renamed. On disk when it returns; a crash leaves
 * the earlier file or this one, never a mixture.
 * @throws the system's error; the earlier file then stands
 */
export function replaceDurably(file: string, text: string): void {
  writeDurably(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  fsyncFolder(dirname(file));
}
