import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifierFiles } from '#evidence/verifier-files.js';
import { matchEditions } from '#evidence/verify/match.js';
import { Report } from '#evidence/verify/outcome.js';
import { parsePolicy } from '#evidence/verify/policy.js';
import { nodeMachinery } from '#evidence/verify/shell/node-machinery.js';
import { verifyBundle } from '#evidence/verify/verify-bundle.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { EvidenceOffice, filesOf, twoCases } from './office.js';

let database: TestDatabase;
let office: EvidenceOffice;
let full: ReadonlyMap<string, Uint8Array>;
let redacted: ReadonlyMap<string, Uint8Array>;
let folder: string;

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  await office.monitor.take(0, twoCases());
  await office.monitor.tick('2025-10-21T10:00:00+08:00');
  const requestNo = await office.request({ kind: 'case', caseId: 'feed-a/N1' });
  await office.log.settle();
  const tools = { ...office.tools, verifier: verifierFiles() };
  const whole = await office.build(requestNo, 'full', tools);
  full = filesOf(whole.bytes);
  redacted = filesOf((await office.build(requestNo, 'redacted', tools)).bytes);
  folder = mkdtempSync(join(tmpdir(), 'exported-'));
  writeFileSync(join(folder, 'bundle.zip'), whole.bytes);
  writeFileSync(join(folder, 'policy.txt'), office.log.policy);
  for (const [path, bytes] of full) {
    const target = join(folder, 'bundle', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await office.close();
  await database.drop();
});

const keys = () => parsePolicy(office.log.policy);

describe('a bundle that was exported from a database', () => {
  it('is verified and reaches its findings again', () => {
    const result = verifyBundle({ files: full, report: new Report() }, keys(), nodeMachinery);
    expect(result.outcomes).toEqual([]);
    expect(result.tally.findings).toBeGreaterThan(0);
    expect(result.exit).toBe(0);
  });

  it('is verified by the verify.mjs that it carries', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      ['bundle/data/verify/verify.mjs', 'bundle.zip', '--keys', 'policy.txt', '--lang', 'en'],
      { cwd: folder, encoding: 'utf8', env: {} },
    );
    expect(stdout).toContain('Verified: nothing was changed');
    expect(status).toBe(0);
  });

  it('is verified by the verify.sh that it carries', () => {
    const { status, stdout, stderr } = spawnSync(
      'sh',
      ['bundle/data/verify/verify.sh', '--keys', 'policy.txt', '--lang', 'en'],
      { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH } },
    );
    expect(stderr).toBe('');
    expect(stdout).toContain('Verified: manifests, signature');
    expect(status).toBe(0);
  });
});

describe('its redacted edition', () => {
  it('is verified, and says what it hides', () => {
    const result = verifyBundle({ files: redacted, report: new Report() }, keys(), nodeMachinery);
    expect(result.outcomes.map(({ code, key }) => [code, key])).toEqual(
      expect.arrayContaining([[0, 'reevaluation.redacted']]),
    );
    expect(result.exit).toBe(0);
  });

  it('matches the full one, every hidden value', () => {
    const matched = matchEditions(full, redacted, nodeMachinery);
    expect(matched.outcomes).toEqual([]);
    const salts = JSON.parse(Buffer.from(full.get('data/redactions.json') ?? []).toString());
    expect(matched.values).toBe((salts as unknown[]).length);
    expect(matched.values).toBeGreaterThan(0);
  });

  it('with one hidden value exchanged does not match: named with its place', () => {
    const [path, bytes] = [...redacted].find(([, one]) =>
      Buffer.from(one).includes('"~redacted"'),
    ) as [string, Uint8Array];
    const text = Buffer.from(bytes).toString();
    const changed = text.replace(
      /"~redacted":"(.)/,
      (_, digit: string) => `"~redacted":"${digit === '0' ? '1' : '0'}`,
    );
    const other = new Map(redacted).set(path, Buffer.from(changed));
    const { outcomes } = matchEditions(full, other, nodeMachinery);
    expect(outcomes).toMatchObject([{ code: 10, key: 'match.value', place: path }]);
  });
});
