import { describe, expect, it } from '@jest/globals';
import { loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import { loadPositions } from '#store/stream-positions.js';
import {
  AT,
  fullStep,
  raised,
  sampleCase,
  sampleEvent,
  sampleFinding,
  toSave,
} from './sample-step.js';
import { laterStep, useStepDesk } from './step-desk.js';

const desk = useStepDesk();

describe('saveStep', () => {
  it('saves everything of a step and gives it back', async () => {
    const step = fullStep(0n);
    const saved = await saveStep(desk.writer, step);
    // 3 events, 1 that concerns the other case too, 1 finding change, 1 alert event, 1 quarantined record
    expect(saved).toEqual({ events: 3, changes: 1, alerts: 1, auditRecords: 7 });
    const [first, second, unknown] = await loadCases(desk.writer.pool, desk.writer, [
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
    expect(await loadPositions(desk.writer.pool, 'mingcha.events')).toEqual([
      { topic: 'mingcha.events', partition: 0, nextOffset: 4n, consumedThrough: AT },
    ]);
    const { rows } = await desk.admin.query(
      'select quarantine_id, reason, detail, raw from quarantine',
    );
    expect(rows).toEqual([
      {
        quarantine_id: 'mingcha.events/0/3',
        reason: 'not-json',
        raw: Buffer.from('{"id": 1'),
        detail: { position: 8, text: 'null \ufffd and half \ufffd' },
      },
    ]);
  });

  it('writes the scope on every row that a person may see', async () => {
    await saveStep(desk.writer, fullStep(0n));
    for (const [table, persons] of [
      ['event', ['U1/G1']],
      ['finding', ['U1/G1']],
      ['finding_change', ['U1/G1']],
      ['alert', ['U1/G1']],
      ['alert_event', ['U1/G1']],
      ['case_state', []],
    ] as const) {
      const { rows } = await desk.admin.query(
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

  it('keeps instants to the millisecond, the year 9999 included', async () => {
    const far = Date.UTC(9999, 11, 31, 15, 59, 59, 999);
    await saveStep(
      desk.writer,
      laterStep({
        events: [
          toSave(
            sampleEvent('SP1', 'e1', { occurredAt: far, recordedAt: -62_135_596_800_000 }),
            0n,
          ),
        ],
        cases: [sampleCase('SP1', 0, { nextDueAt: AT + 1 })],
      }),
    );
    const { rows } = await desk.admin.query(
      'select (extract(epoch from occurred_at) * 1000)::text as occurred, (extract(epoch from recorded_at) * 1000)::text as recorded from event',
    );
    expect(rows).toEqual([{ occurred: `${far}.000000`, recorded: '-62135596800000.000000' }]);
    const [loaded] = await loadCases(desk.writer.pool, desk.writer, ['feed-a/SP1']);
    expect(loaded?.content).toMatchObject({ nextDueAt: AT + 1 });
  });

  it('says that a case is as known, without reading it again', async () => {
    await saveStep(desk.writer, fullStep(0n));
    const known = new Map([
      ['feed-a/SP1', 1],
      ['feed-a/SP2', 7],
    ]);
    const [same, changed] = await loadCases(
      desk.writer.pool,
      desk.writer,
      ['feed-a/SP1', 'feed-a/SP2'],
      {
        known,
      },
    );
    expect(same).toEqual({ caseId: 'feed-a/SP1', version: 1, content: 'as-known' });
    expect(changed?.content).not.toBe('as-known');
  });

  it('numbers several changes of one finding in one step', async () => {
    const finding = sampleFinding('SP1', { level: 'notice' });
    const red = sampleFinding('SP1');
    await saveStep(
      desk.writer,
      laterStep({
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
    const { rows } = await desk.admin.query(
      'select change_no, kind, level from finding_change order by change_no',
    );
    expect(rows).toEqual([
      { change_no: 1, kind: 'raised', level: 'notice' },
      { change_no: 2, kind: 'level-raised', level: 'red' },
    ]);
    expect((await desk.admin.query('select level, state, change_no from finding')).rows).toEqual([
      { level: 'red', state: 'open', change_no: 2 },
    ]);
  });

  it('keeps a record of 5 MB and one beside it byte for byte', async () => {
    const large = '大'.repeat(1_700_000);
    const event = sampleEvent('SP1', 'e1', { data: { text: large } });
    await saveStep(
      desk.writer,
      laterStep({
        events: [toSave(event, 0n, large), toSave(sampleEvent('SP1', 'e2'), 1n)],
        cases: [sampleCase('SP1', 0)],
      }),
    );
    const [loaded] = await loadCases(desk.writer.pool, desk.writer, ['feed-a/SP1']);
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
    await saveStep(desk.writer, laterStep({ messages: [message] }));
    expect((await desk.admin.query('select payload from outbox')).rows).toEqual([
      { payload: { got: 'a\ufffdb', half: '\ufffd', kept: 'C:\\u0000 \\ud83d', count: '7' } },
    ]);
  });

  it('decides a quarantined record once', async () => {
    await saveStep(desk.writer, fullStep(0n));
    const decision = {
      quarantineId: 'mingcha.events/0/3',
      to: 'repaired' as const,
      reasonText: '补正后重传',
      repairedBy: 'mingcha.events/0/4',
      at: AT,
    };
    await saveStep(
      desk.writer,
      laterStep({ actor: 'data-owner', quarantineDecisions: [decision] }),
    );
    await expect(
      saveStep(desk.writer, laterStep({ quarantineDecisions: [decision] })),
    ).rejects.toThrow('is decided already');
    expect(
      (await desk.admin.query("select actor from audit_record where action = 'event.repaired'"))
        .rows,
    ).toEqual([{ actor: 'data-owner' }]);
  });
});
