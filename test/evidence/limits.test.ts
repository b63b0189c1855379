import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PayloadFiles } from '#evidence/bundle/payload-files.js';
import { findScope } from '#evidence/gather/find-scope.js';
import { demandFits, measureScope, type ScopeSize } from '#evidence/gather/scope-size.js';
import type { ExportScope } from '#evidence/request/export-scope.js';
import { loadRequest } from '#evidence/request/load-requests.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { EvidenceOffice, filesOf, sent, textIn } from './office.js';

const N1: ExportScope = { kind: 'case', caseId: 'feed-a/N1' };
const BIG: ExportScope = { kind: 'case', caseId: 'feed-a/BIG' };
const GIB = 1024 ** 3;

let database: TestDatabase;
let office: EvidenceOffice;

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  await office.run();
});

afterAll(async () => {
  await office.close();
  await database.drop();
});

const measured = async (scope: ExportScope): Promise<ScopeSize> => {
  await office.log.checkpoint();
  const [tree] = await office.monitor.query<{ size: string }>('select size from audit_tree');
  const size = Number(tree?.size);
  const { pool } = office.writer;
  return measureScope(pool, await findScope(pool, scope, size), size);
};

describe('the size of a scope', () => {
  it('is what the bundle holds in the end: no file less, and few more', async () => {
    const requestNo = await office.request(N1, ['full']);
    await office.log.settle();
    const size = await measured(N1);
    const gathered = await office.gather(requestNo);
    const files = filesOf((await office.build(requestNo)).bytes);
    const inFolder = (folder: string) =>
      [...files.keys()].filter((path) => path.startsWith(`data/${folder}/`)).length;
    const loose = (JSON.parse(textIn(files, 'data/loose.json')) as number[]).length;
    expect(size).toMatchObject({
      records: inFolder('records') - loose,
      events: inFolder('events'),
      texts: inFolder('disclosures'),
      cases: 1,
      alerts: inFolder('entity') - 1,
    });
    const raw = [...files].filter(([path]) => path.endsWith('.bin'));
    const received = raw.reduce((sum, [, bytes]) => sum + bytes.length, 0);
    expect(size.bytes).toBeGreaterThan(2 * received);
    expect(gathered.material.rules.length).toBe(inFolder('rules') - 1);
    const most = { ...size, loose: loose + (65_535 - files.size) / 2 + 1 };
    expect(() => demandFits(most, gathered.material.rules.length)).toThrow(/files, \d+ more than/);
  });

  it('is too much by records, files or bytes, and says by how much', async () => {
    const none = {
      records: 1,
      loose: 0,
      events: 0,
      texts: 0,
      cases: 1,
      alerts: 0,
      bytes: 0,
      rules: [],
    };
    const refused = (size: Partial<ScopeSize>) => {
      try {
        demandFits({ ...none, ...size }, 0);
      } catch (error) {
        return error;
      }
      return null;
    };
    expect(refused({})).toBeNull();
    expect(refused({ records: 16_000, bytes: GIB })).toBeNull();
    expect(refused({ records: 16_007 })).toMatchObject({
      reason: 'too-large',
      params: { records: 16_007, over: 7 },
    });
    expect(refused({ bytes: GIB + 5 })).toMatchObject({
      reason: 'too-many-bytes',
      params: { bytes: GIB + 5, over: 5 },
    });
    // 40,000 quarantined records with their proofs do not fit, however few records the case has.
    expect(refused({ records: 15_000, events: 15_000, texts: 5_000 })).toBeNull();
    expect(refused({ records: 15_000, events: 15_000, texts: 6_000 })).toMatchObject({
      reason: 'too-many-files',
    });
    expect(refused({ loose: 40_000 })).toMatchObject({
      reason: 'too-many-files',
      params: { loose: 40_000, most: 65_535 },
    });
  });
});

describe('a scope that is too large', () => {
  /** Heaps up rows of one case without any chain being read: only the counting may see them. */
  const heapUp = () =>
    office.monitor.query(
      `insert into audit_record ("time", entity_seq, id, actor, action, object, schema, tenant, entity, prev, rule_version,
         inputs_digest, trace_id, region_code, unit_path, subject_persons, recipient_unit, shared_space, leaf, leaf_hash)
       select r."time", n, 'big-' || n, r.actor, 'event.accepted', 'event:feed-a/big-' || n, r.schema, r.tenant, 'case:feed-a/BIG', null,
         null, null, null, r.region_code, r.unit_path, r.subject_persons, r.recipient_unit, r.shared_space, '{"n":' || n || '}',
         sha256(convert_to(E'\\x01' || n, 'UTF8'))
       from (select * from audit_record where entity = 'case:feed-a/N1' limit 1) r cross join generate_series(2, 16002) n`,
    );

  it('is refused at the approval, and the request still stands', async () => {
    await office.monitor.take(0, [
      sent('approval.received', { id: 'big-1', subject: 'BIG', at: '2025-09-15T09:10' }),
    ]);
    const fits = await office.request(BIG, ['full']);
    await heapUp();
    await office.log.settle();
    await expect(office.request(BIG, ['full'])).rejects.toMatchObject({ reason: 'too-large' });
    const { rows } = await office.writer.pool.query<{ no: string }>(
      "select max(request_no) as no from export_request where state = 'requested'",
    );
    const standing = await loadRequest(office.writer.pool, rows[0]?.no as string);
    expect(standing).toMatchObject({ state: 'requested', numbers: { full: null } });
    // One that was approved before is refused before anything of it is read: its chain would not hold.
    await expect(office.build(fits)).rejects.toMatchObject({
      reason: 'too-large',
      params: { records: 16_002, over: 2 },
    });
  });
});

describe('files of a bundle', () => {
  it('end where they come to more than it holds', () => {
    const files = new PayloadFiles(10);
    files.text('a', '12345');
    files.text('b', '12345');
    expect(() => files.text('c', '1')).toThrow(/at least 11 bytes, 1 more than the 10/);
  });
});
