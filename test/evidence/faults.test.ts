import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { buildBundle } from '#evidence/bundle/build-bundle.js';
import { gather } from '#evidence/gather/gather.js';
import { pinRequest } from '#evidence/gather/pin.js';
import { CommittedIndex } from '#evidence/gather/prove.js';
import { loadRequest } from '#evidence/request/load-requests.js';
import { closeWriter, openWriter } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { AT, EvidenceOffice, MASTER_KEY } from './office.js';

let database: TestDatabase;
let office: EvidenceOffice;

beforeEach(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  await office.run();
});

afterEach(async () => {
  await office.close();
  await database.drop();
});

const pinned = async () => {
  const requestNo = await office.request({ kind: 'case', caseId: 'feed-a/N1' }, ['full']);
  await office.log.settle();
  const { pool } = office.writer;
  const pin = await pinRequest(
    office.writer,
    await loadRequest(pool, requestNo),
    { actor: '张某', at: AT + 120_000 },
    5,
  );
  return { request: await loadRequest(pool, requestNo), pin };
};

/** Changes rows as nobody may who has no hand on the server itself. */
const tamper = (sql: string) =>
  office.monitor.query(
    `set session_replication_role = replica; ${sql}; set session_replication_role = origin`,
  );

const gatheredUnder = async (masterKey: Buffer | null) => {
  const { request, pin } = await pinned();
  const writer = openWriter({ url: database.url, role: 'mingcha_evidence', masterKey });
  try {
    return await gather(writer, request, pin);
  } finally {
    await closeWriter(writer);
  }
};

describe('a database that does not answer', () => {
  it('is not a trail that was changed', async () => {
    const away = new Pool({ connectionString: 'postgres://127.0.0.1:1/x' });
    await expect(CommittedIndex.read(away, 1)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await away.end();
  });
});

describe('a trail that was changed', () => {
  it('is named by the index that does not give its root', async () => {
    const { request, pin } = await pinned();
    await tamper('update audit_index_bucket set leaf_hash = sha256(leaf_hash)');
    await expect(gather(office.writer, request, pin)).rejects.toMatchObject({
      reason: 'broken-trail',
      params: { entity: `audit-index:${pin.indexSize}` },
    });
  });

  it.each([
    [
      'was changed',
      'update audit_tile set hashes = sha256(hashes) || substr(hashes, 33) where level = 0',
    ],
    ['is gone', 'delete from audit_tile where level = 0'],
  ])('is named by what a tile that %s no longer leads to', async (_what, sql) => {
    const { request, pin } = await pinned();
    const gathered = await gather(office.writer, request, pin);
    await tamper(sql);
    const built = buildBundle(office.writer.pool, gathered, 'full', office.tools);
    await expect(built).rejects.toMatchObject({ reason: 'broken-tree' });
    await expect(gather(office.writer, request, pin)).rejects.toMatchObject({
      reason: 'broken-growth',
    });
  });
});

describe('events that do not open', () => {
  it.each<[string, Buffer | null, string]>([
    ['without a master key', null, 'no-master-key'],
    ['under another one', Buffer.alloc(32, 8), 'wrong-master-key'],
  ])('%s are told by what is wrong with the key', async (_name, key, reason) => {
    await expect(gatheredUnder(key)).rejects.toMatchObject({ reason });
  });

  it('although others do were changed', async () => {
    await tamper(
      "update event set sealed = sealed || '\\x00' where event_id = 'n1-3' and case_id = 'feed-a/N1'",
    );
    await expect(gatheredUnder(MASTER_KEY)).rejects.toMatchObject({
      reason: 'event-changed',
      params: { object: 'event:feed-a/n1-3' },
    });
  });

  it('because the key of their case is gone without an erasure are told by the case', async () => {
    await tamper("delete from case_key where case_id = 'feed-a/N1'");
    await expect(gatheredUnder(MASTER_KEY)).rejects.toMatchObject({
      reason: 'no-case-key',
      params: { caseId: 'feed-a/N1' },
    });
  });
});
