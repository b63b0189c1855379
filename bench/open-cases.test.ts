import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { leafInput } from '#core/audit/leaf-hash.js';
import { acceptEvent, newCase } from '#core/step.js';
import { migrate } from '#store/data-source.js';
import { loadCases } from '#store/load-cases.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { cloudEvent, openCaseFacts } from './bench-case.js';
import { benchLaw, caseIdOf, fillWithOpenCases, subjectOf } from './open-cases.js';

const ENTERED = Date.UTC(2025, 8, 15, 2);
const CASES = { prefix: 'T', entered: [ENTERED, ENTERED + 60_000], stepHours: 2, copies: 4 };
const MODEL = 1;
const COPY = 3;
const SUBJECT = subjectOf(CASES, MODEL, COPY);
const CASE_ID = caseIdOf(SUBJECT);

describe('open cases made by multiplying models', () => {
  let database: TestDatabase;
  let client: Client;
  let writer: Writer;

  beforeAll(async () => {
    database = await createDatabase({ name: 'bench_open_cases', prepare: migrate });
    await fillWithOpenCases(database.url, CASES);
    client = new Client({ connectionString: database.url });
    await client.connect();
    writer = openWriter({ url: database.url, role: 'mingcha_monitor', masterKey: null });
  });

  afterAll(async () => {
    await client.end();
    await closeWriter(writer);
    await database.drop();
  });

  it('makes as many as asked for', async () => {
    const { rows } = await client.query('select count(*)::int as n from case_state');
    expect(rows[0].n).toBe(8);
  });

  it('loads a copy with its own events, due one millisecond after the step limit', async () => {
    const [loaded] = await loadCases(writer.pool, writer, [CASE_ID]);
    const content = loaded?.content === 'as-known' ? undefined : loaded?.content;
    expect(content?.nextDueAt).toBe(ENTERED + 60_000 + 2 * 3_600_000 + 1);
    const expected = openCaseFacts(ENTERED + 60_000, 2).map((fact, index) => {
      const raw = cloudEvent(SUBJECT, index + 1, fact);
      return { caseId: CASE_ID, id: `${SUBJECT}-${index + 1}`, rawDigest: hash('sha256', raw) };
    });
    const events = content?.events.map(({ caseId, id, rawDigest }) => ({ caseId, id, rawDigest }));
    expect(events?.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(expected);
  });

  it('knows the identity of every event of a copy', async () => {
    const { rows } = await client.query(
      `select event_id from event_identity i join event e using (source, event_id, raw_digest)
       where e.case_id = $1 and i.case_id = $1 order by 1`,
      [CASE_ID],
    );
    expect(rows).toEqual([1, 2, 3, 4].map((number) => ({ event_id: `${SUBJECT}-${number}` })));
  });

  it('gives the engine a case that it brings to the same instant', async () => {
    const [loaded] = await loadCases(writer.pool, writer, [CASE_ID]);
    if (loaded === undefined || loaded.content === 'as-known') throw new Error('not loaded');
    const law = benchLaw();
    const state = newCase(CASE_ID, law);
    for (const event of [...loaded.content.events].sort((a, b) => a.receivedAt - b.receivedAt))
      acceptEvent(state, event, law);
    expect(state.nextDueAt).toBe(loaded.content.nextDueAt);
  });

  it('chains the audit records of a copy, each hash that of its leaf', async () => {
    const { rows } = await client.query<{ leaf: string; leaf_hash: Buffer; object: string }>(
      'select leaf, leaf_hash, object from audit_record where entity = $1 order by entity_seq',
      [`case:${CASE_ID}`],
    );
    expect(rows).toHaveLength(4);
    rows.forEach(({ leaf, leaf_hash, object }, index) => {
      const record = JSON.parse(leaf);
      expect(leaf_hash).toEqual(hash('sha256', leafInput(leaf), 'buffer'));
      expect(record.object).toBe(object);
      expect(record.entity).toBe(`case:${CASE_ID}`);
      expect(record.prev).toBe(rows[index - 1]?.leaf_hash.toString('hex') ?? null);
    });
    const head = await client.query('select audit_head from case_state where case_id = $1', [
      CASE_ID,
    ]);
    expect(head.rows[0].audit_head).toEqual(rows.at(-1)?.leaf_hash);
  });
});
