import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { mingcha } from '../cli/run-mingcha.js';
import { STORE } from '../store/sample-step.js';
import { EvidenceOffice, MASTER_KEY, verified } from './office.js';

let database: TestDatabase;
let office: EvidenceOffice;
let folder: string;

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  await office.run();
  folder = mkdtempSync(join(tmpdir(), 'mingcha-export-'));
  writeFileSync(join(folder, 'policy.txt'), office.log.policy);
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await office.close();
  await database.drop();
});

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  mingcha(['export', ...args], {
    DATABASE_URL: database.url,
    MINGCHA_MASTER_KEY: MASTER_KEY.toString('hex'),
    MINGCHA_EXPORT_KEY: office.log.exportKeyFile,
    MINGCHA_ORGANIZATION: '某市纪检监察机关',
    ...env,
  });

const ASKED = ['--notice', '监调〔2026〕3号', '--cause', '涉嫌不作为', '--purpose', '初步核实'];
const TWO = ['--requester', 'zhang', '--requester', 'li'];
const PAIR = ['--person', 'zhang', '--person', 'li'];
const WHERE = ['--place', '办案点', '--device', '笔记本电脑 SN-1'];
const KEYS = () => ['--keys', join(folder, 'policy.txt')];
const N1 = ['--case', 'feed-a/N1'];

const asked = async (...more: string[]): Promise<string> => {
  const { out } = await run(['request', ...N1, ...ASKED, ...TWO, ...more]);
  return (JSON.parse(out) as { requestNo: string }).requestNo;
};

describe('mingcha export', () => {
  it('leads from the request to the destruction, and every step is shown', async () => {
    const no = await asked('--edition', 'full', '--edition', 'redacted');
    const approved = await run(['approve', no, '--actor', 'wang', '--reason', '同意', ...KEYS()]);
    const { numbers } = JSON.parse(approved.out) as { numbers: { full: string; redacted: string } };
    await office.log.settle();
    const file = join(folder, 'full.zip');
    const built = await run(['build', no, ...PAIR, '--out', file, '--wait', '5']);
    expect({ code: built.code, err: built.err }).toEqual({ code: 0, err: '' });
    const bytes = readFileSync(file);
    const line = JSON.parse(built.out) as { sha256: string; number: string };
    expect(line).toMatchObject({ number: numbers.full, bytes: bytes.length });
    expect(line.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(verified(bytes, office.log.policy)).toMatchObject({ exit: 0, said: [] });
    const hidden = await run(['build', numbers.redacted, ...PAIR, '--out', join(folder, 'r.zip')]);
    expect(JSON.parse(hidden.out)).toMatchObject({ edition: 'redacted', number: numbers.redacted });
    for (const step of [
      ['view', numbers.full, '--purpose', '核对'],
      ['hand-over', numbers.full, ...PAIR, '--to', '某市人民检察院'],
      ['verified', numbers.full, ...PAIR, '--tool', 'verify.sh', '--result', '一致'],
      ['recall', no, '--reason', '案件撤销'],
      ['destroyed', numbers.full, ...PAIR, '--reason', '期满'],
    ])
      expect((await run([...step, ...WHERE])).code).toBe(0);
    const shown = await run(['show', no, '--json']);
    const { events, state } = JSON.parse(shown.out) as {
      state: string;
      events: { kind: string }[];
    };
    expect(state).toBe('destroyed');
    expect(events.map(({ kind }) => kind)).toEqual([
      ...['requested', 'approved', 'pinned', 'built', 'built', 'viewed'],
      ...['handed-over', 'verified', 'recalled', 'destroyed'],
    ]);
    expect((await run(['list', '--lang', 'en'])).out).toContain('destroyed');
    const after = await run(['build', no, ...PAIR, '--out', join(folder, 'again.zip')]);
    expect(after).toMatchObject({ code: 3, out: '' });
    expect(after.err).toContain('已销毁');
  });

  it('leaves no file, and records nothing, where the trail is not being signed', async () => {
    const no = await asked();
    await run(['approve', no, '--actor', 'wang', '--reason', '同意', ...KEYS()]);
    const file = join(folder, 'unsigned.zip');
    const built = await run(['build', no, ...PAIR, '--out', file, '--wait', '1', '--lang', 'en']);
    expect(built.code).toBe(4);
    expect(built.err).toContain('no signed checkpoint covered the approval within 1 s');
    expect(readdirSync(folder).filter((name) => name.startsWith('unsigned'))).toEqual([]);
    const { events } = JSON.parse((await run(['show', no, '--json'])).out) as {
      events: { kind: string }[];
    };
    expect(events.map(({ kind }) => kind)).toEqual(['requested', 'approved']);
  });

  it.each<[string, string[], number, RegExp]>([
    ['no scope', ['request', ...ASKED, ...TWO], 2, /没有写明范围/],
    ['two scopes', ['request', ...N1, '--rule', 'OD-02', ...ASKED, ...TWO], 2, /只能有一个范围/],
    ['one requester', ['request', ...N1, ...ASKED, '--requester', 'zhang'], 2, /两名不同/],
    [
      'no purpose',
      ['request', ...N1, ...ASKED.slice(0, 4), ...TWO, '--lang', 'en'],
      2,
      /purpose takes 1 to 2000/,
    ],
    [
      'a purpose of a megabyte',
      ['request', ...N1, ...ASKED.slice(0, 4), '--purpose', 'x'.repeat(100_000), ...TWO],
      2,
      /1 至 2000/,
    ],
    [
      'a day that does not exist',
      [
        'request',
        '--rule',
        'OD-02',
        '--from',
        '2025-02-30',
        '--to',
        '2025-03-01',
        ...ASKED,
        ...TWO,
      ],
      2,
      /起止日期/,
    ],
    ['another edition', ['request', ...N1, ...ASKED, ...TWO, '--edition', 'half'], 2, /full/],
    ['an unknown option', ['request', ...N1, '--everything'], 2, /everything/],
    ['no number', ['approve', '--actor', 'wang'], 2, /needs the number/],
    ['an unknown request', ['show', '2026-9999'], 3, /没有编号为 2026-9999/],
    ['an empty number', ['show', ''], 3, /没有编号/],
    ['another language', ['list', '--lang', 'fr'], 2, /zh or en/],
    ['an unknown verb', ['burn'], 2, /takes request, approve/],
  ])('says what is wrong with %s', async (_name, args, code, said) => {
    const ended = await run(args);
    expect({ code: ended.code, out: ended.out }).toEqual({ code, out: '' });
    expect(ended.err).toMatch(said);
  });

  it.each<[string, Readonly<Record<string, string>>, string[], number, RegExp]>([
    [
      'without a database',
      { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
      ['list'],
      4,
      /PostgreSQL server does not answer/,
    ],
    ['without an address', { DATABASE_URL: '' }, ['list'], 2, /DATABASE_URL is not set/],
    [
      'without a key',
      { MINGCHA_EXPORT_KEY: '' },
      ['build', 'x', '--out', 'y'],
      2,
      /MINGCHA_EXPORT_KEY/,
    ],
    [
      'with a key that is none',
      { MINGCHA_EXPORT_KEY: '/etc/hosts' },
      ['build', 'x', '--out', 'y'],
      2,
      /Key file/,
    ],
    [
      'with a folder that is not there, before anything is built',
      {},
      ['build', 'x', '--out', '/nowhere/x.zip'],
      3,
      /there is no folder \/nowhere/,
    ],
  ])('says so %s', async (_name, env, args, code, said) => {
    const ended = await run(args, env);
    expect(ended.code).toBe(code);
    expect(ended.err).toMatch(said);
  });

  it('says so at once where the server asks for a password that the address does not hold', async () => {
    const url = new URL(database.url);
    url.password = '';
    const began = performance.now();
    const ended = await run(['list'], { DATABASE_URL: String(url) });
    expect(ended.code).toBe(4);
    expect(ended.err).toMatch(/refuses this login .*password/);
    expect(ended.err).not.toMatch(/^ +at /m);
    // The server keeps such a connection for a minute.
    expect(performance.now() - began).toBeLessThan(45_000);
  });

  it('refuses an approval by a requester, and keys that are none', async () => {
    const no = await asked();
    const own = await run(['approve', no, '--actor', 'li', '--reason', '同意', ...KEYS()]);
    expect([own.code, own.err]).toEqual([3, expect.stringContaining('不得是申请人')]);
    writeFileSync(join(folder, 'no-policy.txt'), 'log nothing\n');
    const keys = ['--keys', join(folder, 'no-policy.txt')];
    const none = await run(['approve', no, '--actor', 'wang', '--reason', '同意', ...keys]);
    expect(none.code).toBe(2);
    expect(existsSync(join(folder, 'no-policy.txt'))).toBe(true);
  });

  it('cannot build without the key that opens the events', async () => {
    const no = await asked();
    await run(['approve', no, '--actor', 'wang', '--reason', '同意', ...KEYS()]);
    await office.log.settle();
    const out = join(folder, 'locked.zip');
    const ended = await run(['build', no, ...PAIR, '--out', out], { MINGCHA_MASTER_KEY: '' });
    expect([ended.code, existsSync(out)]).toEqual([2, false]);
    expect(ended.err).toContain('MINGCHA_MASTER_KEY');
  });
});
