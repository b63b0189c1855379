import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { archiveMonth, dropMonth } from '#store/archive/keep-month.js';
import { AuditTrail } from '#store/audit-trail.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { monitorOf } from '../../store/sample-step.js';
import { TrailOffice } from './trail-office.js';

const OLD = Date.UTC(2012, 4, 7, 3, 4, 5, 6);
const TERMS = { event: 10, audit_record: 10 };

describe('a month of records that was archived and dropped', () => {
  let office: TrailOffice;
  let archivist: Writer;
  let folder: string;
  let records: number;

  beforeAll(async () => {
    office = await TrailOffice.open();
    await office.save(5, OLD);
    await office.sequence();
    await office.sign();
    records = await office.value<number>('select size::int as value from audit_tree');
    await chainOn();
    // A month may go once nothing is open in it.
    await office.asAttacker(
      "update case_state set open_state = 'closed', next_due_at = null",
      "update alert set state = 'closed', ended = true",
    );
    archivist = openWriter({
      url: office.database.url,
      role: 'mingcha_archivist',
      masterKey: null,
    });
    folder = join(office.folder, 'archive-2012-05');
    for (const table of ['event', 'audit_record'] as const) {
      const into = table === 'event' ? join(office.folder, 'events-2012-05') : folder;
      const order = { table, month: '2012-05', folder: into, terms: TERMS };
      await archiveMonth(archivist, order, { actor: 'li', at: Date.now() });
      await dropMonth(archivist, { folder: into, terms: TERMS }, { actor: 'wang', at: Date.now() });
    }
    await office.sequence();
    await office.sign();
  });
  /** A chain of the month goes on after it. */
  const chainOn = async () => {
    const { rows } = await office.admin.query<{ entity: string; seq: number; hash: Buffer }>(
      `select entity, entity_seq::int as seq, leaf_hash as hash from audit_record where entity like 'alert:%' limit 1`,
    );
    const [last] = rows;
    const trail = new AuditTrail({ time: Date.now(), actor: 'li', tenant: 'main', traceId: null });
    const scope = {
      regionCode: '1',
      unitPath: 'x',
      subjectPersons: [],
      recipientUnit: 'x',
      sharedSpace: false,
    };
    const deed = {
      action: 'alert.read',
      object: 'alert:x',
      schema: 'x/1',
      ruleVersion: null,
      inputsDigest: null,
      fields: {},
    };
    trail.append(
      last?.entity ?? '',
      { seq: last?.seq ?? 0, hash: last?.hash ?? null },
      deed,
      scope,
    );
    const writer = monitorOf(office.database.url);
    await writer.pool.query("select ensure_month('audit_record', now())");
    const client = await writer.pool.connect();
    await trail.write(client);
    client.release();
    await closeWriter(writer);
    await office.sequence();
    await office.sign();
  };

  afterAll(async () => {
    await closeWriter(archivist);
    await office.close();
  });

  const verify = (...more: string[]) => office.verifyAll('--record-time', ...more);

  it('is judged from its folder like all others', async () => {
    const { code, out } = await verify('--archive', folder);
    expect([code, out]).toEqual([0, expect.stringContaining('no change was found')]);
    expect(out).not.toContain('archived months');
  });

  it('is judged by its hashes where the folder is not given, and that is told', async () => {
    const { code, out } = await verify();
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`Note: ${records} records lie in archived months`),
    ]);
  });

  it('is missing where no record says that it was dropped', async () => {
    await office.asAttacker(
      "create table kept as select * from audit_record where action = 'data.dropped'",
      "update audit_record set action = 'data.kept' where action = 'data.dropped'",
    );
    const { code, out } = await verify();
    expect([code, out]).toEqual([
      18,
      expect.stringContaining(`[19] Places 0 to ${records - 1} of the log`),
    ]);
    await office.asAttacker(
      "update audit_record set action = 'data.dropped' where action = 'data.kept'",
    );
  });

  it('of which a file was changed is told, with the file', async () => {
    const [name = ''] = readdirSync(join(folder, 'rows'));
    const file = join(folder, 'rows', name);
    const bytes = readFileSync(file);
    writeFileSync(
      file,
      Buffer.concat([
        bytes.subarray(0, 30),
        Buffer.from([(bytes[30] ?? 0) ^ 1]),
        bytes.subarray(31),
      ]),
    );
    const { code, err } = await verify('--archive', folder);
    expect([code, err]).toEqual([10, expect.stringContaining(`rows/${name}`)]);
    writeFileSync(file, bytes);
    const none = await verify('--archive', join(office.folder, 'none'));
    expect(none.code).toBe(11);
  });
});
