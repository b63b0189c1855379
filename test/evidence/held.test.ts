import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExportScope } from '#evidence/request/export-scope.js';
import { recordCustody, refuseExport, requestExport } from '#evidence/request/requests.js';
import { approveErasure, requestErasure } from '#store/keeping/erasure.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { AT, EvidenceOffice, sent } from './office.js';

const N1: ExportScope = { kind: 'case', caseId: 'feed-a/N1' };
const YEAR = { from: '2025-01-01', to: '2025-12-31' };
const WHERE = { place: '办案点', device: '笔记本电脑' };

let database: TestDatabase;
let office: EvidenceOffice;
let archivist: Writer;

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  archivist = openWriter({ url: database.url, role: 'mingcha_archivist', masterKey: null });
  await office.run();
  await office.log.checkpoint();
});

afterAll(async () => {
  await closeWriter(archivist);
  await office.close();
  await database.drop();
});

const ask = (scope: ExportScope) =>
  requestExport(
    office.writer,
    {
      ...{ requesters: ['张某', '李某'], notice: 'n', cause: 'c', purpose: 'p', scope },
      editions: ['full'],
    },
    { actor: '张某', at: AT },
  );

const holdsOn = async (caseId: string): Promise<string[]> => {
  const { rows } = await archivist.pool.query<{ id: string }>('select holds_on_case($1) as id', [
    caseId,
  ]);
  return rows.map(({ id }) => id);
};

const askErasure = (caseId: string) =>
  requestErasure(archivist, { caseId, reason: '期满' }, { actor: 'one', at: AT });

const recall = (requestNo: string) =>
  recordCustody(
    office.writer,
    { requestNo, edition: 'full' },
    { kind: 'recalled', reason: '案件撤销', ...WHERE },
    { actor: '张某', at: AT + 180_000 },
  );

describe('a case that was asked for', () => {
  it('is not erased from the asking on, until the request is refused', async () => {
    const requestNo = await ask(N1);
    await expect(askErasure('feed-a/N1')).rejects.toThrow(`under legal hold (export:${requestNo})`);
    await refuseExport(office.writer, requestNo, '不符', { actor: '王某', at: AT + 1000 });
    expect(await holdsOn('feed-a/N1')).toEqual([]);
  });

  it('is held through approval and building, until the bundle is recalled', async () => {
    const requestNo = await office.request(N1, ['full']);
    expect(await holdsOn('feed-a/N1')).toEqual([`export:${requestNo}`]);
    expect(await holdsOn('feed-a/N2')).toEqual([]);
    await office.log.settle();
    await office.gather(requestNo);
    expect(await holdsOn('feed-a/N1')).toEqual([`export:${requestNo}`]);
    await recall(requestNo);
    expect(await holdsOn('feed-a/N1')).toEqual([]);
  });

  it.each<[string, ExportScope]>([
    ['an officer', { kind: 'officer', unitCode: 'BD-SPJ', staffNo: 'SP-0021', ...YEAR }],
    ['a period', { kind: 'query', unit: null, ruleId: null, level: 'red', ...YEAR }],
  ])('by %s is held with the others of the scope', async (_name, scope) => {
    const requestNo = await office.request(scope, ['full'], AT + 10);
    for (const caseId of ['feed-a/N1', 'feed-a/N2'])
      expect(await holdsOn(caseId)).toEqual([`export:${requestNo}`]);
    await recall(requestNo);
  });

  it('is not erased on an erasure that was asked for before, either', async () => {
    const erasure = await askErasure('feed-a/N2');
    const requestNo = await ask({ kind: 'case', caseId: 'feed-a/N2' });
    await expect(
      approveErasure(archivist, erasure, { actor: 'other', at: AT + 1 }),
    ).rejects.toThrow(`export:${requestNo}`);
  });

  it('waits for an erasure that is being carried out, and the erasure for what is being asked', async () => {
    const client = await archivist.pool.connect();
    try {
      await client.query('begin');
      const asking = office.writer.pool.connect();
      const other = await asking;
      await other.query('begin');
      await other.query(
        "insert into export_case (request_no, case_id) values ('2026-9999', 'feed-a/N1')",
      );
      const locked = client.query("select destroy_case_key('none')").catch((error: Error) => error);
      expect(await Promise.race([locked, sleep(300).then(() => 'waits')])).toBe('waits');
      await other.query('rollback');
      other.release();
      expect(String(await locked)).toContain('is not approved');
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('keeps the months of its events and records', async () => {
    await office.monitor.take(0, [
      sent('approval.received', { id: 'old-1', subject: 'OLD', at: '2012-05-07T09:10' }),
    ]);
    const obstacles = async (parent: string) =>
      (
        await archivist.pool.query<{ why: string }>(
          'select o as why from month_obstacles($1, $2, 10) o',
          [parent, '2012-05'],
        )
      ).rows.map(({ why }) => why);
    const requestNo = await ask({ kind: 'case', caseId: 'feed-a/OLD' });
    const held = `evidence request export:${requestNo}`;
    for (const parent of ['event', 'audit_record']) expect(await obstacles(parent)).toContain(held);
    await refuseExport(office.writer, requestNo, '不符', { actor: '王某', at: AT + 1000 });
    for (const parent of ['event', 'audit_record'])
      expect(await obstacles(parent)).not.toContain(held);
  });
});
