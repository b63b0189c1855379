import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, type PoolClient } from 'pg';
import { leafHash } from '#core/audit/leaf-hash.js';
import { verifyInclusion } from '#core/audit/tree/proof.js';
import { archiveMonth, dropMonth, planRetention, restoreMonth } from '#store/archive/keep-month.js';
import { openArchive, readThrough } from '#store/archive/read-archive.js';
import { nativeSha256 } from '#store/audit-tree/native-sha256.js';
import { readInclusion } from '#store/audit-tree/tiles.js';
import { confirmHold, placeHold, requestLift } from '#store/keeping/legal-hold.js';
import { loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { monitorOf, STORE, sampleCase, sampleEvent, toSave } from './sample-step.js';
import { sequenceAll } from './sequence-all.js';

const OLD = Date.UTC(2012, 4, 7, 8, 9, 10, 123);
const TERMS = { event: 10, audit_record: 10 };
const LI = { actor: 'li', at: Date.UTC(2026, 0, 2) };
const WANG = { actor: 'wang', at: Date.UTC(2026, 0, 3) };
const MONTH = '2012-05';

let database: TestDatabase;
let admin: Client;
let monitor: Writer;
let archivist: Writer;
let folders: string;

beforeAll(async () => {
  folders = mkdtempSync(join(tmpdir(), 'mingcha-archive-'));
  database = await createDatabase(STORE);
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  monitor = monitorOf(database.url);
  archivist = openWriter({ url: database.url, role: 'mingcha_archivist', masterKey: null });
  // Two days of one month, a case of its own each day, with text that needs escaping.
  for (const day of [0, 1]) {
    const at = OLD + day * 86_400_000;
    const receivedAt = at;
    await saveStep(monitor, {
      ...emptyStep('monitor', at),
      events: ['a', 'b'].map((id, index) =>
        toSave(
          sampleEvent(`A${day}`, `${id}${day} "引" \\ \u2028`, { receivedAt }),
          BigInt(10 * day + index),
        ),
      ),
      cases: [sampleCase(`A${day}`, 0, { openState: 'closed', nextDueAt: null, asOf: at })],
    });
  }
});

afterAll(async () => {
  await closeWriter(monitor);
  await closeWriter(archivist);
  await admin.end();
  await database.drop();
  rmSync(folders, { recursive: true, force: true });
});

/** Every record becomes a leaf; the checkpoint is stored as complete, as the witnesses' answers would. */
async function sequence(complete = true): Promise<void> {
  const { size, root } = (await sequenceAll(admin as unknown as PoolClient)).state;
  await admin.query(
    `insert into audit_checkpoint (size, root, note, signed_at, complete) values ($1, $2, $3, now(), $4)
     on conflict (size) do update set complete = $4`,
    [
      size,
      root,
      `log.example\n${size}\n${root.toString('base64')}\n\n— log.example AAAA\n`,
      complete,
    ],
  );
}

const obstacles = async (table: string, month = MONTH) =>
  (await planRetention(archivist, TERMS)).find((one) => one.table === table && one.month === month)
    ?.obstacles;

const at = (name: string) => join(folders, name);

describe('a month', () => {
  it('stays until a complete checkpoint covers every record of it', async () => {
    expect(await obstacles('event')).toEqual([
      'no checkpoint is complete',
      '4 of its rows have no record under a complete checkpoint',
    ]);
    await sequence(false);
    expect(await obstacles('event')).toContain('no checkpoint is complete');
    await sequence();
    expect(await obstacles('event')).toEqual([]);
    // One record more, by the trail's own writer.
    await saveStep(monitor, {
      ...emptyStep('monitor', OLD + 1),
      cases: [sampleCase('A0', 1, { openState: 'closed', nextDueAt: null })],
      events: [toSave(sampleEvent('A0', 'late', { receivedAt: OLD + 1 }), 30n)],
    });
    expect(await obstacles('event')).toEqual([
      '1 of its rows have no record under a complete checkpoint',
    ]);
    await sequence();
    expect(await obstacles('event')).toEqual([]);
  });

  it('stays until its term has run, and that of its cases', async () => {
    const long = await planRetention(archivist, { event: 14, audit_record: 100 });
    const of = (table: string) =>
      long.find((one) => one.table === table && one.month === MONTH)?.obstacles;
    expect(of('event')).toEqual([]);
    expect(of('audit_record')).toEqual(['its term runs until 2112-06-01']);
    // Whatever is set, ten years.
    const { rows } = await archivist.pool.query(
      "select month_obstacles('audit_record', to_char(now() - interval '1 month', 'YYYY-MM'), 0)",
    );
    expect(rows).toHaveLength(1);
    await admin.query("update case_state set open_state = 'open' where case_id = 'feed-a/A1'");
    expect(await obstacles('event')).toEqual([
      '1 of its cases are open or their own terms still run',
    ]);
    await admin.query("update case_state set open_state = 'closed' where case_id = 'feed-a/A1'");
  });

  it.each([
    ['case', { kind: 'case', subject: 'feed-a/A1' }, true],
    ['person', { kind: 'person', subject: 'U1/G1' }, true],
    ['period', { kind: 'period', from: OLD, to: OLD + 1 }, true],
    ['period before', { kind: 'period', from: 0, to: Date.UTC(2012, 4, 1) }, false],
    ['other case', { kind: 'case', subject: 'feed-a/A9' }, false],
  ] as const)('stays under a legal hold: %s', async (name, thing, stays) => {
    if (name === 'other case')
      await saveStep(monitor, {
        ...emptyStep('monitor', Date.UTC(2025, 0, 1)),
        cases: [sampleCase('A9', 0)],
      });
    const holdId = await placeHold(archivist, { thing, reason: 'x' }, LI);
    expect(await obstacles('event')).toEqual(stays ? [`legal hold ${holdId}`] : []);
    if (stays)
      await expect(
        archiveMonth(
          archivist,
          { table: 'event', month: MONTH, folder: at('held'), terms: TERMS },
          LI,
        ),
      ).rejects.toThrow(/legal hold/);
    await requestLift(archivist, { holdId, reason: 'x' }, LI);
    await confirmHold(archivist, holdId, WANG);
  });

  it('of records stays while events up to it are there', async () => {
    await sequence();
    expect(await obstacles('audit_record')).toEqual(['event_2012_05 has to be archived before it']);
  });
});

describe('archiving the month of events', () => {
  const folder = () => at('event-2012-05');

  it('writes files that can be checked with other tools, and drops nothing', async () => {
    await sequence();
    const before = await admin.query('select count(*)::int as n from event');
    const { manifest, manifestDigest } = await archiveMonth(
      archivist,
      { table: 'event', month: MONTH, folder: folder(), terms: TERMS },
      LI,
    );
    expect((await admin.query('select count(*)::int as n from event')).rows).toEqual(before.rows);
    expect(readdirSync(join(folder(), 'rows'))).toEqual([
      '2012-05-07.jsonl.gz',
      '2012-05-08.jsonl.gz',
    ]);
    expect(manifest).toMatchObject({ table: 'event', month: MONTH, rows: 5, writtenBy: 'li' });
    for (const file of manifest.files) {
      const bytes = readFileSync(join(folder(), file.name));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
      expect(createHash('sm3').update(bytes).digest('hex')).toBe(file.sm3);
    }
    const lines = manifest.files.flatMap(({ name }) =>
      gunzipSync(readFileSync(join(folder(), name)))
        .toString()
        .trimEnd()
        .split('\n'),
    );
    const each = lines.map((line) => createHash('sha256').update(line).digest());
    expect(createHash('sha256').update(Buffer.concat(each)).digest('hex')).toBe(
      manifest.rowsDigest,
    );
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      received_at: '2012-05-07T08:09:10.123+00:00',
      event_id: 'a0 "引" \\ \u2028',
      sealing: 1,
    });
    const { rows } = await admin.query<{ leaf: string }>(
      "select leaf from audit_record where action = 'data.archived'",
    );
    expect(JSON.parse(rows[0]?.leaf ?? '')).toMatchObject({
      actor: 'li',
      fields: { table: 'event', month: MONTH, rows: 5, manifestDigest },
    });
    await expect(
      archiveMonth(archivist, { table: 'event', month: MONTH, folder: folder(), terms: TERMS }, LI),
    ).rejects.toThrow(/exists already/);
  });

  it.each([
    [
      'a changed byte',
      (dir: string) => flip(join(dir, 'rows/2012-05-08.jsonl.gz')),
      'rows/2012-05-08.jsonl.gz',
    ],
    [
      'a missing file',
      (dir: string) => rmSync(join(dir, 'rows/2012-05-07.jsonl.gz')),
      'rows/2012-05-07.jsonl.gz',
    ],
    ['another checkpoint', (dir: string) => flip(join(dir, 'checkpoint.txt')), 'checkpoint.txt'],
    ['a manifest that agrees with changed rows', forge, 'manifest.json'],
  ])('finds %s, and drops nothing', async (_, harm, named) => {
    const harmed = mkdtempSync(at('harmed-'));
    cpSync(folder(), harmed, { recursive: true });
    harm(harmed);
    await expect(dropMonth(archivist, { folder: harmed, terms: TERMS }, WANG)).rejects.toThrow(
      expect.objectContaining({ name: 'ArchiveError', file: named }),
    );
    expect(
      (await admin.query("select to_regclass('event_2012_05') is not null as there")).rows,
    ).toEqual([{ there: true }]);
  });

  it('is not dropped past a hold that is being placed', async () => {
    const before = await admin.query('select count(*)::int as n from event');
    await admin.query('begin');
    let ended = false;
    let dropping: Promise<unknown>;
    try {
      await admin.query(
        `insert into legal_hold (hold_id, kind, subject, reason, placed_at, placed_by, tenant)
         values ('meanwhile', 'case', 'feed-a/A1', 'x', now(), 'li', 'main')`,
      );
      await admin.query(
        `insert into audit_record ("time", id, actor, action, object, schema, tenant, leaf, leaf_hash)
         values (to_timestamp(${WANG.at / 1000}), 'hold:meanwhile', 'li', 'hold.placed', 'hold:meanwhile', 'x', 'main', '{}', sha256('x'))`,
      );
      dropping = dropMonth(archivist, { folder: folder(), terms: TERMS }, WANG).finally(() => {
        ended = true;
      });
      dropping.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(ended).toBe(false);
    } finally {
      await admin.query('commit');
    }
    await expect(dropping).rejects.toThrow(/legal hold meanwhile/);
    expect((await admin.query('select count(*)::int as n from event')).rows).toEqual(before.rows);
    await requestLift(archivist, { holdId: 'meanwhile', reason: 'x' }, LI);
    await confirmHold(archivist, 'meanwhile', WANG);
  });

  it('lets it go only for another person, and only while nothing keeps it', async () => {
    await expect(dropMonth(archivist, { folder: folder(), terms: TERMS }, LI)).rejects.toThrow(
      /written by li: another person/,
    );
    const thing = { kind: 'case', subject: 'feed-a/A1' } as const;
    const holdId = await placeHold(archivist, { thing, reason: 'x' }, LI);
    await expect(dropMonth(archivist, { folder: folder(), terms: TERMS }, WANG)).rejects.toThrow(
      new RegExp(`legal hold ${holdId}`),
    );
    await requestLift(archivist, { holdId, reason: 'x' }, LI);
    await confirmHold(archivist, holdId, WANG);
    await dropMonth(archivist, { folder: folder(), terms: TERMS }, WANG);
    const { rows } = await admin.query(
      "select to_regclass('event_2012_05') as there, (select count(*)::int from event where received_at < '2013-01-01') as n",
    );
    expect(rows).toEqual([{ there: null, n: 0 }]);
    const records = await admin.query(
      "select actor from audit_record where action = 'data.dropped'",
    );
    expect(records.rows).toEqual([{ actor: 'wang' }]);
  });

  it('leaves its cases standing as they stand', async () => {
    const [loaded] = await loadCases(monitor.pool, monitor, ['feed-a/A0']);
    expect(loaded?.content).toMatchObject({
      erased: false,
      events: [],
      frozen: { reason: 'archived', regionCode: '130602', open: false },
    });
  });
});

describe('the register of archives', () => {
  it('takes no row that was dropped from the start', async () => {
    await expect(
      archivist.pool.query(
        `insert into archived_month select 'forged', parent, month, rows, rows_digest, manifest_digest, tree_size, written_at,
           written_by, dropped_at, dropped_by, restored_at, restored_by, tenant from archived_month`,
      ),
    ).rejects.toThrow(/permission denied/);
  });

  it('gives back no month of which no record tells that it was dropped', async () => {
    await admin.query('begin');
    try {
      await admin.query(
        `insert into archived_month select 'forged', parent, month, rows, rows_digest, sha256('other'), tree_size, written_at,
           written_by, dropped_at, dropped_by, restored_at, restored_by, tenant from archived_month where dropped_at is not null`,
      );
      await admin.query('set local role mingcha_archivist');
      for (const sql of ["begin_restore('forged')", "finish_restore('forged', 'x', now())"]) {
        await admin.query('savepoint before');
        await expect(admin.query(`select ${sql}`)).rejects.toThrow(/no record tells/);
        await admin.query('rollback to before');
      }
    } finally {
      await admin.query('rollback');
    }
  });
});

describe('archiving the month of records', () => {
  const folder = () => at('audit_record-2012-05');

  it('leaves every proof valid, with the leaf in the archive', async () => {
    await sequence();
    const { manifest } = await archiveMonth(
      archivist,
      { table: 'audit_record', month: MONTH, folder: folder(), terms: TERMS },
      LI,
    );
    await dropMonth(archivist, { folder: folder(), terms: TERMS }, WANG);
    await sequence();
    const { rows } = await admin.query<{ size: string; root: Buffer }>(
      'select size, root from audit_tree',
    );
    const [size, root] = [Number(rows[0]?.size), rows[0]?.root as Buffer];
    expect(size).toBeGreaterThan(manifest.tree.size);
    let seen = 0;
    for await (const line of (await openArchive(folder())).lines()) {
      const row = JSON.parse(line) as { leaf: string; leaf_index: number; leaf_hash: string };
      const hash = leafHash(row.leaf);
      expect(`\\x${Buffer.from(hash).toString('hex')}`).toBe(row.leaf_hash);
      const proof = await readInclusion(admin, row.leaf_index, size);
      expect(
        verifyInclusion({ index: row.leaf_index, size, leafHash: hash, proof, root }, nativeSha256),
      ).toEqual({ ok: true });
      seen += 1;
    }
    expect(seen).toBe(manifest.rows);
  });

  it('can be brought back, every row as it was, closed as before', async () => {
    await restoreMonth(archivist, folder(), WANG);
    const back = await admin.query<{ n: number; whole: boolean }>(
      `select count(*)::int as n, bool_and(r.leaf_hash = l.leaf_hash and r.xid = l.xid) as whole
       from audit_record r join audit_leaf l using (record_no) where r."time" < '2013-01-01'`,
    );
    const { manifest } = await readThrough(folder());
    expect(back.rows).toEqual([{ n: manifest.rows, whole: true }]);
    const tried = admin.query(
      'begin; set local role mingcha_migrator; delete from audit_record_2012_05',
    );
    await expect(tried).rejects.toThrow(/append-only/);
    await admin.query('rollback');
    await expect(
      archivist.pool.query('insert into audit_record_2012_05 select * from audit_record_2012_05'),
    ).rejects.toThrow(/permission denied/);
    await expect(restoreMonth(archivist, folder(), WANG)).rejects.toThrow(/is in the database/);
    // The tree takes none of them a second time.
    const { rows: before } = await admin.query('select size from audit_tree');
    const waiting = await admin.query(
      'select count(*)::int as n from audit_record r where not exists (select from audit_leaf l where l.record_no = r.record_no)',
    );
    await sequence();
    const { rows: after } = await admin.query('select size from audit_tree');
    expect(Number(after[0].size) - Number(before[0].size)).toBe(waiting.rows[0].n);
  });

  it('is not brought back from rows that were not archived', async () => {
    const harmed = mkdtempSync(at('forged-'));
    cpSync(at('event-2012-05'), harmed, { recursive: true });
    forge(harmed);
    await expect(restoreMonth(archivist, harmed, WANG)).rejects.toThrow(
      /is not the one that was recorded/,
    );
    await restoreMonth(archivist, at('event-2012-05'), WANG);
    const { rows } = await admin.query(
      "select event_id from event where received_at < '2013-01-01' order by event_id",
    );
    expect(rows).toHaveLength(5);
    expect(rows[0]).toEqual({ event_id: 'a0 "引" \\ \u2028' });
  });
});

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[20] = (bytes[20] as number) ^ 1;
  writeFileSync(file, bytes);
}

/** Changes a row and makes every digest in the folder agree with it. */
function forge(dir: string): void {
  const path = join(dir, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  const each: Buffer[] = [];
  for (const file of manifest.files) {
    const place = join(dir, file.name);
    const text = gunzipSync(readFileSync(place)).toString().replaceAll('U1', 'U2');
    const bytes = gzipSync(text);
    writeFileSync(place, bytes);
    file.bytes = bytes.length;
    for (const algorithm of ['sha256', 'sm3'])
      file[algorithm] = createHash(algorithm).update(bytes).digest('hex');
    for (const line of text.trimEnd().split('\n'))
      each.push(createHash('sha256').update(line).digest());
  }
  manifest.rowsDigest = createHash('sha256').update(Buffer.concat(each)).digest('hex');
  writeFileSync(path, JSON.stringify(manifest));
}
