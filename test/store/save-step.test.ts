import { hash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { leafHash } from '#core/audit/leaf-hash.js';
import { KnownEventError, StaleCaseError, StalePositionError } from '#store/errors.js';
import { loadCoverage, loadReferences } from '#store/known-facts.js';
import { findIdentities, loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep, type StepToSave } from '#store/step-to-save.js';
import { loadPositions } from '#store/stream-positions.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import {
  AT,
  fullStep,
  MASTER_KEY,
  monitorOf,
  raised,
  rowCounts,
  STORE,
  sampleAlert,
  sampleCase,
  sampleEvent,
  sampleFinding,
  toSave,
} from './sample-step.js';

let database: TestDatabase;
let writer: Writer;
let admin: Client;

beforeAll(async () => {
  database = await createDatabase(STORE);
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  writer = monitorOf(database.url);
});

afterAll(async () => {
  await closeWriter(writer);
  await admin.end();
  await database.drop();
});

const TABLES =
  'event, event_identity, moved_event, case_key, case_state, finding, finding_change, alert, alert_event, alert_hold, audit_record, quarantine, reference_fact, source_coverage, outbox, stream_position';

beforeEach(async () => {
  // The owner of the server may still empty the tables of a test; triggers refuse even that unless switched off.
  await admin.query(
    `set session_replication_role = replica; truncate ${TABLES}; set session_replication_role = origin`,
  );
});

/** A later step on the same partition, ticks included. */
function next(step: Partial<StepToSave>): StepToSave {
  return { ...emptyStep('monitor', AT + 1000), ...step };
}

async function chain(entity: string): Promise<{ action: string; leaf: string }[]> {
  const { rows } = await admin.query(
    `select action, leaf, leaf_hash, prev, entity_seq::int as seq, id from audit_record where entity = $1 order by entity_seq`,
    [entity],
  );
  let prev: Buffer | null = null;
  rows.forEach((row, index) => {
    expect(row.seq).toBe(index + 1);
    expect(row.prev).toEqual(prev);
    expect(Buffer.from(leafHash(row.leaf))).toEqual(row.leaf_hash);
    const leaf = JSON.parse(row.leaf);
    expect(leaf).toMatchObject({
      entity,
      entitySeq: index + 1,
      prev: prev === null ? null : (prev as Buffer).toString('hex'),
      id: row.id,
    });
    prev = row.leaf_hash;
  });
  return rows;
}

describe('saveStep', () => {
  it('saves everything of a step and gives it back', async () => {
    const step = fullStep(0n);
    const saved = await saveStep(writer, step);
    // 3 events, 1 that concerns the other case too, 1 finding change, 1 alert event, 1 quarantined record
    expect(saved).toEqual({ events: 3, changes: 1, alerts: 1, auditRecords: 7 });
    const [first, second, unknown] = await loadCases(writer.pool, writer, [
      'feed-a/SP1',
      'feed-a/SP2',
      'feed-a/SP3',
    ]);
    expect(first).toMatchObject({ caseId: 'feed-a/SP1', version: 1 });
    expect(first?.content).toMatchObject({
      asOf: AT,
      nextDueAt: AT + 86_400_000,
      findings: [sampleFinding('SP1')],
      alerts: [
        { alertId: step.alerts[0]?.alertId, held: true, state: 'held', level: 'red', revision: 1 },
      ],
      erased: false,
    });
    const events = first?.content === 'as-known' ? [] : (first?.content.events ?? []);
    expect([...events].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      sampleEvent('SP1', 'e1'),
      sampleEvent('SP1', 'e2'),
    ]);
    expect(second).toMatchObject({
      version: 1,
      content: { nextDueAt: null, findings: [], alerts: [] },
    });
    const there = second?.content === 'as-known' ? [] : (second?.content.events ?? []);
    expect(there.map(({ id, caseId }) => [id, caseId]).sort()).toEqual([
      ['e2', 'feed-a/SP1'],
      ['e3', 'feed-a/SP2'],
    ]);
    expect(unknown).toMatchObject({ version: 0, content: { events: [] } });
    expect(await loadPositions(writer.pool, 'mingcha.events')).toEqual([
      { topic: 'mingcha.events', partition: 0, nextOffset: 4n, consumedThrough: AT },
    ]);
    const { rows } = await admin.query('select quarantine_id, reason, detail, raw from quarantine');
    expect(rows).toEqual([
      {
        quarantine_id: 'mingcha.events/0/3',
        reason: 'not-json',
        raw: Buffer.from('{"id": 1'),
        detail: { position: 8, text: 'null \ufffd and half \ufffd' },
      },
    ]);
  });

  it('records changes and moved events of a case between its events, in whatever order the step brings them', async () => {
    const event = (subject: string, id: string) => sampleEvent(subject, id);
    const finding = { SP1: sampleFinding('SP1'), SP2: sampleFinding('SP2') };
    const ended = { kind: 'ended', at: AT, before: finding.SP2, after: finding.SP2 } as const;
    await saveStep(
      writer,
      next({
        events: [toSave(event('SP1', 'e1'), 0n), toSave(event('SP1', 'e2'), 1n)],
        moved: [
          { caseId: 'feed-a/SP2', event: event('SP1', 'e2'), partition: 0, afterEvents: 2 },
          { caseId: 'feed-a/SP2', event: event('SP1', 'e1'), partition: 0, afterEvents: 1 },
        ],
        cases: [sampleCase('SP1', 0), sampleCase('SP2', 0)],
        changes: [
          { caseId: 'feed-a/SP1', change: raised(finding.SP1), afterEvents: 2 },
          { caseId: 'feed-a/SP2', change: raised(finding.SP2), afterEvents: 0 },
          { caseId: 'feed-a/SP2', change: ended, afterEvents: 1 },
        ],
      }),
    );
    const actions = async (caseId: string) =>
      (await chain(`case:${caseId}`)).map(({ action }) => action);
    expect(await actions('feed-a/SP1')).toEqual([
      'event.accepted',
      'event.accepted',
      'finding.raised',
    ]);
    expect(await actions('feed-a/SP2')).toEqual([
      'finding.raised',
      'event.moved',
      'finding.ended',
      'event.moved',
    ]);
  });

  it('keeps one unbroken chain of records per case and per alert', async () => {
    const step = fullStep(0n);
    await saveStep(writer, step);
    await saveStep(
      writer,
      next({
        events: [toSave(sampleEvent('SP1', 'e9'), 9n)],
        cases: [sampleCase('SP1', 1)],
        changes: [
          {
            caseId: 'feed-a/SP1',
            change: { kind: 'retracted', at: AT, before: sampleFinding('SP1'), after: null },
          },
        ],
        alerts: [
          sampleAlert(sampleFinding('SP1'), {
            kind: 'retracted',
            after: {
              ...sampleAlert(sampleFinding('SP1')).after,
              state: 'retracted',
              retracted: true,
            },
          }),
        ],
      }),
    );
    expect((await chain('case:feed-a/SP1')).map((row) => row.action)).toEqual([
      'event.accepted',
      'event.accepted',
      'finding.raised',
      'event.accepted',
      'finding.retracted',
    ]);
    expect((await chain(`alert:${step.alerts[0]?.alertId}`)).map((row) => row.action)).toEqual([
      'alert.held',
      'alert.retracted',
    ]);
    const alone = await admin.query(
      "select action, entity, entity_seq, prev from audit_record where action = 'event.quarantined'",
    );
    expect(alone.rows).toEqual([
      { action: 'event.quarantined', entity: null, entity_seq: null, prev: null },
    ]);
    const [loaded] = await loadCases(writer.pool, writer, ['feed-a/SP1']);
    expect(loaded?.content).toMatchObject({
      findings: [],
      alerts: [{ state: 'retracted', retracted: true, held: false }],
    });
    expect((await admin.query('select count(*)::int as n from alert_hold')).rows).toEqual([
      { n: 0 },
    ]);
  });

  it('writes the scope on every row that a person may see', async () => {
    await saveStep(writer, fullStep(0n));
    for (const [table, persons] of [
      ['event', ['U1/G1']],
      ['finding', ['U1/G1']],
      ['finding_change', ['U1/G1']],
      ['alert', ['U1/G1']],
      ['alert_event', ['U1/G1']],
      ['case_state', []],
    ] as const) {
      const { rows } = await admin.query(
        `select distinct tenant, region_code, subject_persons, shared_space from ${table}`,
      );
      expect({ table, rows }).toEqual({
        table,
        rows: [
          { tenant: 'main', region_code: '130602', subject_persons: persons, shared_space: true },
        ],
      });
    }
  });

  it('refuses a step that does not begin where the partition stands, and saves nothing of it', async () => {
    await saveStep(writer, fullStep(0n));
    const before = await rowCounts(writer);
    await expect(saveStep(writer, fullStep(0n))).rejects.toThrow(StalePositionError);
    await expect(saveStep(writer, fullStep(0n))).rejects.toThrow('stands at offset 4, not at 0');
    await expect(saveStep(writer, { ...fullStep(5n), cases: [] })).rejects.toThrow(
      StalePositionError,
    );
    expect(await rowCounts(writer)).toEqual(before);
  });

  it('never moves consumed-through back', async () => {
    const advance = {
      topic: 't',
      partition: 1,
      fromOffset: 7n,
      nextOffset: 8n,
      consumedThrough: AT,
    };
    await saveStep(writer, next({ stream: advance }));
    await saveStep(
      writer,
      next({ stream: { ...advance, fromOffset: 8n, nextOffset: 9n, consumedThrough: AT - 1 } }),
    );
    expect(await loadPositions(writer.pool, 't')).toMatchObject([
      { nextOffset: 9n, consumedThrough: AT },
    ]);
  });

  it('refuses a case that was changed after it was loaded', async () => {
    await saveStep(writer, fullStep(0n));
    const before = await rowCounts(writer);
    const tick = next({ cases: [sampleCase('SP1', 0)] });
    await expect(saveStep(writer, tick)).rejects.toThrow(StaleCaseError);
    await expect(saveStep(writer, next({ cases: [sampleCase('SP1', 2)] }))).rejects.toThrow(
      'feed-a/SP1',
    );
    await expect(saveStep(writer, next({ cases: [sampleCase('SP9', 1)] }))).rejects.toThrow(
      StaleCaseError,
    );
    expect(await rowCounts(writer)).toEqual(before);
    await saveStep(writer, next({ cases: [sampleCase('SP1', 1)] }));
  });

  it('leaves a duplicate without effect and keeps other bytes as a new version', async () => {
    await saveStep(writer, fullStep(0n));
    const again = { ...toSave(sampleEvent('SP1', 'e1'), 4n), outcome: 'duplicate' as const };
    const before = await rowCounts(writer);
    expect(
      await saveStep(writer, next({ events: [again], cases: [sampleCase('SP1', 1)] })),
    ).toMatchObject({ events: 0, auditRecords: 0 });
    expect(await rowCounts(writer)).toEqual(before);
    const other = sampleEvent('SP1', 'e1', {
      dataVersion: 2,
      rawDigest: hash('sha256', 'other bytes', 'hex'),
    });
    await saveStep(
      writer,
      next({ events: [toSave(other, 5n, 'other bytes')], cases: [sampleCase('SP1', 2)] }),
    );
    const known = await findIdentities(writer.pool, [other, { source: 'feed-a', id: 'never' }]);
    expect([...known.values()]).toEqual([
      [sampleEvent('SP1', 'e1').rawDigest, other.rawDigest]
        .sort()
        .map((rawDigest) => ({ caseId: 'feed-a/SP1', rawDigest })),
    ]);
    const [loaded] = await loadCases(writer.pool, writer, ['feed-a/SP1']);
    expect(
      loaded?.content === 'as-known'
        ? null
        : loaded?.content.events.map((event) => event.dataVersion).sort(),
    ).toEqual([1, 1, 2]);
  });

  it('refuses an event that somebody else has saved meanwhile, as an event to be looked up again', async () => {
    await saveStep(writer, fullStep(0n));
    const before = await rowCounts(writer);
    const moved = { ...sampleEvent('SP1', 'e1'), caseId: 'other-authority/SP1' };
    await expect(
      saveStep(
        writer,
        next({
          events: [toSave(moved, 4n)],
          cases: [{ ...sampleCase('SP1', 0), caseId: moved.caseId }],
        }),
      ),
    ).rejects.toThrow(KnownEventError);
    expect(await rowCounts(writer)).toEqual(before);
  });

  it('keeps instants to the millisecond, the year 9999 included', async () => {
    const far = Date.UTC(9999, 11, 31, 15, 59, 59, 999);
    await saveStep(
      writer,
      next({
        events: [
          toSave(
            sampleEvent('SP1', 'e1', { occurredAt: far, recordedAt: -62_135_596_800_000 }),
            0n,
          ),
        ],
        cases: [sampleCase('SP1', 0, { nextDueAt: AT + 1 })],
      }),
    );
    const { rows } = await admin.query(
      'select (extract(epoch from occurred_at) * 1000)::text as occurred, (extract(epoch from recorded_at) * 1000)::text as recorded from event',
    );
    expect(rows).toEqual([{ occurred: `${far}.000000`, recorded: '-62135596800000.000000' }]);
    const [loaded] = await loadCases(writer.pool, writer, ['feed-a/SP1']);
    expect(loaded?.content).toMatchObject({ nextDueAt: AT + 1 });
  });

  it('says that a case is as known, without reading it again', async () => {
    await saveStep(writer, fullStep(0n));
    const known = new Map([
      ['feed-a/SP1', 1],
      ['feed-a/SP2', 7],
    ]);
    const [same, changed] = await loadCases(writer.pool, writer, ['feed-a/SP1', 'feed-a/SP2'], {
      known,
    });
    expect(same).toEqual({ caseId: 'feed-a/SP1', version: 1, content: 'as-known' });
    expect(changed?.content).not.toBe('as-known');
  });

  it('numbers several changes of one finding in one step', async () => {
    const finding = sampleFinding('SP1', { level: 'notice' });
    const red = sampleFinding('SP1');
    await saveStep(
      writer,
      next({
        cases: [sampleCase('SP1', 0)],
        changes: [
          { caseId: finding.subject, change: raised(finding) },
          {
            caseId: finding.subject,
            change: { kind: 'level-raised', at: AT + 5, before: finding, after: red },
          },
        ],
      }),
    );
    const { rows } = await admin.query(
      'select change_no, kind, level from finding_change order by change_no',
    );
    expect(rows).toEqual([
      { change_no: 1, kind: 'raised', level: 'notice' },
      { change_no: 2, kind: 'level-raised', level: 'red' },
    ]);
    expect((await admin.query('select level, state, change_no from finding')).rows).toEqual([
      { level: 'red', state: 'open', change_no: 2 },
    ]);
  });

  it('keeps a record of 5 MB and one beside it byte for byte', async () => {
    const large = '大'.repeat(1_700_000);
    const event = sampleEvent('SP1', 'e1', { data: { text: large } });
    await saveStep(
      writer,
      next({
        events: [toSave(event, 0n, large), toSave(sampleEvent('SP1', 'e2'), 1n)],
        cases: [sampleCase('SP1', 0)],
      }),
    );
    const [loaded] = await loadCases(writer.pool, writer, ['feed-a/SP1']);
    const events = loaded?.content === 'as-known' ? [] : (loaded?.content.events ?? []);
    expect(events.find(({ id }) => id === 'e1')?.data.text === large).toBe(true);
    expect(events.find(({ id }) => id === 'e2')).toEqual(sampleEvent('SP1', 'e2'));
  });

  it('takes text that Postgres cannot hold in a message without losing the step', async () => {
    const payload = { got: 'a\u0000b', half: '\ud83d', kept: 'C:\\u0000 \\ud83d', count: 7n };
    const message = {
      messageId: 'm9',
      channel: 'quarantine-topic',
      key: 'k',
      payload,
      notBefore: AT,
    };
    await saveStep(writer, next({ messages: [message] }));
    expect((await admin.query('select payload from outbox')).rows).toEqual([
      { payload: { got: 'a\ufffdb', half: '\ufffd', kept: 'C:\\u0000 \\ud83d', count: '7' } },
    ]);
  });

  it('decides a quarantined record once', async () => {
    await saveStep(writer, fullStep(0n));
    const decision = {
      quarantineId: 'mingcha.events/0/3',
      to: 'repaired' as const,
      reasonText: '补正后重传',
      repairedBy: 'mingcha.events/0/4',
      at: AT,
    };
    await saveStep(writer, next({ actor: 'data-owner', quarantineDecisions: [decision] }));
    await expect(saveStep(writer, next({ quarantineDecisions: [decision] }))).rejects.toThrow(
      'is decided already',
    );
    expect(
      (await admin.query("select actor from audit_record where action = 'event.repaired'")).rows,
    ).toEqual([{ actor: 'data-owner' }]);
  });

  it('stores received bytes so that only the key of the case opens them', async () => {
    await saveStep(writer, fullStep(0n));
    const { rows } = await admin.query('select sealing, sealed from event');
    for (const row of rows) {
      expect(row.sealing).toBe(1);
      expect(row.sealed.includes('原文')).toBe(false);
    }
    const withoutKey = openWriter({ url: database.url, role: 'mingcha_monitor', masterKey: null });
    const withOther = openWriter({
      url: database.url,
      role: 'mingcha_monitor',
      masterKey: Buffer.alloc(32, 8),
    });
    await expect(loadCases(withoutKey.pool, withoutKey, ['feed-a/SP1'])).rejects.toThrow(
      'MINGCHA_MASTER_KEY is not set',
    );
    await expect(loadCases(withOther.pool, withOther, ['feed-a/SP1'])).rejects.toThrow(
      'do not open',
    );
    await admin.query(
      `set session_replication_role = replica;
       update case_key set secret = null, destroyed_at = now() where case_id = 'feed-a/SP1';
       set session_replication_role = origin`,
    );
    const [erased] = await loadCases(writer.pool, writer, ['feed-a/SP1']);
    expect(erased?.content).toMatchObject({
      erased: true,
      events: [],
      frozen: { reason: 'erased', regionCode: '130602', itemCode: 'XK-01', open: true },
    });
    await closeWriter(withoutKey);
    await closeWriter(withOther);
    expect(MASTER_KEY).toHaveLength(32);
  });
});

describe('what is known from when', () => {
  const fact = fullStep(0n).references[0] as StepToSave['references'][number];

  it('keeps both versions of a reference fact, each known for its time, in whatever order they come', async () => {
    const later = { ...fact, digest: 'bb', knownFrom: AT + 1000, body: { name: 'corrected' } };
    await saveStep(writer, next({ references: [later] }));
    await saveStep(writer, next({ references: [fact, fact] }));
    const names = async (at: number) =>
      (await loadReferences(writer.pool, at)).map((known) => known.body);
    expect(await names(AT - 1)).toEqual([]);
    expect(await names(AT)).toEqual([fact.body]);
    expect(await names(AT + 999)).toEqual([fact.body]);
    expect(await names(AT + 1000)).toEqual([later.body]);
    expect(await loadReferences(writer.pool, AT)).toEqual([
      { ...fact, validFrom: '2025-01-01', validTo: null },
    ]);
  });

  it('merges coverage: never back, counts added, gaps opened and closed, the past readable', async () => {
    const base = { source: 'feed-a', late: 0, quarantined: 0 };
    await saveStep(
      writer,
      next({ coverage: [{ ...base, evaluatedThrough: AT, late: 2, at: AT }] }),
    );
    await saveStep(
      writer,
      next({ coverage: [{ ...base, evaluatedThrough: AT - 5, quarantined: 1, at: AT + 1000 }] }),
    );
    expect(await loadCoverage(writer.pool)).toEqual([
      { source: 'feed-a', evaluatedThrough: AT, gap: null, late: 2, quarantined: 1, knownFrom: AT },
    ]);
    await saveStep(
      writer,
      next({
        coverage: [
          { ...base, evaluatedThrough: null, gap: { from: AT, reason: 'silent' }, at: AT + 2000 },
        ],
      }),
    );
    await saveStep(
      writer,
      next({ coverage: [{ ...base, evaluatedThrough: AT + 3000, gap: null, at: AT + 4000 }] }),
    );
    const at = async (instant: number) =>
      (await loadCoverage(writer.pool, instant)).map((row) => row.gap);
    expect(await at(AT + 1999)).toEqual([null]);
    expect(await at(AT + 2000)).toEqual([{ from: AT, reason: 'silent' }]);
    expect(await at(AT + 4000)).toEqual([null]);
    expect(await loadCoverage(writer.pool)).toMatchObject([
      { evaluatedThrough: AT + 3000, late: 2, quarantined: 1 },
    ]);
  });
});
