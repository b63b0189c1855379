import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { formatCheckpoint } from '#core/audit/note/checkpoint.js';
import { ApiServer } from '../../api/api-server.js';
import { mingcha } from '../../cli/run-mingcha.js';
import { ORIGIN, TrailOffice } from './trail-office.js';

describe('mingcha verify --log', () => {
  let server: ApiServer;
  let office: TrailOffice;
  let state: string;
  let size: number;

  beforeEach(async () => {
    server = await ApiServer.start({ MINGCHA_LOG_ENTRIES: 'true' });
    office = await TrailOffice.open(server.database);
    state = join(office.folder, 'visit.json');
    await office.goOn(3);
    await office.goOn(3);
    size = await office.value<number>('select size::int as value from audit_tree');
  });
  afterEach(async () => {
    await office.close();
    await server.stop();
  });

  const visit = (...more: string[]) =>
    mingcha([
      'verify',
      '--log',
      `${server.origin}/log`,
      '--keys',
      office.keys,
      '--state',
      state,
      '--lang',
      'en',
      ...more,
    ]);
  const remembered = () => JSON.parse(readFileSync(state, 'utf8')) as { size: number };
  const edit = (from: number) =>
    `update audit_record r set actor = 'nobody', leaf = replace(leaf, '"monitor"', '"nobody"')
     from audit_leaf l where l.record_no = r.record_no and l.leaf_index = ${from}`;

  it('finds nothing in an honest log, and holds it to that the next time', async () => {
    const first = await visit();
    expect([first.code, first.out, first.err]).toEqual([
      0,
      expect.stringContaining('no change was found'),
      '',
    ]);
    expect(first.out).toContain(`${size} records, signed, and cosigned by 2 witnesses`);
    expect(first.out).toContain(`The texts of ${size} records were compared`);
    expect(remembered().size).toBe(size);
    await office.goOn(100);
    const second = await visit();
    expect([second.code, remembered().size >= size + 100]).toEqual([0, true]);
    expect(
      (await visit('--json')).out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).exit),
    ).toEqual([0, 0, 0]);
  });

  it('finds a record whose text is not the one that was logged', async () => {
    await office.asAttacker(edit(2));
    const { id } = await office.record(2);
    const { code, out } = await visit();
    expect([code, out]).toEqual([
      18,
      expect.stringContaining(
        `[18] Record ${id} (place 2 of the log) is not the one that was logged`,
      ),
    ]);
    expect(existsSync(state)).toBe(false);
  });

  it('finds tiles that do not give what was signed', async () => {
    await office.asAttacker(edit(2));
    await office.rebuildTree();
    const { code, out } = await visit();
    expect([code, out]).toEqual([
      20,
      expect.stringContaining(`do not give the root that was signed for ${size} records`),
    ]);
  });

  it('finds a second history that even the witnesses signed', async () => {
    expect((await visit()).code).toBe(0);
    await office.asAttacker(edit(2), 'delete from audit_checkpoint');
    await office.rebuildTree();
    const root = await office.value<Buffer>('select root as value from audit_tree');
    const text = formatCheckpoint({ origin: ORIGIN, size, root, extensions: [] });
    const now = Math.floor(Date.now() / 1000);
    const lines = [office.signer, ...office.witnesses].map(({ key }) => key.line(text, now));
    await office.store(size, root, `${text}\n${lines.join('')}`);
    const { code, out } = await visit();
    expect([code, out]).toEqual([17, expect.stringContaining('[17] The log has two histories')]);
    // Who was never there before cannot tell.
    expect((await visit('--state', join(office.folder, 'other.json'))).code).toBe(0);
  });

  it('finds that the log has become shorter', async () => {
    expect((await visit()).code).toBe(0);
    await office.asAttacker(`delete from audit_checkpoint where size = ${size}`);
    const { code, out } = await visit();
    expect([code, out]).toEqual([17, expect.stringContaining('[17] The log has become shorter')]);
    expect(remembered().size).toBe(size);
  });

  it('does not trust a checkpoint without its witnesses', async () => {
    await office.asAttacker(
      `update audit_checkpoint set note = regexp_replace(note, '— witness[^\\n]*\\n', '', 'g')`,
    );
    const { code, out } = await visit();
    expect([code, out]).toEqual([14, expect.stringContaining('0 of 2 witnesses have cosigned')]);
  });

  it('tells a log that does not answer, and files that cannot be read', async () => {
    const away = await mingcha([
      'verify',
      '--log',
      'http://127.0.0.1:1/log',
      '--keys',
      office.keys,
      '--lang',
      'en',
    ]);
    expect([away.code, away.err]).toEqual([21, expect.stringContaining('The log cannot be read')]);
    const none = await mingcha([
      'verify',
      '--log',
      `${server.origin}/log`,
      '--keys',
      join(office.folder, 'none'),
    ]);
    expect([none.code, none.err]).toEqual([3, expect.stringContaining('无法使用')]);
    expect((await mingcha(['verify', '--log', `${server.origin}/log`])).code).toBe(2);
    expect((await mingcha(['verify', '--log', 'ftp://x', '--keys', office.keys])).code).toBe(2);
  });
});
