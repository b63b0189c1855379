import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BLOCK = Buffer.alloc(64 * 1024, 7);

/** A file system of our own that can be filled, and freed again. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  /**
   * Mounts a tmpfs. Null where this user may not mount: the reason goes to standard error, and with CI=true it is an
   * error, so that nothing passes for tested that was not.
   */
  static mount(mib: number): SmallDisk | null {
    const folder = mkdtempSync(join(tmpdir(), 'mingcha-small-disk-'));
    const { status, stderr, error } = spawnSync(
      'mount',
      ['-t', 'tmpfs', '-o', `size=${mib}m,mode=755`, 'mingcha-test', folder],
      { encoding: 'utf8' },
    );
    if (status === 0) return new SmallDisk(folder);
    rmSync(folder, { recursive: true });
    const why = `no small disk to test with: mount said ${stderr?.trim() || error?.message}`;
    if (process.env.CI === 'true') throw new Error(why);
    process.stderr.write(`${why}; tests of a full disk are skipped\n`);
    return null;
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Takes all room but so much. */
  fill(leaveBytes: number): void {
    const ballast = openSync(join(this.folder, 'ballast'), 'a');
    try {
      while (this.freeBytes > leaveBytes) {
        const size = Math.min(BLOCK.length, this.freeBytes - leaveBytes);
        writeSync(ballast, BLOCK, 0, Math.max(1, size));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(ballast);
    }
  }

  free(): void {
    rmSync(join(this.folder, 'ballast'), { force: true });
  }

  unmount(): void {
    const { status, stderr } = spawnSync('umount', [this.folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`umount ${this.folder}: ${stderr}`);
    rmSync(this.folder, { recursive: true });
  }
}
