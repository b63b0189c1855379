import { describe, expect, it } from '@jest/globals';
import { leafHash } from '#core/audit/leaf-hash.js';
import { loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import {
  AT,
  fullStep,
  raised,
  sampleAlert,
  sampleCase,
  sampleEvent,
  sampleFinding,
  toSave,
} from './sample-step.js';
import { laterStep, useStepDesk } from './step-desk.js';

const desk = useStepDesk();

async function chain(entity: string): Promise<{ action: string; leaf: string }[]> {
  const { rows } = await desk.admin.query(
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
  it('records changes and moved events of a case between its events, in whatever order the step brings them', async () => {
    const event = (subject: string, id: string) => sampleEvent(subject, id);
    const finding = { SP1: sampleFinding('SP1'), SP2: sampleFinding('SP2') };
    const ended = { kind: 'ended', at: AT, before: finding.SP2, after: finding.SP2 } as const;
    await saveStep(
      desk.writer,
      laterStep({
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
    await saveStep(desk.writer, step);
    await saveStep(
      desk.writer,
      laterStep({
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
    const alone = await desk.admin.query(
      "select action, entity, entity_seq, prev from audit_record where action = 'event.quarantined'",
    );
    expect(alone.rows).toEqual([
      { action: 'event.quarantined', entity: null, entity_seq: null, prev: null },
    ]);
    const [loaded] = await loadCases(desk.writer.pool, desk.writer, ['feed-a/SP1']);
    expect(loaded?.content).toMatchObject({
      findings: [],
      alerts: [{ state: 'retracted', retracted: true, held: false }],
    });
    expect((await desk.admin.query('select count(*)::int as n from alert_hold')).rows).toEqual([
      { n: 0 },
    ]);
  });
});
