import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { saveStep } from '#store/save-step.js';
import { CaseKeys, openEvent } from '#store/sealing.js';
import { emptyStep } from '#store/step-to-save.js';
import { closeWriter, openWriter } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import {
  AT,
  MASTER_KEY,
  monitorOf,
  STORE,
  sampleCase,
  sampleEvent,
  toSave,
} from './sample-step.js';

let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createDatabase(STORE);
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  const sealing = monitorOf(database.url);
  await saveStep(sealing, {
    ...emptyStep('monitor', AT),
    events: [
      toSave(sampleEvent('S1', 'e1'), 0n, '{"名":"张三"}'),
      toSave(sampleEvent('S1', 'e2'), 1n),
      // About no case: kept plain, whatever the key.
      toSave(sampleEvent('', 'c1', { caseId: '', type: 'catalog.item-published' }), 2n),
    ],
    moved: [{ caseId: 'feed-a/S2', event: sampleEvent('S1', 'e1'), partition: 0, afterEvents: 2 }],
    cases: [sampleCase('S1', 0), sampleCase('S2', 0)],
  });
  await closeWriter(sealing);
  const plain = openWriter({ url: database.url, role: 'mingcha_monitor', masterKey: null });
  await saveStep(plain, {
    ...emptyStep('monitor', AT),
    events: [toSave(sampleEvent('P1', 'p1'), 3n)],
    cases: [sampleCase('P1', 0)],
  });
  await closeWriter(plain);
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

async function recordOf(action: string, eventId: string) {
  const { rows } = await admin.query<{ schema: string; digest: string; leaf: string }>(
    `select schema, inputs_digest as digest, leaf from audit_record
     where action = $1 and object = 'event:feed-a/' || $2`,
    [action, eventId],
  );
  return rows[0] as { schema: string; digest: string; leaf: string };
}

async function secretOf(caseId: string): Promise<Buffer> {
  const { rows } = await admin.query('select secret from case_key where case_id = $1', [caseId]);
  return rows[0].secret;
}

/** Written out from the definition, with Node's own HMAC. */
function saltOf(secret: Buffer, source: string, id: string): Buffer {
  return createHmac('sha256', secret).update(`inputs\n${source}\n${id}`).digest().subarray(0, 16);
}

describe('the digest of received bytes in a record', () => {
  it('is salted from the secret of the case where the bytes are sealed', async () => {
    const salt = saltOf(await secretOf('feed-a/S1'), 'feed-a', 'e1');
    const expected = createHash('sha256').update(salt).update('{"名":"张三"}').digest('hex');
    const record = await recordOf('event.accepted', 'e1');
    expect(record).toMatchObject({ schema: 'mingcha.event-accepted/2', digest: expected });
    expect(JSON.parse(record.leaf).inputsDigest).toBe(expected);
  });

  it('is salted from the secret of the case that reads it where a correction moved it', async () => {
    const salt = saltOf(await secretOf('feed-a/S2'), 'feed-a', 'e1');
    const raw = Buffer.from(sampleEvent('S1', 'e1').rawDigest, 'hex');
    const expected = createHash('sha256').update(salt).update(raw).digest('hex');
    expect(await recordOf('event.moved', 'e1')).toMatchObject({
      schema: 'mingcha.event-moved/2',
      digest: expected,
    });
  });

  it('stands nowhere unsalted in the record of a sealed event', async () => {
    const { rows } = await admin.query<{ leaf: string }>(
      "select leaf from audit_record where entity in ('case:feed-a/S1', 'case:feed-a/S2')",
    );
    expect(rows).toHaveLength(3);
    for (const { leaf } of rows)
      for (const id of ['e1', 'e2']) expect(leaf).not.toContain(sampleEvent('S1', id).rawDigest);
  });

  it('is plain where there is no key to destroy', async () => {
    for (const [id, digest] of [
      ['p1', sampleEvent('P1', 'p1').rawDigest],
      ['c1', sampleEvent('', 'c1').rawDigest],
    ] as const)
      expect(await recordOf('event.accepted', id)).toMatchObject({
        schema: 'mingcha.event-accepted/1',
        digest,
      });
  });

  it('can be disclosed: opening an event gives the salt', async () => {
    const { rows } = await admin.query(
      "select sealed from event where case_id = 'feed-a/S1' and event_id = 'e1'",
    );
    const secret = await secretOf('feed-a/S1');
    const key = new CaseKeys(MASTER_KEY).keyOf('feed-a/S1', secret);
    const opened = openEvent(rows[0].sealed, { source: 'feed-a', id: 'e1' }, key);
    expect(opened.salt).toEqual(saltOf(secret, 'feed-a', 'e1'));
    expect(opened.raw.toString()).toBe('{"名":"张三"}');
    expect(
      createHash('sha256')
        .update(opened.salt as Buffer)
        .update(opened.raw)
        .digest('hex'),
    ).toBe((await recordOf('event.accepted', 'e1')).digest);
  });
});
