import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { bundleConsole } from './bundle-console.mjs';
import { bundleVerifier } from './bundle-verifier.mjs';
import { say } from './child-process.mjs';
import { withLock } from './file-lock.mjs';
import { projectRoot } from './places.mjs';

const SOURCE_FOLDERS = ['apps', 'libs', 'migrations', 'bench', 'test'];
// The console is bundled by its own tool; histories and other test data are read from the sources.
const SKIPPED = new Set(['apps/console', 'node_modules']);
const ASSETS = /\.(ya?ml|json|sql|html|css|svg|txt|csv)$/;
const manifestFile = join(projectRoot, 'dist', '.build.json');

function isSource(path) {
  if (path.endsWith('.test.ts') || path.endsWith('.d.ts')) return false;
  return path.endsWith('.ts') || (ASSETS.test(path) && !path.startsWith('test/'));
}

/** Every source by path from the project's root, with a mark that changes when the file does. */
function sources() {
  const found = new Map();
  const visit = (folder) => {
    for (const entry of readdirSync(join(projectRoot, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (SKIPPED.has(path) || SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) visit(path);
      else if (isSource(path)) {
        // undefined where another process has just removed the file
        const stat = statSync(join(projectRoot, path), { throwIfNoEntry: false });
        if (stat !== undefined) found.set(path, `${stat.mtimeMs}-${stat.size}`);
      }
    }
  };
  for (const folder of SOURCE_FOLDERS) {
    if (statSync(join(projectRoot, folder), { throwIfNoEntry: false })?.isDirectory())
      visit(folder);
  }
  return found;
}

function readManifest(settings) {
  try {
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
    return manifest.settings === settings ? manifest.files : {};
  } catch {
    return {};
  }
}

function outputsOf(path) {
  const target = join(projectRoot, 'dist', path);
  if (!path.endsWith('.ts')) return [target];
  const script = target.replace(/\.ts$/, '.js');
  return [script, `${script}.map`];
}

// A reader of dist sees the old file or the new one, never half of one.
function replaceFile(path, write) {
  const staging = `${path}.${process.pid}.tmp`;
  write(staging);
  renameSync(staging, path);
}

async function compile(path, transformFile) {
  const source = join(projectRoot, path);
  const [target, mapFile] = outputsOf(path);
  mkdirSync(dirname(target), { recursive: true });
  if (mapFile === undefined) {
    replaceFile(target, (staging) => copyFileSync(source, staging));
    return;
  }
  const { code, map } = await transformFile(source, {
    cwd: projectRoot,
    configFile: join(projectRoot, '.swcrc'),
    sourceMaps: true,
    sourceFileName: relative(dirname(target), source),
  });
  replaceFile(mapFile, (staging) => writeFileSync(staging, map));
  replaceFile(target, (staging) =>
    writeFileSync(staging, `${code}//# sourceMappingURL=${basename(mapFile)}\n`),
  );
}

function changes() {
  const settings = readFileSync(join(projectRoot, '.swcrc'), 'utf8');
  const now = sources();
  const before = readManifest(settings);
  const stale = [...now].filter(([path, mark]) => before[path] !== mark).map(([path]) => path);
  const gone = Object.keys(before).filter((path) => !now.has(path));
  return { settings, now, stale, gone };
}

/**
 * Compiles the TypeScript sources into dist/ (same folders) and copies the data files beside them:
 * only what is new or changed since the last build. Removes what a deleted source left in dist/.
 * Throws, naming the file, where a source cannot be compiled; what had compiled is kept.
 */
export async function build() {
  await compileSources();
  await bundleVerifier();
  await bundleConsole();
}

async function compileSources() {
  const first = changes();
  if (first.stale.length === 0 && first.gone.length === 0) return;
  await withLock(join(projectRoot, '.cache', 'build.lock'), async () => {
    const { settings, now, stale, gone } = changes();
    if (stale.length === 0 && gone.length === 0) return;
    const { transformFile } = await import('@swc/core');
    const started = Date.now();
    for (const path of gone) for (const output of outputsOf(path)) rmSync(output, { force: true });
    const results = await Promise.allSettled(stale.map((path) => compile(path, transformFile)));
    const failed = stale.filter((_, index) => results[index].status === 'rejected');
    for (const path of failed) now.delete(path);
    mkdirSync(dirname(manifestFile), { recursive: true });
    replaceFile(manifestFile, (staging) =>
      writeFileSync(staging, JSON.stringify({ settings, files: Object.fromEntries(now) })),
    );
    if (failed.length > 0) {
      const reasons = results.filter((result) => result.status === 'rejected');
      throw new Error(
        `could not compile ${failed.join(', ')}\n${reasons.map(({ reason }) => reason.message).join('\n')}`,
      );
    }
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (stale.length > 20) say(`built ${stale.length} files in ${seconds} s`);
  });
}
