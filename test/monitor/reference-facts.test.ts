import { describe, expect, it } from '@jest/globals';
import { withDatabase } from '#test/env/database.js';
import { sentEvent } from '../api/sent-events.js';
import { compareSnapshots } from '../faults/compare.js';
import type { Stage } from '../faults/site.js';
import { takeSnapshot } from '../faults/snapshot.js';
import { byId, MonitorDesk, replayOf, type Sent, STORE } from './monitor-desk.js';

const ITEM = '000131013000';
const AGENCY = '11130602MB1234567P';
const ELSEWHERE = '11130607000012345X';

function sent(type: string, id: string, subject: string, at: string, data = {}): Sent {
  return { event: sentEvent(type, { id, subject, at, data }), receivedAt: `${at}:30+08:00` };
}

/** Accepted on 2025-09-15: 20 working days end on 2025-10-17 (National Day 10-01 to 10-08, worked on 09-28 and 10-11). */
const accepted = (subject: string, agencyCode = AGENCY) =>
  sent('approval.accepted', `acc-${subject}`, subject, '2025-09-15T09:00', {
    acceptedOn: '2025-09-15',
    agencyCode,
    statutoryLimit: { value: 20, unit: 'G' },
    promisedLimit: { value: 20, unit: 'G' },
    toleratedMaterials: [],
  });

const decided = (subject: string, at: string, agencyCode = AGENCY) =>
  sent('approval.decided', `dec-${subject}`, subject, at, { agencyCode });

const delivered = (subject: string, at: string, agencyCode = AGENCY) =>
  sent('approval.delivered', `del-${subject}`, subject, at, { agencyCode });

const published = (subject: string, at: string) =>
  sent('approval.published', `pub-${subject}-${at}`, subject, at, { agencyCode: ELSEWHERE });

/** A posting of the approver in the example of `approval.decided`. */
const posting = (at: string, post: string, from: string, powers: readonly string[]) =>
  sent('org.posting-changed', `posting-${post}-${at}`, 'SP-0003', at, { post, from, powers });

/** The feed was down on two working days. */
const outage = (at: string) =>
  sent('feed.outage-declared', 'outage-1', 'feed-a', at, {
    from: '2025-09-16T08:00:00+08:00',
    to: '2025-09-17T18:00:00+08:00',
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

const kindsOf = async (desk: MonitorDesk, subject: string, ruleId: string) =>
  (
    await desk.query<{ kind: string; at: Date }>(
      `select h.kind, h.at from finding_change h join finding f using (finding_id)
       where f.case_id = 'feed-a/${subject}' and f.rule_id = '${ruleId}' order by h.change_no`,
    )
  ).map(({ kind, at }) => `${kind} ${at.toISOString()}`);

describe('a reference fact that comes after what it disproves', () => {
  it('takes back "beyond powers" in a case that is over, once a late posting shows the power', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [
        posting('2025-01-02T09:00', '副局长', '2023-05-01', ['000131014000']),
        accepted('P1'),
        decided('P1', '2025-09-22T10:00'),
        delivered('P1', '2025-09-22T11:00'),
        heard('2025-10-19T09:00'),
      ]);
      await desk.tick('2025-10-19T10:00:00+08:00');
      expect(await kindsOf(desk, 'P1', 'IR-13')).toEqual(['raised 2025-09-22T02:00:30.000Z']);
      await desk.take(0, [posting('2025-10-20T09:00', '首席代表', '2025-06-01', [ITEM])]);
      await desk.tick('2025-10-20T10:00:00+08:00');
      expect(await kindsOf(desk, 'P1', 'IR-13')).toEqual([
        'raised 2025-09-22T02:00:30.000Z',
        'retracted 2025-10-20T01:00:30.000Z',
      ]);
    });
  });

  it('finds what a late posting shows to have been beyond powers', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [
        posting('2025-01-02T09:00', '副局长', '2023-05-01', [ITEM]),
        accepted('P1'),
        decided('P1', '2025-09-22T10:00'),
        delivered('P1', '2025-09-22T11:00'),
        heard('2025-10-19T09:00'),
      ]);
      await desk.tick('2025-10-19T10:00:00+08:00');
      expect(await kindsOf(desk, 'P1', 'IR-13')).toEqual([]);
      // The same post without the power, from before the decision.
      await desk.take(0, [posting('2025-10-20T09:00', '副局长', '2025-09-01', [])]);
      await desk.tick('2025-10-20T10:00:00+08:00');
      expect(await kindsOf(desk, 'P1', 'IR-13')).toEqual(['raised 2025-10-20T01:00:30.000Z']);
    });
  });

  it('knows two posts that a person took on the same day also after a restart', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [
        posting('2025-01-02T09:00', '副局长', '2023-05-01', ['000131014000']),
        posting('2025-01-02T09:05', '首席代表', '2023-05-01', [ITEM]),
      ]);
      await desk.restart();
      await desk.take(0, [accepted('P1'), decided('P1', '2025-09-22T10:00')]);
      expect(await kindsOf(desk, 'P1', 'IR-13')).toEqual([]);
    });
  });

  it('takes back that the posting of a responsible person was unknown, once it is entered', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [
        posting('2025-01-02T09:00', '副局长', '2023-05-01', [ITEM]),
        accepted('P1'),
        decided('P1', '2025-09-22T10:00'),
        delivered('P1', '2025-09-22T11:00'),
        heard('2025-10-19T09:00'),
      ]);
      await desk.tick('2025-10-19T10:00:00+08:00');
      // SP-0021, whom the examples name as responsible, was never posted.
      expect((await kindsOf(desk, 'P1', 'DQ-10'))[0]).toMatch(/^raised /);
      const person = { staffNo: 'SP-0021', name: '孙丽', post: '科长', unitCode: 'BD-SPJ' };
      await desk.take(0, [
        sent('org.posting-changed', 'posting-21', 'SP-0021', '2025-10-20T09:00', {
          person,
          post: '科长',
          from: '2023-05-01',
          powers: [],
        }),
      ]);
      await desk.tick('2025-10-20T10:00:00+08:00');
      expect((await kindsOf(desk, 'P1', 'DQ-10')).at(-1)).toBe(
        'retracted 2025-10-20T01:00:30.000Z',
      );
    });
  });

  it('leaves cases of another agency alone until they are looked at, and then counts from when it was known', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [
        posting('2025-01-02T09:00', '副局长', '2023-05-01', ['000131014000']),
        accepted('P2', ELSEWHERE),
        decided('P2', '2025-09-22T10:00', ELSEWHERE),
        delivered('P2', '2025-09-22T11:00', ELSEWHERE),
        published('P2', '2025-09-23T10:00'),
        posting('2025-10-20T09:00', '首席代表', '2025-06-01', [ITEM]),
      ]);
      await desk.tick('2025-10-20T10:00:00+08:00');
      expect(await kindsOf(desk, 'P2', 'IR-13')).toEqual(['raised 2025-09-22T02:00:30.000Z']);
      await desk.take(0, [published('P2', '2025-10-25T10:00')]);
      expect(await kindsOf(desk, 'P2', 'IR-13')).toEqual([
        'raised 2025-09-22T02:00:30.000Z',
        'retracted 2025-10-20T01:00:30.000Z',
      ]);
    });
  });

  it('takes back an overdue decision, once an outage of the feed within its limit is declared', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [
        accepted('P1'),
        decided('P1', '2025-10-20T10:00'),
        delivered('P1', '2025-10-20T11:00'),
        heard('2025-11-02T09:00'),
      ]);
      await desk.tick('2025-11-02T10:00:00+08:00');
      // The last day was 2025-10-17.
      expect((await kindsOf(desk, 'P1', 'OD-03'))[0]).toBe('raised 2025-10-17T16:00:00.000Z');
      await desk.take(0, [outage('2025-11-03T12:00')]);
      await desk.tick('2025-11-03T13:00:00+08:00');
      expect((await kindsOf(desk, 'P1', 'OD-03')).at(-1)).toBe(
        'retracted 2025-11-03T04:00:30.000Z',
      );
    });
  });
});

describe('what becomes known while a monitor lags', () => {
  /** With the notice of 2025-11-04 for 2026, which the program brings. */
  const log = [
    posting('2025-01-02T09:00', '副局长', '2023-05-01', ['000131014000']),
    accepted('P1'),
    accepted('P2'),
    accepted('P3', ELSEWHERE),
    decided('P1', '2025-09-22T10:00'),
    decided('P3', '2025-09-22T10:00', ELSEWHERE),
    delivered('P1', '2025-09-22T11:00'),
    heard('2025-10-19T09:00'),
    posting('2025-10-20T09:00', '首席代表', '2025-06-01', [ITEM]),
    decided('P2', '2025-10-21T10:00'),
    outage('2025-11-03T12:00'),
    heard('2025-11-05T09:00'),
    delivered('P3', '2025-11-06T09:00', ELSEWHERE),
    posting('2025-11-10T09:00', '首席代表', '2025-06-01', []),
    heard('2026-01-20T09:00'),
  ];

  it('leaves the same records whether cases are looked at at once, later, or by another monitor after a restart', async () => {
    const run = (after: (place: number) => boolean, restarts: boolean) =>
      onDesk(async (desk, url) => {
        for (const [place, record] of log.entries()) {
          if (restarts) await desk.restart();
          await desk.take(0, [record]);
          if (after(place)) await desk.tick(record.receivedAt);
        }
        await desk.tick('2026-01-21T00:00:00+08:00');
        return takeSnapshot({ databaseUrl: url } as Stage);
      });
    const calm = await run(() => true, false);
    expect(calm.get('history of a finding')?.size).toBeGreaterThan(4);
    expect(compareSnapshots(calm, await run(() => false, false))).toEqual([]);
    expect(compareSnapshots(calm, await run((place) => place % 3 === 1, true))).toEqual([]);
    expect(compareSnapshots(calm, await run((place) => place === 11, true))).toEqual([]);
  });

  it('is replayed from the log as it was lived through', async () => {
    await onDesk(async (desk) => {
      const asOf = '2026-01-21T00:00:00+08:00';
      for (const record of log) {
        await desk.take(0, [record]);
        await desk.tick(record.receivedAt);
      }
      await desk.tick(asOf);
      const replayed = await replayOf(log.toReversed(), asOf, true);
      for (const caseId of ['feed-a/P1', 'feed-a/P2', 'feed-a/P3']) {
        const found = replayed.get(caseId);
        expect(found?.findings.toSorted(byId)).toEqual(
          (await desk.findings(caseId)).toSorted(byId),
        );
        expect(found?.changes.map(({ kind, at }) => `${kind} ${at}`)).toEqual(
          (await desk.changes(caseId)).map(({ kind, at }) => `${kind} ${at}`),
        );
      }
    });
  });
});
