import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TrailOffice } from '../audit/attacks/trail-office.js';
import { mingcha, start } from '../cli/run-mingcha.js';
import { AuditedOffice, eventually } from './audited-office.js';

let audited: AuditedOffice;
let office: TrailOffice;

beforeEach(async () => {
  audited = await AuditedOffice.open();
  office = audited.trail;
});
afterEach(() => audited.close());

describe('node dist/apps/auditor/main.js', () => {
  it('follows an honest trail, remembers how far, and tells nothing', async () => {
    const { health, metrics } = await audited.audit();
    await eventually(health, ({ recheck, ready }) => recheck.endedAt !== null && ready);
    await office.goOn(5);
    const size = await audited.sizeNow();
    const seen = await eventually(health, ({ verified }) => verified === size);
    expect([seen.status, seen.ready, seen.open]).toEqual([200, true, []]);
    expect(await metrics()).toContain(`mingcha_audit_verified_size ${size}`);
    expect(audited.state.size).toBe(size);
    expect(await audited.told()).toEqual([]);
  });

  it('tells an edited record once, fails its health, and goes on', async () => {
    const id = 'case:feed-a/A0#2';
    const leafIndex = await office.placeOf(id);
    await office.asAttacker(`update audit_record set actor = 'secret name' where id = '${id}'`);
    const first = await audited.audit();
    const seen = await eventually(
      first.health,
      ({ recheck, open }) => recheck.endedAt !== null && open.length > 0,
    );
    expect([seen.status, seen.ready, seen.reason]).toEqual([
      503,
      false,
      expect.stringContaining('the audit trail is broken: 1 faults'),
    ]);
    expect(seen.open).toEqual([expect.objectContaining({ kind: 'edited', id, leafIndex })]);
    const [event] = await eventually(
      () => audited.told(),
      (events) => events.length > 0,
    );
    expect(event).toMatchObject({
      type: 'audit.broken',
      subject: id,
      data: {
        actor: 'auditor',
        objectId: id,
        kind: 'edited',
        leafIndex,
        what: 'actor',
        where: 'audit_record',
      },
    });
    expect(JSON.stringify(event)).not.toContain('secret name');
    expect(await first.metrics()).toContain('mingcha_audit_findings_open{kind="edited"} 1');
    await office.goOn(3);
    const size = await audited.sizeNow();
    await eventually(first.health, ({ verified }) => verified === size);
    await audited.stop();
    const second = await audited.audit();
    await eventually(
      second.health,
      ({ recheck, open }) => recheck.endedAt !== null && open.length === 1,
    );
    expect(await audited.told()).toHaveLength(1);
  });

  it('finds records that were edited while it was away, as it goes on from what it remembers', async () => {
    const first = await audited.audit();
    const before = await audited.sizeNow();
    await eventually(first.health, ({ verified }) => verified === before);
    await audited.stop();
    await office.goOn(4);
    const { id } = await office.record(before + 1);
    await office.asAttacker(`update audit_record set tenant = 'other' where id = '${id}'`);
    const second = await audited.audit();
    const { open } = await eventually(second.health, (seen) => seen.open.length > 0);
    expect(open).toEqual([expect.objectContaining({ kind: 'edited', id, leafIndex: before + 1 })]);
  });

  it('remembers the tree: a rebuilt one is found without keys and checkpoints', async () => {
    const first = await audited.audit({ MINGCHA_TRUSTED_KEYS_FILE: '' });
    const size = await audited.sizeNow();
    await eventually(first.health, ({ verified }) => verified === size);
    await audited.stop();
    await office.asAttacker(
      `update audit_record set actor = 'x', leaf = replace(leaf, '"monitor"', '"x"') where id = 'alert:none' or entity like 'alert:%'`,
      'delete from audit_checkpoint',
    );
    await office.rebuildTree();
    const second = await audited.audit({ MINGCHA_TRUSTED_KEYS_FILE: '' });
    const { open } = await eventually(second.health, (seen) => seen.open.length > 0);
    expect(open.map(({ kind }) => kind)).toContain('tree');
    expect(audited.state.size).toBe(size);
  });

  it('is well again once the trail is', async () => {
    const id = 'case:feed-a/A1#1';
    await office.asAttacker(`update audit_record set actor = 'x' where id = '${id}'`);
    const first = await audited.audit();
    await eventually(first.health, ({ open }) => open.length === 1);
    await audited.stop();
    await office.asAttacker(`update audit_record set actor = 'monitor' where id = '${id}'`);
    const second = await audited.audit();
    const seen = await eventually(second.health, ({ recheck }) => recheck.endedAt !== null);
    expect([seen.ready, seen.open]).toEqual([true, []]);
  });

  it('waits for its event log, and tells then', async () => {
    await office.admin.query("delete from inbox_partition where topic = 'mingcha.alerts'");
    await office.asAttacker("update audit_record set actor = 'x' where id = 'case:feed-a/A0#1'");
    const { health } = await audited.audit();
    await eventually(
      health,
      ({ reason }) => reason?.includes('audit.broken cannot be published') === true,
    );
    await audited.makeTopic();
    await eventually(
      () => audited.told(),
      (events) => events.length === 1,
    );
  });

  it('names every fault of its settings at once and exits with 2; a damaged state is not begun anew', async () => {
    const wrong = start('auditor/main.js', [], {
      MINGCHA_TRUSTED_KEYS_FILE: '/nowhere',
      MINGCHA_AUDITOR_RECHECK_HOURS: '0',
    });
    const { code, err } = await wrong.ended;
    expect(code).toBe(2);
    for (const fault of [
      'DATABASE_URL is not set',
      'MINGCHA_AUDITOR_STATE is not set',
      'MINGCHA_TRUSTED_KEYS_FILE',
      'MINGCHA_AUDITOR_RECHECK_HOURS',
    ])
      expect(err).toContain(fault);
    writeFileSync(join(office.folder, 'auditor.json'), '{"size":3');
    const damaged = start('auditor/main.js', [], {
      DATABASE_URL: office.database.url,
      MINGCHA_AUDITOR_STATE: office.folder,
    });
    const ended = await damaged.ended;
    expect([ended.code, ended.err]).toEqual([2, expect.stringContaining('is damaged')]);
  });

  it('begins once, when it is told to: without what it remembers it does not start', async () => {
    const begin = () => mingcha(['admin', 'begin-audit', '--state', audited.stateFolder]);
    const again = await begin();
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('remembers already')]);
    for (const remove of [join(audited.stateFolder, 'auditor.json'), audited.stateFolder]) {
      rmSync(remove, { recursive: true });
      const { child, ended } = start('auditor/main.js', [], audited.settings);
      const tooLong = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const { code, err } = await ended;
      clearTimeout(tooLong);
      expect([code, err]).toEqual([2, expect.stringContaining('admin begin-audit')]);
    }
    const { code, out } = await begin();
    expect([code, JSON.parse(out)]).toEqual([0, { state: audited.stateFolder, size: 0 }]);
    const { health } = await audited.audit();
    const size = await audited.sizeNow();
    await eventually(health, ({ ready, verified }) => ready && verified === size);
    await audited.stop();
    expect((await begin()).code).toBe(1);
    expect(audited.state.size).toBe(size);
  });

  it('tells more than a thousand faults of one kind in bounds, and none of them again after a restart', async () => {
    await office.save(1_010);
    await office.sequence();
    await office.sign();
    await office.asAttacker("update audit_record set actor = 'x'");
    const size = await audited.sizeNow();
    const beyond = Math.floor(Math.log2(size - 1_000)) + 1;
    const first = await audited.audit();
    await eventually(
      () => audited.told(),
      ({ length }) => length >= 1_000 + beyond,
    );
    expect((await first.health()).findings).toBe(size);
    await audited.stop();
    const second = await audited.audit();
    await eventually(second.health, ({ recheck }) => recheck.endedAt !== null);
    expect(await audited.told()).toHaveLength(1_000 + beyond);
    await audited.stop();
    await office.asAttacker(
      'update audit_record set actor = \'monitor\' where leaf like \'%"actor":"monitor"%\'',
    );
    const third = await audited.audit();
    await eventually(third.health, ({ recheck, ready }) => recheck.endedAt !== null && ready);
    expect(audited.state.told).toEqual([]);
  });
});
