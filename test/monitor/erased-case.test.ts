import { describe, expect, it } from '@jest/globals';
import { approveErasure, requestErasure } from '#store/keeping/erasure.js';
import { closeWriter, openWriter } from '#store/writer.js';
import { withDatabase } from '#test/env/database.js';
import { sentEvent } from '../api/sent-events.js';
import { MonitorDesk, type Sent, STORE } from './monitor-desk.js';

const CASE = 'feed-a/N1';
const ABROAD = 'feed-a/N2';
const LIMIT = { value: 20, unit: 'G' };

function sent(type: string, id: string, subject: string, at: string, data = {}): Sent {
  return { event: sentEvent(type, { id, subject, at, data }), receivedAt: `${at}:30+08:00` };
}

const LIMITS = { statutoryLimit: LIMIT, promisedLimit: LIMIT, toleratedMaterials: [] };

/** Accepted on 2025-09-15 with 20 working days: the last day is 2025-10-17 (time.md section 10, example 5). */
const ACCEPTED = sent('approval.accepted', 'acc', 'N1', '2025-09-15T09:00', {
  acceptedOn: '2025-09-15',
  ...LIMITS,
});
/** By itself it would be overdue in December. */
const AGAIN = sent('approval.accepted', 'acc2', 'N1', '2025-10-28T09:00', {
  acceptedOn: '2025-10-28',
  ...LIMITS,
});
const DECIDED = sent('approval.decided', 'dec', 'N1', '2025-10-28T09:00');
const HEARD = sent('approval.applied', 'hear', 'H', '2025-10-27T09:00');

async function erase(url: string, caseId: string): Promise<void> {
  const archivist = openWriter({ url, role: 'mingcha_archivist', masterKey: null });
  try {
    const at = Date.parse('2025-10-26T09:00:00+08:00');
    const request = await requestErasure(
      archivist,
      { caseId, reason: 'term' },
      { actor: 'li', at },
    );
    await approveErasure(archivist, request, { actor: 'wang', at });
  } finally {
    await closeWriter(archivist);
  }
}

interface AlertRow {
  readonly state: string;
  readonly held: boolean;
}

async function onErased(
  body: (desk: MonitorDesk, alerts: () => Promise<AlertRow[]>) => Promise<void>,
): Promise<void> {
  await withDatabase(STORE, async (url) => {
    const desk = new MonitorDesk(url);
    const alerts = () =>
      desk.query<AlertRow>(`select state, held from alert where case_id = '${CASE}' order by 1`);
    try {
      await desk.take(0, [ACCEPTED]);
      // Nothing was decided: overdue, and held until the feed is heard to have delivered so far.
      await desk.tick('2025-10-25T09:00:00+08:00');
      expect(await alerts()).toContainEqual({ state: 'held', held: true });
      await erase(url, CASE);
      await body(desk, alerts);
    } finally {
      await desk.close();
    }
  });
}

describe('a case whose events were erased', () => {
  it('stands as it stands: ticks and restarts retract and raise nothing', async () => {
    await onErased(async (desk, alerts) => {
      const [findings, changes, stood] = [
        await desk.findings(CASE),
        await desk.changes(CASE),
        await alerts(),
      ];
      expect(findings.length).toBeGreaterThan(0);
      await desk.query(
        `update case_state set next_due_at = '2025-10-26' where case_id = '${CASE}'`,
      );
      // With what arrived since, before anything is forgotten.
      await desk.take(0, [AGAIN]);
      await desk.tick('2026-02-01T09:00:00+08:00');
      expect(await desk.changes(CASE)).toEqual(changes);
      for (const at of ['2025-10-27T09:00:00+08:00', '2026-03-01T09:00:00+08:00']) {
        await desk.tick(at);
        await desk.restart();
      }
      expect(await desk.eventsOf(CASE)).toEqual([]);
      expect(await desk.findings(CASE)).toEqual(findings);
      expect(await desk.changes(CASE)).toEqual(changes);
      expect(await alerts()).toEqual(stood);
    });
  });

  it('has its held alerts released once coverage allows', async () => {
    await onErased(async (desk, alerts) => {
      await desk.take(0, [HEARD]);
      expect(await desk.release('feed-a#0', '2025-10-27T09:00:00+08:00')).toBeGreaterThan(0);
      expect(await alerts()).not.toContainEqual({ state: 'held', held: true });
      expect(await alerts()).toContainEqual({ state: 'raised', held: false });
      expect(await desk.release('feed-a#0', '2025-10-27T09:00:00+08:00')).toBe(0);
    });
  });

  it('records what still arrives, readable by nobody, and judges nothing by it', async () => {
    await onErased(async (desk) => {
      const [row] = await desk.query<Record<string, unknown>>(
        `select region_code, agency_code, item_code, open_state from case_state where case_id = '${CASE}'`,
      );
      const [findings, changes] = [await desk.findings(CASE), await desk.changes(CASE)];
      const outcome = await desk.take(0, [DECIDED, DECIDED]);
      expect(outcome).toMatchObject({ events: 2, duplicates: 1, changes: 0 });
      expect(await desk.findings(CASE)).toEqual(findings);
      expect(await desk.changes(CASE)).toEqual(changes);
      expect(
        await desk.query(
          `select region_code, agency_code, item_code, open_state from case_state where case_id = '${CASE}'`,
        ),
      ).toEqual([row]);
      const kept = await desk.query<{ sealing: number; secret: Buffer | null; text: string }>(
        `select e.sealing, k.secret, encode(e.sealed, 'escape') as text from event e
         join case_key k using (case_id) where e.event_id = 'dec'`,
      );
      expect(kept).toMatchObject([{ sealing: 1, secret: null }]);
      expect(kept[0]?.text).not.toContain('approval.decided');
      const records = await desk.query<{ schema: string }>(
        "select schema from audit_record where object = 'event:feed-a/dec'",
      );
      expect(records).toEqual([{ schema: 'mingcha.event-accepted/2' }]);
    });
  });

  it('knows what comes again, whose bytes it cannot compare any more', async () => {
    await onErased(async (desk) => {
      expect(await desk.take(0, [ACCEPTED])).toMatchObject({ events: 1, duplicates: 1 });
      await desk.restart();
      expect(await desk.take(0, [ACCEPTED])).toMatchObject({ events: 1, duplicates: 1 });
    });
  });

  it('takes part in corrections without holding anybody up', async () => {
    await onErased(async (desk) => {
      const wrong = sent('approval.decided', 'dec2', 'N2', '2025-10-16T09:00');
      await desk.take(0, [wrong]);
      const { data } = sentEvent('approval.decided', {
        id: 'm1',
        subject: 'N2',
        at: '2025-10-16T09:00',
      });
      const moving = {
        ...sentEvent('approval.corrected', { id: 'm1', subject: 'N2', at: '2025-10-16T09:00' }),
        data: {
          ...(data as object),
          recordedAt: '2025-10-28T10:00:00+08:00',
          correctionOf: { source: 'feed-a', id: 'dec2' },
          correctionReason: '申办流水号录错',
          correctedType: 'approval.decided',
          correctedSubject: 'N1',
        },
      };
      const changes = await desk.changes(CASE);
      await desk.take(0, [{ event: moving, receivedAt: '2025-10-28T10:00:30+08:00' }]);
      expect(await desk.changes(CASE)).toEqual(changes);
      expect(await desk.eventsOf(ABROAD)).toEqual(['dec2', 'm1']);
      expect(await desk.query(`select 1 from moved_event where case_id = '${CASE}'`)).toEqual([]);
    });
  });
});
