import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { EvidenceOffice, filesOf, twoCases } from './office.js';

let database: TestDatabase;
let office: EvidenceOffice;

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  await office.monitor.take(0, twoCases());
  await office.monitor.tick('2025-10-21T10:00:00+08:00');
});

afterAll(async () => {
  await office.close();
  await database.drop();
});

describe('a bundle', () => {
  it('has the same bytes when it is built again', async () => {
    const requestNo = await office.request({ kind: 'case', caseId: 'feed-a/N1' });
    await office.log.settle();
    const first = await office.build(requestNo);
    await office.monitor.tick('2025-11-21T10:00:00+08:00');
    await office.log.settle();
    const again = await office.build(requestNo);
    expect(again.digest).toBe(first.digest);
    expect(filesOf(again.bytes).size).toBe(first.files);
  });
});
