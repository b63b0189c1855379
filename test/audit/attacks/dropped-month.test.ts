import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditTrail } from '#store/audit-trail.js';
import { appendStep } from '#store/keeping/keeping-deed.js';
import { closeWriter, openWriter } from '#store/writer.js';
import { TrailOffice } from './trail-office.js';

const OLD = Date.UTC(2012, 4, 7, 3, 4, 5, 6);

describe('who says that a month of records was dropped', () => {
  let office: TrailOffice;
  let size: number;

  beforeEach(async () => {
    office = await TrailOffice.open();
    await office.save(4, OLD);
    await office.sequence();
    await office.sign();
    size = await office.value<number>('select size::int as value from audit_tree');
  });
  afterEach(() => office.close());

  /** Puts a record about an archive of May 2012 into the trail, as a database administrator can. */
  const forge = async (action: string, { rows = size, actor = 'li', at = Date.now() } = {}) => {
    const writer = openWriter({ url: office.database.url, role: null, masterKey: null });
    await writer.pool.query("select ensure_month('audit_record', $1)", [new Date(at)]);
    const client = await writer.pool.connect();
    const trail = new AuditTrail({ time: at, actor, tenant: 'main', traceId: null });
    const digest = '0'.repeat(64);
    appendStep(trail, {
      action,
      object: 'archive:made-up',
      schema: 'mingcha.data-archived/1',
      fields: {
        table: 'audit_record',
        month: '2012-05',
        rows,
        rowsDigest: digest,
        manifestDigest: digest,
      },
    });
    await trail.write(client);
    client.release();
    await closeWriter(writer);
  };
  const forgeBoth = async (rows: number, at = Date.now()) => {
    await forge('data.archived', { rows, at });
    await forge('data.dropped', { rows, at, actor: 'wang' });
    await office.sequence();
    await office.sign();
  };
  const deleteOne = () =>
    office.asAttacker(
      'delete from audit_record r using audit_leaf l where l.record_no = r.record_no and leaf_index = 1',
    );
  const dropAll = () => office.asAttacker('drop table audit_record_2012_05');
  const verify = async () => {
    const { code, out } = await office.verifyAll('--record-time');
    return [code, out];
  };
  const missing = (places: string) => [19, expect.stringContaining(places)];
  const one = '(place 1 of the log)';
  const all = () => `[19] Places 0 to ${size - 1} of the log`;

  it('without a place in the log excuses nothing', async () => {
    await dropAll();
    await forge('data.archived');
    await forge('data.dropped', { actor: 'wang' });
    expect(await verify()).toEqual(missing(all()));
  });

  it('with a place in the log, but without the record of an archive, excuses nothing', async () => {
    await forge('data.dropped');
    await office.sequence();
    await office.sign();
    await deleteOne();
    expect(await verify()).toEqual(missing(one));
    await dropAll();
    expect(await verify()).toEqual(missing(all()));
  });

  it('excuses nothing while the month is attached, whatever it is called and holds', async () => {
    await forgeBoth(size);
    await deleteOne();
    expect(await verify()).toEqual(missing(one));
    await office.admin.query('alter table audit_record_2012_05 rename to audit_record_2011_05');
    expect(await verify()).toEqual(missing(one));
    await office.asAttacker('delete from audit_record_2011_05');
    expect(await verify()).toEqual(missing(all()));
  });

  it('excuses nothing where more is missing than the archive holds', async () => {
    await forgeBoth(1);
    await dropAll();
    const [code, out] = await verify();
    expect([code, out]).toEqual(missing(all()));
    expect(out).not.toContain('archived months');
  });

  it('excuses nothing before the term has run, nor by one person alone', async () => {
    await forgeBoth(size, Date.UTC(2022, 4, 31, 23));
    await forge('data.dropped');
    await office.sequence();
    await office.sign();
    await dropAll();
    expect(await verify()).toEqual(missing(all()));
  });
});
