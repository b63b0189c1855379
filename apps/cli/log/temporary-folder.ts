import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeAtEnd } from '../remove-at-end.js';

/**
 * A folder readable by this user only, removed by `remove`, at exit, and on Ctrl-C: spilled events are personal data
 * and must not be left behind.
 */
export class TemporaryFolder {
  readonly path: string;
  readonly remove: () => void;

  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
    this.remove = removeAtEnd(this.path);
  }
}
