import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TrailOffice } from './trail-office.js';

/** The record that is attacked: of a chain that goes on, below both checkpoints. */
const ATTACKED = 'case:feed-a/A0#2';

describe('a database administrator', () => {
  let office: TrailOffice;
  let victim: { id: string; recordNo: string; leaf: string };
  let place: number;
  let size: number;

  beforeEach(async () => {
    office = await TrailOffice.open();
    await office.goOn(4);
    await office.goOn(4);
    place = await office.placeOf(ATTACKED);
    victim = await office.record(place);
    size = await office.value<number>('select size::int as value from audit_tree');
  });
  afterEach(() => office.close());

  const where = () => `where record_no = ${victim.recordNo}`;
  /** Exit code, and the lines that name faults, each after its own code. */
  const found = async (...more: string[]) => {
    const { code, out } = await office.verifyAll(...more);
    return { code, faults: out.split('\n').filter((line) => /^\[\d+\]/.test(line)) };
  };

  it('edits a column of a record', async () => {
    await office.asAttacker(`update audit_record set actor = 'nobody' ${where()}`);
    const { code, faults } = await found();
    expect(code).toBe(18);
    expect(faults).toEqual([
      `[18] Record ${victim.id} (place ${place} of the log) (record number ${victim.recordNo}) was changed: ` +
        'actor in the table of records, audit_record is not what was signed. Expected "monitor", found nobody.',
    ]);
  });

  it('edits any column that the leaf repeats', async () => {
    const edits = [
      ['action', "'alert.held'", 'action'],
      ['object', "'event:feed-a/none'", 'object'],
      ['tenant', "'other'", 'tenant'],
      ['schema', "'x/1'", 'schema'],
      ['entity', "'case:feed-a/other'", 'entity'],
      ['entity_seq', '77', 'entitySeq'],
      ['rule_version', "'OD-01@1'", 'ruleVersion'],
      ['inputs_digest', "'00'", 'inputsDigest'],
      ['trace_id', "'t'", 'traceId'],
      ['id', "'case:feed-a/other#1'", 'id'],
      ['prev', "sha256('x')", 'prev'],
      ['leaf_hash', "sha256('x')", 'leaf_hash'],
    ];
    await office.admin.query(`create table kept as select * from audit_record ${where()}`);
    for (const [column, value, told] of edits) {
      await office.asAttacker(`update audit_record set ${column} = ${value} ${where()}`);
      const { code, faults } = await found();
      const line = faults.find((one) => one.includes(`(place ${place} of the log)`));
      expect([column, code, line]).toEqual([column, 18, expect.stringContaining(`${told} in the`)]);
      await office.asAttacker(
        `update audit_record r set ${column} = k.${column} from kept k where r.record_no = k.record_no`,
      );
    }
    expect((await found()).code).toBe(0);
  });

  it('moves a record to another time', async () => {
    await office.asAttacker(
      `update audit_record set "time" = "time" + interval '1 second' ${where()}`,
    );
    const { code, faults } = await found();
    expect(code).toBe(19);
    expect(faults.join('\n')).toContain(
      `(place ${place} of the log) (record number ${victim.recordNo})`,
    );
    expect(faults.join('\n')).toContain(`[19] Record ${victim.id}`);
  });

  it('edits a record and the text that was hashed', async () => {
    await office.asAttacker(
      `update audit_record set actor = 'nobody', leaf = replace(leaf, '"monitor"', '"nobody"') ${where()}`,
    );
    const { code, faults } = await found();
    expect(code).toBe(18);
    expect(faults[0]).toContain(`Record ${victim.id} (place ${place} of the log)`);
  });

  it('edits a record with its hash and its leaf', async () => {
    await office.asAttacker(
      `update audit_record set actor = 'nobody', leaf = replace(leaf, '"monitor"', '"nobody"') ${where()}`,
      `update audit_record set leaf_hash = sha256('\\x00'::bytea || convert_to(leaf, 'UTF8')) ${where()}`,
      `update audit_leaf l set leaf_hash = r.leaf_hash from audit_record r where r.record_no = l.record_no`,
    );
    const { code, faults } = await found();
    expect(code).toBe(18);
    expect(
      faults.some((line) => line.startsWith(`[18] Record ${victim.id} (place ${place} `)),
    ).toBe(true);
  });

  it('switches the triggers off, edits, and switches them on again', async () => {
    const edit = `update audit_record set actor = 'nobody' ${where()}`;
    await expect(office.admin.query(edit)).rejects.toThrow('append-only');
    const { rows } = await office.admin.query<{ name: string }>(
      `select tableoid::regclass::text as name from audit_record ${where()}`,
    );
    for (const table of ['audit_record', rows[0]?.name])
      await office.admin.query(`alter table ${table} disable trigger user`);
    await office.admin.query(edit);
    for (const table of ['audit_record', rows[0]?.name])
      await office.admin.query(`alter table ${table} enable trigger user`);
    const { code, faults } = await found();
    expect(code).toBe(18);
    expect(faults[0]).toContain(`Record ${victim.id}`);
  });

  it('deletes a record', async () => {
    await office.asAttacker(`delete from audit_record ${where()}`);
    const { code, faults } = await found();
    expect(code).toBe(19);
    expect(faults[0]).toContain(`(place ${place} of the log) (record number ${victim.recordNo})`);
    // The chain of the entity knows what it was called.
    expect(faults.some((line) => line.startsWith(`[15] Record ${victim.id}`))).toBe(true);
  });

  it('deletes a record with its leaf', async () => {
    await office.asAttacker(
      `delete from audit_record ${where()}`,
      `delete from audit_leaf ${where()}`,
    );
    const { code, faults } = await found();
    expect(code).toBe(19);
    expect(faults[0]).toContain(`(place ${place} of the log)`);
    expect(faults.some((line) => line.startsWith(`[15] Record ${victim.id}`))).toBe(true);
  });

  it('rebuilds the tree over an edited record: the checkpoints do not fit', async () => {
    await office.asAttacker(
      `update audit_record set actor = 'nobody', leaf = replace(leaf, '"monitor"', '"nobody"') ${where()}`,
    );
    await office.rebuildTree();
    const { code, faults } = await found();
    expect(code).toBe(20);
    const first = await office.value<number>(
      'select min(size)::int as value from audit_checkpoint',
    );
    expect(faults.some((line) => line.startsWith(`[20] Places 0 to ${first - 1} of the log`))).toBe(
      true,
    );
    // Its successor still names the leaf that it had.
    expect(faults.some((line) => line.startsWith('[15] Record case:feed-a/'))).toBe(true);
  });

  it('rebuilds the tree and throws the checkpoints away: signer and witnesses remember', async () => {
    await office.asAttacker(
      `update audit_record set actor = 'nobody', leaf = replace(leaf, '"monitor"', '"nobody"') ${where()}`,
      'delete from audit_checkpoint',
    );
    await office.rebuildTree();
    const { signer, witnesses } = office;
    const bySigner = await office.verify('--keys', office.keys, '--signer-state', signer.folder);
    expect([bySigner.code, bySigner.out]).toEqual([
      20,
      expect.stringContaining("the signer's own state"),
    ]);
    const witness = witnesses[1]?.folder ?? '';
    const byWitness = await office.verify('--keys', office.keys, '--witness-state', witness);
    expect([byWitness.code, byWitness.out]).toEqual([
      20,
      expect.stringContaining("the witness's own state"),
    ]);
    // The signer itself refuses to sign what follows.
    await office.save(1);
    await office.sequence();
    await expect(office.sign()).rejects.toThrow(/answers 422/);
  });

  it('restores an old backup', async () => {
    const before = await office.value<number>(
      'select min(size)::int as value from audit_checkpoint',
    );
    const newer = `select record_no from audit_leaf where leaf_index >= ${before}`;
    // The tables as they were at the first checkpoint.
    await office.asAttacker(
      `delete from finding_change h where not exists (select from audit_record r where r.object = 'finding:' || h.finding_id and record_no not in (${newer}))`,
      `delete from alert_event h where not exists (select from audit_record r where r.object = 'alert:' || h.alert_id and record_no not in (${newer}))`,
      `delete from event e where not exists (select from audit_record r where r.object = 'event:' || e.source || '/' || e.event_id and record_no not in (${newer}))`,
      `delete from audit_record where record_no in (${newer})`,
      `delete from audit_leaf where leaf_index >= ${before}`,
      `delete from audit_checkpoint where size > ${before}`,
      `update audit_tree set size = ${before}`,
    );
    await office.rebuildTree();
    const { code, faults } = await found();
    expect(code).toBe(20);
    expect(faults).toHaveLength(3);
    for (const line of faults) {
      expect(line).toContain(`Expected ${size}, found ${before}.`);
      expect(line).toContain('is shorter than');
    }
    // Without what others remember an old backup is an honest trail.
    expect((await office.verify('--keys', office.keys)).code).toBe(0);
    await expect(office.sign()).rejects.toThrow(/answers (409|400)/);
  });

  it('restores an old backup and keeps the checkpoints: they remember', async () => {
    const before = await office.value<number>(
      'select min(size)::int as value from audit_checkpoint',
    );
    await office.asAttacker(
      `delete from audit_record where record_no in (select record_no from audit_leaf where leaf_index >= ${before})`,
      `delete from audit_leaf where leaf_index >= ${before}`,
      `update audit_tree set size = ${before}`,
    );
    await office.rebuildTree();
    const { code, out } = await office.verify('--keys', office.keys);
    expect([code, out]).toEqual([
      20,
      expect.stringContaining(`Expected ${size}, found ${before}.`),
    ]);
    expect(out).toContain('is shorter than the stored checkpoints, audit_checkpoint');
    // One that nobody signed remembers nothing.
    await office.asAttacker(
      'delete from audit_checkpoint where size > (select size from audit_tree)',
    );
    await office.store(size, Buffer.alloc(32, 1), 'made up');
    const madeUp = await office.verify('--keys', office.keys);
    expect(madeUp.out).not.toContain('is shorter than');
    expect(madeUp.code).not.toBe(0);
  });

  it('has a sequencer that leaves a record out, and its watermark before it', async () => {
    const leftOut = await office.record(size - 1);
    await office.asAttacker(
      `delete from audit_leaf where leaf_index = ${size - 1}`,
      `delete from audit_checkpoint`,
    );
    const watermark = await office.value<string>(
      `select (xid::text::numeric - 1)::text as value from audit_record where record_no = ${leftOut.recordNo}`,
    );
    await office.rebuildTree();
    await office.save(1);
    // What was left out waits on its own; what came later gets its place.
    await office.asAttacker(
      `insert into audit_leaf (leaf_index, record_no, xid, record_time, leaf_hash)
       select (select size from audit_tree) + row_number() over (order by r.xid, r.record_no) - 1,
         r.record_no, r.xid, r."time", r.leaf_hash from audit_record r
       where r.record_no > ${leftOut.recordNo}
         and not exists (select from audit_leaf l where l.record_no = r.record_no)`,
    );
    await office.rebuildTree();
    await office.asAttacker(
      `update audit_tree set watermark_xid = '${watermark}', watermark_no = ${2n ** 63n - 1n}`,
    );
    const { out } = await office.verify();
    expect(out).toContain(
      `[19] Record ${leftOut.id} (record number ${leftOut.recordNo}) did not enter the log`,
    );
  });

  it('saves histories without a record, under a time of which there is no month', async () => {
    await office.asAttacker(
      `update alert_event set saved_at = '1999-03-04T00:00:00Z' where event_no = 1`,
    );
    const { code, faults } = await found();
    expect(code).not.toBe(0);
    expect(faults.join('\n')).toMatch(/alert_event/);
  });

  it('hides a record before the watermark', async () => {
    await office.asAttacker(
      `insert into audit_record (xid, record_no, "time", id, actor, action, object, schema, tenant, leaf, leaf_hash)
       select xid, 999999, "time", 'hidden#1', actor, action, object, schema, tenant, leaf, leaf_hash
       from audit_record ${where()}`,
    );
    await office.goOn(1);
    const { code, faults } = await found();
    expect([code, faults]).toEqual([
      19,
      [
        expect.stringMatching(
          /^\[19\] Record hidden#1 \(record number 999999\) did not enter the log/,
        ),
      ],
    ]);
  });

  it('hides a record behind a transaction that never comes', async () => {
    await office.asAttacker(
      `insert into audit_record (xid, "time", id, actor, action, object, schema, tenant, leaf, leaf_hash)
       select '9000000000000000'::xid8, "time", 'hidden#2', actor, action, object, schema, tenant, leaf, leaf_hash
       from audit_record ${where()}`,
    );
    const { code, faults } = await found();
    expect([code, faults]).toEqual([19, [expect.stringContaining('[19] Record hidden#2')]]);
  });

  it('detaches a month', async () => {
    const month = await office.value<string>(
      `select tableoid::regclass::text as value from audit_record ${where()}`,
    );
    await office.admin.query(`alter table audit_record detach partition ${month}`);
    const { code, out } = await office.verifyAll();
    expect(code).toBe(19);
    expect(out).toContain(`[19] Places 0 to ${size - 1} of the log, ${size} records,`);
    expect(out).toContain(`the table ${month} looks like a month of the trail`);
  });

  it('puts a record in twice', async () => {
    await office.asAttacker(
      `insert into audit_record (xid, record_no, "time", id, actor, action, object, schema, tenant, leaf, leaf_hash)
       select xid, record_no, "time", id, actor, action, object, schema, tenant, leaf, leaf_hash
       from audit_record ${where()}`,
    );
    const { code, faults } = await found();
    expect(code).toBeGreaterThan(0);
    expect(
      faults.some((line) => line.startsWith(`[19] Record ${victim.id} (place ${place} `)),
    ).toBe(true);
  });

  it('puts a record in afterwards under an old time', async () => {
    await office.save(1, Date.now() - 86_400_000);
    await office.sequence();
    await office.sign();
    const late = await office.record(size);
    const { code, faults } = await found();
    expect(code).toBe(18);
    expect(faults[0]).toContain(`[18] Record ${late.id} (place ${size} of the log)`);
    expect(faults[0]).toContain('gives a time at which it cannot have entered the log');
    expect((await office.verifyAll('--record-time')).code).toBe(0);
  });

  it('edits the hash of a leaf, a tile, the state of the tree', async () => {
    await office.asAttacker(`update audit_leaf set leaf_hash = sha256('x') ${where()}`);
    const leaf = await found();
    expect([leaf.code, leaf.faults.length]).toEqual([18, 1]);
    expect(leaf.faults[0]).toContain(`Record ${victim.id} (place ${place} of the log)`);
    await office.asAttacker(
      `update audit_leaf l set leaf_hash = r.leaf_hash from audit_record r where r.record_no = l.record_no`,
      `update audit_tile set hashes = overlay(hashes placing sha256('x') from ${place * 32 + 1} for 32) where level = 0`,
    );
    const tile = await found();
    expect([tile.code, tile.faults.length]).toEqual([20, 1]);
    expect(tile.faults[0]).toContain(`the record itself is as it was`);
    expect(tile.faults[0]).toContain(`Record ${victim.id} (place ${place} of the log)`);
    await office.rebuildTree();
    expect((await found()).code).toBe(0);
    await office.asAttacker(`update audit_tree set root = sha256('x')`);
    expect((await found()).code).toBe(20);
  });
});
