#!/usr/bin/env node
// Run after `npm install`: adds to package-lock.json the optional packages of other systems that npm
// left out. npm drops from the lock what the registry in use did not serve at that moment (a mirror
// may not have the binaries for every system), and `npm ci` then refuses the lock everywhere.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './child-process.mjs';
import { projectRoot } from './places.mjs';

const NAME =
  /(?<os>android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>arm64|arm|x64|ia32|ppc64|s390x|loong64|riscv64)(?:-(?<abi>\w+))?$/;

/** The lock entry of a binary package, by its name; undefined where the name tells no system. */
function entryOf(name, version, dev) {
  const match = NAME.exec(name);
  if (match === null || !/^\d+\.\d+\.\d+$/.test(version)) return undefined;
  const { os, cpu, abi } = match.groups;
  const libc = os === 'linux' && abi ? { libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] } : {};
  return { version, cpu: [cpu], ...(dev ? { dev } : {}), ...libc, optional: true, os: [os] };
}

const file = join(projectRoot, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const entry = path in lock.packages ? undefined : entryOf(name, version, parent.dev);
    if (entry === undefined) continue;
    lock.packages[path] = entry;
    added.push(name);
  }
}
if (added.length > 0) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
say(`${added.length} packages added to package-lock.json`);
