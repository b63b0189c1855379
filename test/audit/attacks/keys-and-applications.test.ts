import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { formatCheckpoint } from '#core/audit/note/checkpoint.js';
import { ORIGIN, TrailOffice } from './trail-office.js';

let office: TrailOffice;

beforeEach(async () => {
  office = await TrailOffice.open();
  await office.goOn(4);
  await office.goOn(4);
});
afterEach(() => office.close());

const found = async (...more: string[]) => {
  const { code, out } = await office.verifyAll(...more);
  return { code, faults: out.split('\n').filter((line) => /^\[\d+\]/.test(line)) };
};

describe('who administers the application', () => {
  const EVENT = `insert into alert_event (alert_id, event_no, revision, entity_seq, at, saved_at, kind, actor, reason,
      level, state, detail, tenant, region_code, unit_path, recipient_unit)
    select alert_id, 2, revision, 2, at, saved_at, 'ended', actor, reason, level, state, detail, tenant, region_code, unit_path, recipient_unit
    from alert_event limit 1 returning alert_id`;

  it('stops writing records: the database refuses', async () => {
    await expect(office.admin.query(EVENT)).rejects.toThrow('has no audit record');
  });

  it('stops writing records, with the constraints switched off', async () => {
    await office.asAttacker(EVENT);
    const alert = await office.value<string>(
      'select alert_id as value from alert_event where event_no = 2',
    );
    expect(await found()).toEqual({
      code: 19,
      faults: [expect.stringContaining(`[19] Record ${alert}#2: a row of the history of alerts`)],
    });
  });

  it('takes a record away before it is sequenced', async () => {
    await office.save(3);
    const gone = await office.value<string>(
      `select id as value from audit_record where entity like 'case:%' order by record_no desc limit 1`,
    );
    await office.asAttacker(`delete from audit_record where id = '${gone}'`);
    await office.goOn(3);
    const { code, faults } = await found();
    expect(code).toBe(19);
    expect(faults.sort()).toEqual([
      expect.stringContaining(`[15] Record ${gone}: the records of one subject`),
      expect.stringMatching(/^\[19\] Record event:.*: a row of the table of events/),
    ]);
  });
});

describe('who holds the signing key', () => {
  /** Another history with the same number of records, signed with the log's own key behind the signer's back. */
  const fork = async () => {
    await office.asAttacker(
      `update audit_record r set actor = 'nobody', leaf = replace(leaf, '"monitor"', '"nobody"')
       from audit_leaf l where l.record_no = r.record_no and l.leaf_index >= 2`,
      'delete from audit_checkpoint',
    );
    await office.rebuildTree();
    const size = await office.value<number>('select size::int as value from audit_tree');
    const root = await office.value<Buffer>('select root as value from audit_tree');
    const text = formatCheckpoint({ origin: ORIGIN, size, root, extensions: [] });
    return { size, root, note: `${text}\n${office.signer.key.line(text, 0)}` };
  };

  it('shows a second history: no witness cosigns it, and without them it is not trusted', async () => {
    const { size, root, note } = await fork();
    await office.store(size, root, note);
    const byKeys = await office.verify('--keys', office.keys);
    expect([byKeys.code, byKeys.out]).toEqual([14, expect.stringContaining(`quorum of ${size}`)]);
    const { faults } = await found();
    expect(faults.filter((line) => line.startsWith('[20]')).length).toBeGreaterThan(0);
  });

  it('shows a second history to witnesses: they refuse', async () => {
    await fork();
    office.signer.state.store({
      origin: ORIGIN,
      size: await office.value<number>('select size::int as value from audit_tree'),
      root: await office.value<Buffer>('select root as value from audit_tree'),
    });
    await expect(office.sign()).rejects.toThrow(/witness\.example\/a answers 409/);
  });

  it('adds cosignatures of witnesses that nobody trusts', async () => {
    const { size, root, note } = await fork();
    const [witness] = office.witnesses;
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    await office.store(size, root, `${note}${witness?.key.line(`${text}x`, 1)}`);
    expect((await office.verify('--keys', office.keys)).code).toBe(14);
  });
});
