import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifierFiles } from '#evidence/verifier-files.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { mingcha } from '../cli/run-mingcha.js';
import { STORE } from '../store/sample-step.js';
import { EvidenceOffice, MASTER_KEY } from './office.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** The commands of a document, block by block. Those on a database are carried out in test/restore and test/audit. */
function commandsOf(document: string): string[] {
  const text = readFileSync(join(ROOT, 'docs', document), 'utf8');
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)]
    .map(([, block]) => (block ?? '').replace(/^ {3}/gm, ''))
    .filter((block) => !block.includes('--database'));
}

/** The exit codes that a table of a document explains. */
function codesOf(document: string): number[] {
  const text = readFileSync(join(ROOT, 'docs', document), 'utf8');
  return [...text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
}

let database: TestDatabase;
let office: EvidenceOffice;
let folder: string;

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  await office.run();
  folder = mkdtempSync(join(tmpdir(), 'mingcha-documented-'));
  writeFileSync(join(folder, 'trusted-keys'), office.log.policy);
  for (const { path, bytes } of verifierFiles()) writeFileSync(join(folder, path), bytes);
  const shim = join(folder, 'bin', 'mingcha');
  mkdirSync(dirname(shim));
  const program = join(ROOT, 'dist/apps/cli/main.js');
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(shim, 0o755);
  await exportBoth();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await office.close();
  await database.drop();
});

async function exportBoth(): Promise<void> {
  const run = async (...args: string[]) => {
    const { code, out, err } = await mingcha(['export', ...args], {
      DATABASE_URL: database.url,
      MINGCHA_MASTER_KEY: MASTER_KEY.toString('hex'),
      MINGCHA_EXPORT_KEY: office.log.exportKeyFile,
      MINGCHA_ORGANIZATION: '某市纪检监察机关',
    });
    if (code !== 0) throw new Error(`export ${args[0]} ended with ${code}: ${err}`);
    return JSON.parse(out) as Record<string, unknown>;
  };
  const keys = ['--keys', join(folder, 'trusted-keys')];
  const why = ['--notice', '监调〔2026〕3号', '--cause', '涉嫌不作为', '--purpose', '初步核实'];
  const who = ['--requester', 'zhang', '--requester', 'li'];
  const both = ['--edition', 'full', '--edition', 'redacted'];
  const { requestNo } = await run('request', '--case', 'feed-a/N1', ...why, ...who, ...both);
  const approval = ['--actor', 'wang', '--reason', '同意', ...keys];
  const { numbers } = await run('approve', String(requestNo), ...approval);
  await office.log.settle();
  const { full, redacted } = numbers as { full: string; redacted: string };
  for (const [number, name] of [
    [full, 'MZ-2026-0001.zip'],
    [redacted, 'MZS-2026-0001.zip'],
  ] as const)
    await run('build', number, '--person', 'zhang', '--person', 'li', '--out', join(folder, name));
}

describe.each(['verifying.md', 'verifying.zh-CN.md'])('docs/%s', (document) => {
  it('shows commands that work on a bundle as it is exported', () => {
    rmSync(join(folder, 'bundle'), { recursive: true, force: true });
    const commands = commandsOf(document);
    expect(commands.length).toBeGreaterThanOrEqual(6);
    const path = `${join(folder, 'bin')}:${dirname(process.execPath)}:${process.env.PATH}`;
    for (const command of commands) {
      const { status, stderr, stdout } = spawnSync('sh', ['-ec', command], {
        cwd: folder,
        env: { PATH: path },
        encoding: 'utf8',
      });
      expect([command, status, stderr]).toEqual([command, 0, '']);
      if (command.includes('openssl dgst -sm3')) {
        const digest = stdout.slice(0, 64);
        const manifest = readFileSync(join(folder, 'bundle/manifest-sm3.txt'), 'utf8');
        expect(manifest).toContain(`${digest}  data/request.json`);
      }
    }
  });

  it('names every place that a bundle has', () => {
    const text = readFileSync(join(ROOT, 'docs', document), 'utf8');
    const listing = execFileSync('unzip', ['-Z1', join(folder, 'MZ-2026-0001.zip')], {
      encoding: 'utf8',
    });
    const folders = new Set(
      listing.split('\n').flatMap((path) => /^data\/[^/]+\//.exec(path) ?? []),
    );
    expect(folders.size).toBeGreaterThan(8);
    expect([...folders].filter((place) => !text.includes(`\`${place}`))).toEqual([]);
  });

  it('explains the exit codes that verifying a bundle has', () => {
    expect(codesOf(document)).toEqual([2, 3, 10, 11, 12, 13, 14, 15, 16, 17]);
  });
});
