import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { run, say } from './child-process.mjs';
import { withLock } from './file-lock.mjs';
import { projectRoot } from './places.mjs';

const CONSOLE = 'apps/console';
const site = join(projectRoot, 'dist', CONSOLE, 'site');
const markFile = join(projectRoot, 'dist', CONSOLE, '.bundle.json');
const COMPRESSED = /\.(js|css|svg|json)$/;

/** Every source of the bundle by path, with a mark that changes when the file does. */
function marks() {
  const found = {};
  const visit = (folder) => {
    for (const entry of readdirSync(join(projectRoot, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (!/\.test\.tsx?$/.test(path)) {
        const { mtimeMs, size } = statSync(join(projectRoot, path));
        found[path] = `${mtimeMs}-${size}`;
      }
    }
  };
  if (statSync(join(projectRoot, CONSOLE), { throwIfNoEntry: false })?.isDirectory())
    visit(CONSOLE);
  const { mtimeMs } = statSync(join(projectRoot, 'package-lock.json'));
  return JSON.stringify({ ...found, lock: mtimeMs });
}

function isBundled(now) {
  try {
    return readFileSync(markFile, 'utf8') === now && statSync(join(site, 'index.html')).isFile();
  } catch {
    return false;
  }
}

/** Beside each file its compressed forms, made once and not at every request. */
function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) compress(path);
    else if (COMPRESSED.test(entry.name)) {
      const bytes = readFileSync(path);
      writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
      writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
    }
  }
}

/** Bundles the console into dist/apps/console/site, only where one of its sources changed since. */
export async function bundleConsole() {
  if (isBundled(marks())) return;
  await withLock(join(projectRoot, '.cache', 'console.lock'), async () => {
    const now = marks();
    if (isBundled(now)) return;
    const started = Date.now();
    const vite = join(projectRoot, 'node_modules', 'vite', 'bin', 'vite.js');
    const args = [vite, 'build', join(projectRoot, CONSOLE), '--logLevel', 'warn'];
    const code = await run(process.execPath, args, { cwd: projectRoot, stdio: ['ignore', 2, 2] });
    if (code !== 0) throw new Error(`the console could not be bundled (vite ended with ${code})`);
    compress(site);
    writeFileSync(markFile, now);
    say(`bundled the console in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  });
}
