import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { say } from './child-process.mjs';
import { withLock } from './file-lock.mjs';
import { projectRoot } from './places.mjs';

const SOURCES = ['dist/libs/core', 'dist/libs/evidence/verify'];
const SINGLE = ['dist/libs/evidence/zip.js', 'package-lock.json', 'scripts/bundle-verifier.mjs'];
const CARRIED = 'libs/evidence/carried';
const ENTRY = join(projectRoot, 'dist/libs/evidence/verify/shell/main.js');
const target = join(projectRoot, 'dist', CARRIED);
const markFile = join(projectRoot, 'dist/libs/evidence/.verifier.json');
const LIBRARIES = ['@marcbachmann/cel-js', '@noble/hashes', 'yaml'];

/** Every file that the verifier is made of, with a mark that changes when the file does. */
function marks() {
  const found = {};
  const mark = (path) => {
    const { mtimeMs, size } = statSync(join(projectRoot, path));
    found[path] = `${mtimeMs}-${size}`;
  };
  for (const folder of [...SOURCES, CARRIED])
    for (const name of readdirSync(join(projectRoot, folder), { recursive: true }).sort())
      if (/\.(js|sh|md|txt)$/.test(name)) mark(`${folder}/${name}`);
  for (const path of SINGLE) mark(path);
  return JSON.stringify(found);
}

function isBundled(now) {
  try {
    return readFileSync(markFile, 'utf8') === now && statSync(join(target, 'verify.mjs')).isFile();
  } catch {
    return false;
  }
}

/** Licences of what is put into the file: it is handed on without the rest of the project. */
function notice() {
  const texts = LIBRARIES.map((name) => {
    const folder = join(projectRoot, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const text = readFileSync(join(folder, 'LICENSE'), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}`;
  });
  return `/*
Mingcha, verifier of evidence bundles. Apache License 2.0, http://www.apache.org/licenses/LICENSE-2.0
One file, no installation, no network: node verify.mjs --help. Made from the sources of Mingcha, with these libraries:

${texts.join('\n\n').replaceAll('*/', '* /')}
*/
`;
}

/** Code of verify.mjs; the same sources give the same bytes. */
export async function verifierCode() {
  const { build } = await import('vite');
  const outcome = await build({
    root: projectRoot,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: ENTRY,
      write: false,
      target: 'node20',
      minify: false,
      sourcemap: false,
      reportCompressedSize: false,
      rolldownOptions: { output: { codeSplitting: false, entryFileNames: 'verify.mjs' } },
    },
  });
  const chunks = [outcome].flat().flatMap(({ output }) => output);
  const [chunk, ...others] = chunks;
  const foreign = chunk.imports.filter((name) => !name.startsWith('node:'));
  if (others.length > 0 || foreign.length > 0)
    throw new Error(
      `verify.mjs must be one file of Node's own modules, not ${chunks.length} with ${foreign}`,
    );
  return notice() + chunk.code;
}

/**
 * Makes the verifiers that a bundle carries, in dist/libs/evidence/carried: verify.mjs in one file, and what stands beside it.
 * Only where one of the sources changed since; the same sources give the same bytes.
 */
export async function bundleVerifier() {
  if (isBundled(marks())) return;
  await withLock(join(projectRoot, '.cache', 'verifier.lock'), async () => {
    const now = marks();
    if (isBundled(now)) return;
    const started = Date.now();
    const code = await verifierCode();
    mkdirSync(target, { recursive: true });
    for (const name of readdirSync(join(projectRoot, CARRIED)))
      copyFileSync(join(projectRoot, CARRIED, name), join(target, name));
    const staging = join(target, `verify.mjs.${process.pid}.tmp`);
    writeFileSync(staging, code);
    renameSync(staging, join(target, 'verify.mjs'));
    writeFileSync(markFile, now);
    say(`bundled verify.mjs in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  });
}
