import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { archiveOldMonth, OLD } from './archive-month.js';
import { TrailOffice } from './trail-office.js';

let office: TrailOffice;

beforeEach(async () => {
  office = await TrailOffice.open();
});
afterEach(() => office.close());

const verify = async () => {
  const { code, out } = await office.verifyAll('--record-time');
  return { code, faults: out.split('\n').filter((line) => /^\[\d+\]/.test(line)) };
};

/** The columns of an event, with another id. */
const COPY = `insert into event select (jsonb_populate_record(e, '{"event_id": "forged"}'::jsonb)).* from event e
  where e.event_id = 'e2'`;

describe('events and the records of their acceptance', () => {
  it('are one to one in an honest trail', async () => {
    await office.goOn(6);
    expect(await verify()).toEqual({ code: 0, faults: [] });
  });

  it('an event that was put in without its record is named', async () => {
    await office.goOn(6);
    await office.asAttacker(COPY);
    const { code, faults } = await verify();
    expect(code).toBe(19);
    expect(faults).toEqual([
      expect.stringMatching(/event:feed-a\/forged: a row of the table of events/),
    ]);
  });

  it('an event that was put in a second time is named', async () => {
    await office.goOn(6);
    await office.asAttacker("insert into event select * from event where event_id = 'e2'");
    const { code, faults } = await verify();
    expect([code, faults]).toEqual([19, [expect.stringContaining('event:feed-a/e2: a row of')]]);
  });

  it('an event that was taken out is named by its record', async () => {
    await office.goOn(6);
    await office.asAttacker("delete from event where event_id in ('e2', 'e4')");
    const { code, faults } = await verify();
    expect(code).toBe(19);
    expect(faults.sort()).toEqual([
      expect.stringContaining('event:feed-a/e2 is no longer in the table of events'),
      expect.stringContaining('event:feed-a/e4 is no longer in the table of events'),
    ]);
  });

  it('a month of events that was archived and dropped excuses its own records and no others', async () => {
    await office.save(3, OLD, 'B');
    await office.goOn(3);
    const folder = join(office.folder, 'archives');
    mkdirSync(folder);
    await archiveOldMonth(office, folder, ['event']);
    expect(await verify()).toEqual({ code: 0, faults: [] });
    await office.asAttacker("delete from event where event_id = 'e4'");
    const { faults } = await verify();
    expect(faults).toEqual([expect.stringContaining('event:feed-a/e4 is no longer in')]);
  });

  it('a month of events that is gone without that excuses nothing', async () => {
    await office.save(3, OLD, 'B');
    await office.goOn(3);
    await office.asAttacker('drop table event_2012_05');
    const { code, faults } = await verify();
    expect(code).toBe(19);
    expect(faults).toHaveLength(3);
  });

  it('a month of which events were taken out before it was archived is not excused', async () => {
    await office.save(3, OLD, 'B');
    await office.goOn(3);
    await office.asAttacker("delete from event where event_id = 'e1'");
    const folder = join(office.folder, 'archives');
    mkdirSync(folder);
    await archiveOldMonth(office, folder, ['event']);
    const { code, faults } = await verify();
    expect(code).toBe(19);
    expect(faults.join('\n')).toContain('event:feed-a/e1 is no longer in');
  });
});
