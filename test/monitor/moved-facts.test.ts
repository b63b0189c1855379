import { describe, expect, it } from '@jest/globals';
import { withDatabase } from '#test/env/database.js';
import { sentEvent } from '../api/sent-events.js';
import { compareSnapshots } from '../faults/compare.js';
import type { Stage } from '../faults/site.js';
import { takeSnapshot } from '../faults/snapshot.js';
import { byId, MonitorDesk, replayOf, type Sent, STORE } from './monitor-desk.js';

/** Accepted on 2025-09-15 with 20 working days: the last day is 2025-10-17 (time.md section 10, example 5). */
const LIMIT = { value: 20, unit: 'G' };
const OVERDUE = 'OD-03';

function sent(type: string, id: string, subject: string, at: string, data = {}): Sent {
  return { event: sentEvent(type, { id, subject, at, data }), receivedAt: `${at}:30+08:00` };
}

function accepted(subject: string): Sent {
  const limits = { acceptedOn: '2025-09-15', statutoryLimit: LIMIT, promisedLimit: LIMIT };
  return sent('approval.accepted', `acc-${subject}`, subject, '2025-09-15T09:00', {
    ...limits,
    toleratedMaterials: [],
  });
}

/** The decision of N2, in time, but entered under the number of N1. */
const decided = (subject: string, id = 'dec') =>
  sent('approval.decided', id, subject, '2025-10-16T09:00');

function correcting(
  id: string,
  of: string,
  [from, to]: readonly [string, string | null],
  at: string,
): Sent {
  const stated = sentEvent('approval.decided', { id, subject: from, at: '2025-10-16T09:00' });
  const data = {
    ...(stated.data as object),
    recordedAt: `${at}:00+08:00`,
    correctionOf: { source: 'feed-a', id: of },
    correctionReason: '申办流水号录错',
    correctedType: 'approval.decided',
    correctedSubject: to,
  };
  return { event: { ...stated, type: 'approval.corrected', data }, receivedAt: `${at}:30+08:00` };
}

function revoking(id: string, of: string, subject: string, at: string): Sent {
  return sent('approval.revoked', id, subject, at, {
    correctionOf: { source: 'feed-a', id: of },
    correctionReason: '更正有误',
  });
}

/** A record of the feed that says that it delivered through `at`. */
function heard(at: string): Sent {
  return sent('approval.applied', `hear-${at}`, `H-${at}`, at);
}

const WRONG = decided('N1');
const TO_N2 = correcting('m1', 'dec', ['N1', 'N2'], '2025-10-22T09:00');
const ON_TO_N3 = correcting('m2', 'm1', ['N2', 'N3'], '2025-10-23T09:00');
const BACK_TO_N1 = revoking('r1', 'm1', 'N1', '2025-10-24T09:00');

async function onDesk<T>(
  body: (desk: MonitorDesk, url: string) => Promise<T>,
  key?: null,
): Promise<T> {
  return withDatabase(STORE, async (url) => {
    const desk = new MonitorDesk(url, key);
    try {
      return await body(desk, url);
    } finally {
      await desk.close();
    }
  });
}

async function overdue(desk: MonitorDesk, subject: string): Promise<boolean> {
  const findings = await desk.findings(`feed-a/${subject}`);
  return findings.some(({ ruleId, until }) => ruleId === OVERDUE && until === null);
}

async function standing(desk: MonitorDesk): Promise<unknown> {
  const findings = await Promise.all(
    ['N1', 'N2', 'N3'].map((subject) => desk.findings(`feed-a/${subject}`)),
  );
  const alerts = await desk.query(
    `select alert_id, level, ended, recipient_unit from alert where not retracted order by alert_id`,
  );
  return { findings, alerts };
}

/** The chain of audit records of a case: its events, and changes of the finding that it is overdue. */
async function recordOf(desk: MonitorDesk, subject: string): Promise<string[]> {
  const rows = await desk.query<{ line: string }>(
    `select action || case when action like 'event.%' then replace(object, 'event:feed-a/', ' ') else '' end as line
     from audit_record
     where entity = 'case:feed-a/${subject}' and (action like 'event.%' or rule_version like '${OVERDUE}@%')
     order by entity_seq`,
  );
  return rows.map(({ line }) => line);
}

const sole = async (desk: MonitorDesk, sql: string) => (await desk.query<{ n: string }>(sql))[0]?.n;

describe('a decision entered under the number of another case', () => {
  it('reaches its case by a correction: what was found there is taken back, in one step with the other case', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [accepted('N1'), WRONG]);
      await desk.take(1, [accepted('N2'), heard('2025-10-21T09:00')]);
      await desk.tick('2025-10-21T10:00:00+08:00');
      expect(await overdue(desk, 'N2')).toBe(true);
      expect(await overdue(desk, 'N1')).toBe(false);
      await desk.take(0, [TO_N2]);
      await desk.tick('2025-10-22T10:00:00+08:00');
      expect(await overdue(desk, 'N2')).toBe(false);
      expect(await overdue(desk, 'N1')).toBe(true);
      expect(await desk.eventsOf('feed-a/N2')).toEqual(['acc-N2', 'dec', 'm1']);
      const kinds = await desk.query(
        `select h.kind from finding_change h join finding f using (finding_id)
         where f.case_id = 'feed-a/N2' and f.rule_id = '${OVERDUE}' order by h.change_no`,
      );
      expect(kinds.map((row) => (row as { kind: string }).kind)).toEqual(['raised', 'retracted']);
      expect(
        await desk.query(
          `select action, object from audit_record where entity = 'case:feed-a/N2' and action like 'event.%' order by entity_seq`,
        ),
      ).toEqual([
        { action: 'event.accepted', object: 'event:feed-a/acc-N2' },
        { action: 'event.moved', object: 'event:feed-a/dec' },
        { action: 'event.moved', object: 'event:feed-a/m1' },
      ]);
    });
  });

  it('goes on to a third case, and comes back where the correction is revoked', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [accepted('N1'), WRONG]);
      await desk.take(1, [accepted('N2'), heard('2025-10-21T09:00')]);
      await desk.take(2, [accepted('N3'), heard('2025-10-21T09:00')]);
      await desk.take(0, [TO_N2]);
      await desk.take(1, [ON_TO_N3]);
      await desk.tick('2025-10-23T10:00:00+08:00');
      const all = async () =>
        Promise.all(['N1', 'N2', 'N3'].map((subject) => overdue(desk, subject)));
      expect(await all()).toEqual([true, true, false]);
      // The second correction stands in N2, its effect in N3, and N1 knows that its fact is still away.
      expect(await desk.eventsOf('feed-a/N1')).toEqual(['acc-N1', 'dec', 'm1', 'm2']);
      expect(await desk.eventsOf('feed-a/N3')).toEqual(['acc-N3', 'dec', 'm1', 'm2']);
      await desk.restart();
      await desk.take(0, [BACK_TO_N1]);
      await desk.tick('2025-10-24T10:00:00+08:00');
      expect(await all()).toEqual([false, true, true]);
    });
  });

  it('ends alike where the corrections arrive before what they correct', async () => {
    const run = (batches: readonly [number, readonly Sent[]][]) =>
      onDesk(async (desk) => {
        for (const [partition, records] of batches) await desk.take(partition, records);
        for (const partition of [0, 1, 2])
          await desk.take(partition, [heard(`2025-10-2${5 + partition}T09:00`)]);
        await desk.tick('2025-10-28T10:00:00+08:00');
        return standing(desk);
      });
    const own = [accepted('N1'), accepted('N2'), accepted('N3')] as const;
    const expected = await run([
      [0, [own[0], WRONG]],
      [1, [own[1]]],
      [2, [own[2]]],
      [0, [TO_N2]],
      [1, [ON_TO_N3]],
    ]);
    const others: (readonly [number, readonly Sent[]][])[] = [
      // The second move before the first, the first before its target, a case before anything of its own.
      [
        [1, [ON_TO_N3]],
        [0, [TO_N2]],
        [0, [own[0], WRONG]],
        [2, [own[2]]],
        [1, [own[1]]],
      ],
      [
        [0, [TO_N2, WRONG, own[0], WRONG, TO_N2]],
        [1, [ON_TO_N3, own[1], ON_TO_N3]],
        [2, [own[2]]],
      ],
      [
        [2, [own[2]]],
        [0, [WRONG]],
        [1, [ON_TO_N3, own[1]]],
        [0, [TO_N2, own[0]]],
      ],
    ];
    for (const order of others) expect(await run(order)).toEqual(expected);
  });

  it('leaves the same records of every entity with a restart before every batch, and with one record at a time', async () => {
    const batches: [number, readonly Sent[]][] = [
      [0, [accepted('N1'), WRONG, accepted('N2')]],
      [0, [heard('2025-10-21T09:00'), TO_N2, TO_N2]],
      [0, [accepted('N3'), ON_TO_N3, heard('2025-10-23T12:00'), BACK_TO_N1]],
    ];
    const run = (cut: readonly [number, readonly Sent[]][], restarts: boolean) =>
      onDesk(async (desk, url) => {
        for (const [partition, records] of cut) {
          if (restarts) await desk.restart();
          await desk.take(partition, records);
        }
        await desk.tick('2025-10-25T00:00:00+08:00');
        return takeSnapshot({ databaseUrl: url } as Stage);
      }, null);
    const calm = await run(batches, false);
    const single = batches.flatMap(([partition, records]) =>
      records.map((record): [number, readonly Sent[]] => [partition, [record]]),
    );
    expect(compareSnapshots(calm, await run(batches, true))).toEqual([]);
    expect(compareSnapshots(calm, await run(single, true))).toEqual([]);
    expect(calm.get('moved event')?.size).toBeGreaterThan(0);
  });

  it('is recorded in either case after what fell due there before it, whatever is saved together', async () => {
    // N2's limit ends on 2025-10-17: it was overdue before the correction of 2025-10-22 took that back.
    const inN2 = [
      'event.accepted acc-N2',
      'finding.raised',
      'event.moved dec',
      'event.moved m1',
      'finding.retracted',
    ];
    // N1 had its decision until the correction, and is overdue by it alone.
    const inN1 = [
      'event.accepted acc-N1',
      'event.accepted dec',
      'event.accepted m1',
      'finding.raised',
    ];
    const own = [accepted('N1'), accepted('N2'), WRONG];
    const ways: (readonly Sent[] | 'tick')[][] = [
      [[...own, TO_N2]],
      [...own, TO_N2].map((one) => [one]),
      [own, [TO_N2]],
      [own, 'tick', [TO_N2]],
    ];
    for (const way of ways)
      await onDesk(async (desk) => {
        for (const step of way)
          if (step === 'tick') await desk.tick('2025-10-21T10:00:00+08:00');
          else await desk.take(0, step);
        expect(await recordOf(desk, 'N2')).toEqual(inN2);
        expect(await recordOf(desk, 'N1')).toEqual(inN1);
      });
  });

  it('is replayed from the log as it was found live', async () => {
    const log = [
      accepted('N1'),
      WRONG,
      accepted('N2'),
      heard('2025-10-21T09:00'),
      TO_N2,
      accepted('N3'),
    ];
    const later = [ON_TO_N3, heard('2025-10-23T12:00'), BACK_TO_N1, heard('2025-10-24T12:00')];
    await onDesk(async (desk) => {
      await desk.take(0, log);
      await desk.take(0, later);
      const asOf = '2025-10-25T00:00:00+08:00';
      await desk.tick(asOf);
      for (const history of [false, true]) {
        const replayed = await replayOf([...later, ...log], asOf, history);
        for (const subject of ['N1', 'N2', 'N3']) {
          const caseId = `feed-a/${subject}`;
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

  it('is bound by two monitors at once as by one', async () => {
    const subjects = Array.from({ length: 12 }, (_, index) => index);
    const one = (index: number) => ({
      home: `A${index}`,
      other: `B${index}`,
      wrong: decided(`A${index}`, `dec-${index}`),
      move: correcting(
        `m-${index}`,
        `dec-${index}`,
        [`A${index}`, `B${index}`],
        '2025-10-22T09:00',
      ),
    });
    await onDesk(async (desk, url) => {
      const second = new MonitorDesk(url);
      try {
        await Promise.all([
          desk.take(
            0,
            subjects.flatMap((index) => [one(index).wrong, one(index).move]),
          ),
          second.take(
            1,
            subjects.map((index) => accepted(one(index).other)),
          ),
        ]);
        for (const index of subjects) {
          const kept = await desk.eventsOf(`feed-a/${one(index).other}`);
          expect(kept).toEqual([`acc-B${index}`, `dec-${index}`, `m-${index}`]);
          const findings = await desk.findings(`feed-a/${one(index).other}`);
          expect(findings.filter(({ ruleId }) => ruleId === OVERDUE)).toEqual([]);
        }
      } finally {
        await second.close();
      }
    });
  });

  it('is saved once per identity, its bytes where it was sent', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [accepted('N1'), WRONG, TO_N2, WRONG, TO_N2]);
      await desk.take(1, [accepted('N2')]);
      await desk.take(0, [TO_N2, WRONG]);
      expect(await sole(desk, 'select count(*) as n from event_identity')).toBe('4');
      expect(await sole(desk, 'select count(*) as n from event')).toBe('4');
      expect(await sole(desk, 'select count(*) as n from moved_event')).toBe('2');
      expect(
        await sole(desk, "select string_agg(distinct case_id, ',') as n from moved_event"),
      ).toBe('feed-a/N2');
    });
  });
});

describe('a correction sent under the number that its fact should have had', () => {
  it('finds its target in the other case and moves it', async () => {
    await onDesk(async (desk) => {
      await desk.take(0, [accepted('N1'), WRONG]);
      await desk.take(1, [
        accepted('N2'),
        correcting('m1', 'dec', ['N2', null], '2025-10-22T09:00'),
      ]);
      expect(await desk.eventsOf('feed-a/N1')).toEqual(['acc-N1', 'dec', 'm1']);
      expect(await desk.eventsOf('feed-a/N2')).toEqual(['acc-N2', 'dec', 'm1']);
      await desk.take(0, [heard('2025-10-25T09:00')]);
      await desk.tick('2025-10-24T10:00:00+08:00');
      expect(await overdue(desk, 'N1')).toBe(true);
      expect(await overdue(desk, 'N2')).toBe(false);
    });
  });
});
