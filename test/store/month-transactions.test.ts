import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { restoreMonth } from '#store/archive/keep-month.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { archiveOldMonth, OLD } from '../audit/attacks/archive-month.js';
import { TrailOffice } from '../audit/attacks/trail-office.js';

let office: TrailOffice;
let archivist: Writer;
let other: Client;
let folder: string;

beforeEach(async () => {
  office = await TrailOffice.open();
  await office.save(3, OLD, 'B');
  await office.goOn(1);
  folder = join(office.folder, 'archives');
  mkdirSync(folder);
  archivist = openWriter({
    url: office.database.url,
    role: 'mingcha_archivist',
    masterKey: null,
  });
  other = new Client({ connectionString: office.database.url });
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await closeWriter(archivist);
  await office.close();
});

/** Whether the transaction that waits for a lock in this function has an id, by which the sequencer would wait for it. */
async function idOfWaiting(name: string): Promise<boolean> {
  for (const giveUpAt = Date.now() + 8_000; ; ) {
    const { rows } = await office.admin.query<{ has: boolean }>(
      `select backend_xid is not null as has from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%' || $1 || '%' and pid <> pg_backend_pid()`,
      [name],
    );
    if (rows[0] !== undefined) return rows[0].has;
    if (Date.now() > giveUpAt) throw new Error(`nothing waits in ${name}`);
    await sleep(20);
  }
}

describe('a month that goes or comes back', () => {
  it('is read and asked for before the dropping transaction has an id', async () => {
    const lock = 'lock table legal_hold in row exclusive mode';
    await other.query('begin');
    // As who places a hold and has not ended yet: asked for last, when the month was read.
    await other.query(lock);
    const dropped = archiveOldMonth(office, folder, ['event']);
    expect(await idOfWaiting('drop_month')).toBe(false);
    await other.query('commit');
    await dropped;
  });

  it('is compared before the restoring transaction has an id, and filled by others', async () => {
    const [archive = ''] = await archiveOldMonth(office, folder, ['event']);
    const id = '(select archive_id from archived_month)';
    await archivist.pool.query(`select begin_restore(${id})`);
    await other.query('begin');
    await other.query('lock table event_2012_05 in row exclusive mode');
    const finished = archivist.pool.query(`select finish_restore(${id}, 'wang', now())`);
    const refused = expect(finished).rejects.toThrow('is not what was archived');
    expect(await idOfWaiting('finish_restore')).toBe(false);
    await other.query('commit');
    await refused;
    await restoreMonth(archivist, archive, { actor: 'wang', at: Date.now() });
    const { rows } = await office.admin.query(
      `select e.xmin::text = c.xmin::text as same from event_2012_05 e
       join pg_class c on c.oid = 'event_2012_05'::regclass limit 1`,
    );
    expect(rows).toEqual([{ same: false }]);
    expect(await office.value<string>('select count(*) as value from event')).toBe('4');
  });

  it('is begun anew where an earlier attempt was broken off', async () => {
    const [archive = ''] = await archiveOldMonth(office, folder, ['event']);
    const begin = `select begin_restore((select archive_id from archived_month)) as child`;
    await archivist.pool.query(begin);
    await archivist.pool.query(
      `insert into event_2012_05
       select (jsonb_populate_record(e, '{"received_at": "2012-05-08T00:00:00Z"}')).* from event e`,
    );
    await archivist.pool.query(begin);
    await restoreMonth(archivist, archive, { actor: 'wang', at: Date.now() });
    expect(await office.value<string>('select count(*) as value from event_2012_05')).toBe('3');
    await expect(archivist.pool.query(begin)).rejects.toThrow('is in the database');
  });
});
