import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { capture, say } from './child-process.mjs';
import { withLock } from './file-lock.mjs';
import { cacheRoot } from './places.mjs';

const APT_GET = '/usr/bin/apt-get';
const aptLock = join(cacheRoot, 'apt.lock');
// Another installation may hold the system's own lock for a while.
const INSTALL = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=500'];

/** True where packages can be installed: as root on Debian. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync(APT_GET);
}

/**
 * Installs the first set of packages that can be had; each set is installed whole or not at all. No effect where we are
 * not root on Debian.
 */
export async function aptInstall(...sets) {
  if (!canInstall()) return;
  await withLock(aptLock, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await capture(APT_GET, ['update'], { env });
    for (const packages of sets.map((set) => [set].flat())) {
      const names = packages.join(' ');
      say(`installing ${names} (apt-get)`);
      const { code, output } = await capture(APT_GET, [...INSTALL, ...packages], { env });
      if (code === 0) return;
      // not every release has every one of them: the next may be there
      say(`apt-get could not install ${names}: ${output.trimEnd().split('\n').at(-1)}`);
    }
  });
}
