import { describe, expect, it } from '@jest/globals';
import { withDatabase } from '#test/env/database.js';
import { sentEvent } from '../api/sent-events.js';
import { compareSnapshots } from '../faults/compare.js';
import type { Stage } from '../faults/site.js';
import { takeSnapshot } from '../faults/snapshot.js';
import { byId, MonitorDesk, replayOf, type Sent, STORE } from './monitor-desk.js';

/** The invented notice for 2027 of libs/core/calendar/published.test.ts: due 2027-02-18 instead of 2027-02-16. */
const SPRING = ['05', '06', '07', '08', '09', '10', '11', '12'].map((day) => `2027-02-${day}`);
const DAYS = {
  '2027-01-01': 'holiday',
  ...Object.fromEntries(SPRING.map((date) => [date, 'holiday'])),
  '2027-01-31': 'workday',
  '2027-02-13': 'workday',
};
const LIMIT = { value: 20, unit: 'G' };
const OVERDUE = 'OD-03';

function sent(type: string, id: string, subject: string, at: string, data = {}): Sent {
  return { event: sentEvent(type, { id, subject, at, data }), receivedAt: `${at}:30+08:00` };
}

const accepted = (subject: string, regionCode = '130606') =>
  sent('approval.accepted', `acc-${subject}`, subject, '2027-01-15T09:00', {
    regionCode,
    acceptedOn: '2027-01-15',
    statutoryLimit: LIMIT,
    promisedLimit: LIMIT,
    toleratedMaterials: [],
  });

const notice = (at: string, regionCode: string, days: object = DAYS) =>
  sent('calendar.published', `notice-${regionCode}`, '2027', at, {
    regionCode,
    year: 2027,
    days,
    basisDocNo: '国办发明电〔2026〕9号',
  });

const heard = (at: string) => sent('approval.applied', `hear-${at}`, `H-${at}`, at);

async function onDesk<T>(body: (desk: MonitorDesk, url: string) => Promise<T>): Promise<T> {
  return withDatabase(STORE, async (url) => {
    const desk = new MonitorDesk(url, null);
    try {
      return await body(desk, url);
    } finally {
      await desk.close();
    }
  });
}

async function overdueOf(desk: MonitorDesk, subject: string) {
  const findings = await desk.findings(`feed-a/${subject}`);
  return findings.filter(({ ruleId }) => ruleId === OVERDUE);
}

const kindsOf = async (desk: MonitorDesk, subject: string) =>
  (
    await desk.query<{ kind: string; at: Date }>(
      `select h.kind, h.at from finding_change h join finding f using (finding_id)
       where f.case_id = 'feed-a/${subject}' and f.rule_id = '${OVERDUE}' order by h.change_no`,
    )
  ).map(({ kind, at }) => `${kind} ${at.toISOString()}`);

describe('a notice that is published as an event', () => {
  it('takes back what the provisional calendar had found, in its jurisdiction only', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [accepted('N1'), accepted('N2', '310101'), heard('2027-02-17T09:00')]);
      await desk.tick('2027-02-17T10:00:00+08:00');
      // 2027-02-16 was the last day as far as anybody knew.
      expect(await kindsOf(desk, 'N1')).toEqual(['raised 2027-02-16T16:00:00.000Z']);
      const [before] = await overdueOf(desk, 'N1');
      await desk.take(0, [notice('2027-02-17T12:00', '130000')]);
      await desk.tick('2027-02-17T13:00:00+08:00');
      expect(await overdueOf(desk, 'N1')).toEqual([]);
      expect(await kindsOf(desk, 'N1')).toEqual([
        'raised 2027-02-16T16:00:00.000Z',
        'retracted 2027-02-17T04:00:30.000Z',
      ]);
      expect(await kindsOf(desk, 'N2')).toEqual(['raised 2027-02-16T16:00:00.000Z']);
      await desk.take(0, [heard('2027-02-19T09:00')]);
      await desk.tick('2027-02-19T10:00:00+08:00');
      const [after] = await overdueOf(desk, 'N1');
      expect(after?.since).toBe(Date.parse('2027-02-19T00:00:00+08:00'));
      expect(after?.calendarVersion).not.toBe(before?.calendarVersion);
    });
  });

  it('holds from the first event of a case that comes after it, one case of its jurisdiction and one of another', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [notice('2026-11-10T09:00', '130000')]);
      await desk.tick('2026-11-10T09:00:30+08:00');
      await desk.take(0, [accepted('N1'), accepted('N2', '310101'), heard('2027-02-17T09:00')]);
      await desk.tick('2027-02-17T10:00:00+08:00');
      expect(await kindsOf(desk, 'N1')).toEqual([]);
      expect(await kindsOf(desk, 'N2')).toEqual(['raised 2027-02-16T16:00:00.000Z']);
    });
  });

  it('leaves the same records whether cases are looked at at once, later, or by another monitor after a restart', async () => {
    const run = (ticks: readonly string[], restarts: boolean) =>
      onDesk(async (desk, url) => {
        await desk.take(0, [accepted('N1'), accepted('N2', '310101'), accepted('N3')]);
        const late = [notice('2027-02-17T12:00', '130000'), notice('2027-02-18T12:00', '100000')];
        for (const record of [heard('2027-02-17T09:00'), ...late]) {
          if (restarts) await desk.restart();
          await desk.take(0, [record]);
          if (ticks.length > 0) await desk.tick(record.receivedAt);
        }
        for (const tick of ticks) await desk.tick(tick);
        await desk.take(0, [heard('2027-02-25T09:00')]);
        await desk.tick('2027-02-25T10:00:00+08:00');
        return takeSnapshot({ databaseUrl: url } as Stage);
      });
    const calm = await run(['2027-02-18T13:00:00+08:00'], false);
    expect(compareSnapshots(calm, await run([], false))).toEqual([]);
    expect(compareSnapshots(calm, await run(['2027-02-18T12:00:30+08:00'], true))).toEqual([]);
    expect(calm.get('history of a finding')?.size).toBeGreaterThan(0);
  });

  it('is replayed from the log as it was lived through', async () => {
    const log = [
      accepted('N1'),
      accepted('N2', '310101'),
      heard('2027-02-17T09:00'),
      notice('2027-02-17T12:00', '130000'),
      notice('2027-02-18T12:00', '100000'),
      heard('2027-02-24T09:00'),
    ];
    await onDesk(async (desk) => {
      await desk.take(0, log);
      const asOf = '2027-02-25T00:00:00+08:00';
      await desk.tick(asOf);
      for (const history of [false, true]) {
        const replayed = await replayOf(log.toReversed(), asOf, history);
        for (const caseId of ['feed-a/N1', 'feed-a/N2']) {
          const found = replayed.get(caseId);
          const saved = await desk.findings(caseId);
          expect(found?.findings.toSorted(byId)).toEqual(saved.toSorted(byId));
          if (!history) continue;
          expect(found?.changes.map(({ kind, at }) => `${kind} ${at}`)).toEqual(
            (await desk.changes(caseId)).map(({ kind, at }) => `${kind} ${at}`),
          );
        }
      }
    });
  });

  it('is quarantined where it names a day that does not exist or a kind that nobody knows', async () => {
    await onDesk(async (desk) => {
      const outcome = await desk.take(0, [
        notice('2026-11-10T09:00', '100000', { '2027-02-30': 'holiday' }),
        notice('2026-11-10T09:00', '130000', { '2027-02-15': 'half' }),
      ]);
      expect(outcome).toMatchObject({ events: 0, rejected: 2 });
      expect(await desk.query('select reason, field from quarantine order by "offset"')).toEqual([
        { reason: 'malformed-field', field: 'data.days.2027-02-30' },
        { reason: 'malformed-field', field: 'data.days.2027-02-15' },
      ]);
    });
  });
});
