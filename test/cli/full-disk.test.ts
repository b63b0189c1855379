import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SmallDisk } from '../faults/small-disk.js';
import { until } from '../streams/batch-reader.js';
import { mingcha, start } from './run-mingcha.js';

// Results on a disk that fills: a clear error, an exit code that is not 0, and no half of a result that could be taken
// for the whole. /dev/full refuses every byte and needs no rights to mount.

const MAIN = join(import.meta.dirname, '../../dist/apps/cli/main.js');
// With CI=true nothing is skipped: what cannot run there fails.
const hasDevFull = existsSync('/dev/full') || process.env.CI === 'true' ? it : it.skip;

describe('the command line on a full disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-full-'));
  const city = join(folder, 'city');
  const log = join(city, 'events.jsonl');
  const disk = SmallDisk.mount(2);
  const onSmallDisk = disk === null ? it.skip : it;

  beforeAll(async () => {
    const { code } = await mingcha(['simulate', '--cases', '40', '--days', '20', '--out', city]);
    expect(code).toBe(0);
    expect(readdirSync(city).sort()).toEqual(['city.yaml', 'events.jsonl', 'truth.jsonl']);
    disk?.fill(8 * 1024);
  }, 60_000);

  afterAll(() => {
    rmSync(folder, { recursive: true });
    disk?.unmount();
  });

  hasDevFull('replay --out says which file, and ends with 3', async () => {
    const { code, err } = await mingcha(['replay', '--log', log, '--out', '/dev/full']);
    expect([code, err]).toEqual([
      3,
      expect.stringContaining('/dev/full: the disk is full (ENOSPC). Make room'),
    ]);
    expect(err).not.toContain('    at ');
  });

  hasDevFull.each([
    ['replay', ['replay', '--log', log]],
    ['rules doc', ['rules', 'doc']],
  ])('%s to a standard output that is full does not end as if all were printed', (_, args) => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([
      3,
      expect.stringContaining('standard output cannot be written (ENOSPC'),
    ]);
  });

  onSmallDisk('replay leaves an earlier result as it was, and nothing beside it', async () => {
    const results = join(disk?.folder ?? '', 'results');
    mkdirSync(results);
    const out = join(results, 'findings.jsonl');
    writeFileSync(out, 'of yesterday\n');
    const { code, err } = await mingcha(['replay', '--log', log, '--out', out]);
    expect([code, err]).toEqual([
      3,
      expect.stringContaining(`${out}: the disk is full (ENOSPC). No part of the result was left`),
    ]);
    expect(readdirSync(results)).toEqual(['findings.jsonl']);
    expect(readFileSync(out, 'utf8')).toBe('of yesterday\n');
  });

  onSmallDisk('simulate leaves no file of the three', async () => {
    const out = join(disk?.folder ?? '', 'simulated');
    const { code, err } = await mingcha(['simulate', '--cases', '400', '--out', out]);
    expect([code, err]).toEqual([3, expect.stringContaining('events.jsonl: the disk is full')]);
    expect(readdirSync(out)).toEqual([]);
  });

  it('a result that is broken off by a signal is not left half', async () => {
    const out = join(folder, 'broken-off');
    const run = start('cli/main.js', ['simulate', '--cases', '200000', '--out', out], {});
    await until(() => existsSync(out) && readdirSync(out).some((name) => name.endsWith('.part')));
    run.child.kill('SIGTERM');
    await run.ended;
    expect(run.child.signalCode).toBe('SIGTERM');
    expect(readdirSync(out)).toEqual([]);
  });
});
