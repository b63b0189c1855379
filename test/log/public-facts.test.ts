import { beforeAll, expect, it } from '@jest/globals';
import type { Event } from '#core/event/event.js';
import { casesOfLog, describeWithData } from './public-log.js';

const DAY_MS = 86_400_000;
const text = (event: Event, field: string): string => String(event.data[field]);
const ofType = (events: readonly Event[], type: string): Event[] =>
  events.filter((event) => event.type === type);
const count = <T>(items: Iterable<T>, holds: (item: T) => boolean): number =>
  [...items].filter(holds).length;

/** Local date by the runtime's own formatter, not by the code under test. */
const localDate = (at: number, zone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(at);

describeWithData('receipt.xes.gz through mappings/receipt.yaml', () => {
  let cases: Map<string, Event[]>;
  let all: Event[];
  beforeAll(async () => {
    cases = await casesOfLog('receipt.xes.gz', 'receipt');
    all = [...cases.values()].flat();
  });
  const officersOf = (events: readonly Event[], prefix: string): Set<string> =>
    new Set(
      events
        .filter(
          (event) => event.type === 'x.activity' && text(event, 'activity').startsWith(prefix),
        )
        .map((event) => text(event, 'officer')),
    );
  const activities = (events: readonly Event[]): Event[] =>
    ofType(events, 'x.activity').sort((a, b) => a.occurredAt - b.occurredAt);

  it('gives 1,434 cases, 8,577 activities of 27 kinds by 48 officers, 1,329 of the cases ended', () => {
    expect(cases.size).toBe(1434);
    const done = ofType(all, 'x.activity');
    expect(done).toHaveLength(8577);
    expect(new Set(done.map((event) => event.data.activity)).size).toBe(27);
    expect(new Set(done.map((event) => event.responsible?.staffNo)).size).toBe(48);
    expect(ofType(all, 'x.case-started')).toHaveLength(1434);
    expect(ofType(all, 'x.case-ended')).toHaveLength(1329);
  });

  it('gives every event an id of its own', () => {
    expect(new Set(all.map((event) => `${event.source} ${event.id}`)).size).toBe(all.length);
  });

  it('377 cases ended after their deadline by instants, 309 by local dates', () => {
    const ended = ofType(all, 'x.case-ended');
    expect(count(ended, (event) => event.occurredAt > Date.parse(text(event, 'deadlineAt')))).toBe(
      377,
    );
    expect(count(ended, (event) => event.occurredAt > Number(event.data.deadlineMs))).toBe(377);
    expect(count(ended, (event) => text(event, 'endedOn') > text(event, 'deadlineOn'))).toBe(309);
    for (const event of ended) {
      expect(text(event, 'endedOn')).toBe(localDate(event.occurredAt, 'Europe/Amsterdam'));
    }
  });

  it('knows 224 open, 46 of them past the deadline, 197 ended late at 2011-06-30T00:00+02:00', () => {
    const at = Date.parse('2011-06-30T00:00:00+02:00');
    let [open, past, late] = [0, 0, 0];
    for (const events of cases.values()) {
      const known = events.filter((event) => event.receivedAt <= at);
      const [started] = ofType(known, 'x.case-started');
      const [ended] = ofType(known, 'x.case-ended');
      if (started === undefined) continue;
      const deadline = Number(started.data.deadlineMs);
      if (ended === undefined) open += 1;
      if (ended === undefined && deadline < at) past += 1;
      if (ended !== undefined && ended.occurredAt > deadline) late += 1;
    }
    expect([open, past, late]).toEqual([224, 46, 197]);
  });

  it('has the same officer in T02 and T04 in 1,042 of 1,303 cases', () => {
    let [both, same] = [0, 0];
    for (const events of cases.values()) {
      const [second, fourth] = [officersOf(events, 'T02 '), officersOf(events, 'T04 ')];
      if (second.size === 0 || fourth.size === 0) continue;
      both += 1;
      if ([...second].some((officer) => fourth.has(officer))) same += 1;
    }
    expect([both, same]).toEqual([1303, 1042]);
  });

  it('hands work from A to B and back to A in 269 cases, 439 times', () => {
    const returns = [...cases.values()].map((events) => {
      const groups = activities(events).map((event) => text(event, 'group'));
      const path = groups.filter((group, index) => index === 0 || group !== groups[index - 1]);
      return path.filter((group, index) => index >= 2 && group === path[index - 2]).length;
    });
    expect(count(returns, (times) => times > 0)).toBe(269);
    expect(returns.reduce((sum, times) => sum + times, 0)).toBe(439);
  });

  it('has a gap of more than 30 x 24 h between consecutive activities in 35 cases', () => {
    const gapped = count(cases.values(), (events) =>
      activities(events).some(
        (event, index, list) =>
          event.occurredAt - (list[index - 1]?.occurredAt ?? event.occurredAt) > 30 * DAY_MS,
      ),
    );
    expect(gapped).toBe(35);
  });
});

describeWithData('roadtraffic100traces.xes through mappings/roadtraffic.yaml', () => {
  it('sends 35 of 78 fines more than 90 local dates after creating them', async () => {
    const cases = await casesOfLog('roadtraffic100traces.xes', 'roadtraffic');
    expect(cases.size).toBe(100);
    const dayOf = (events: readonly Event[], activity: string): number | null => {
      const found = events.find((event) => event.data.activity === activity);
      if (found === undefined) return null;
      expect(found.precision).toBe('day');
      expect(found.data.occurredOn).toBe(localDate(found.occurredAt, 'Europe/Rome'));
      return Date.parse(text(found, 'occurredOn')) / DAY_MS;
    };
    const waits = [...cases.values()].map((events) => {
      const [created, sent] = [dayOf(events, 'Create Fine'), dayOf(events, 'Send Fine')];
      return created === null || sent === null ? null : sent - created;
    });
    expect(count(waits, (days) => days !== null)).toBe(78);
    expect(count(waits, (days) => days !== null && days > 90)).toBe(35);
  });
});

describeWithData('boston311-100.csv through mappings/boston311.yaml', () => {
  it('agrees with the published verdict 100 of 100: 17 OVERDUE, 83 ONTIME', async () => {
    const cases = await casesOfLog('boston311-100.csv', 'boston311');
    expect(cases.size).toBe(100);
    // After the last target of an open request; the publisher judged later than that.
    const asOf = Date.parse('2022-05-21T00:00:00-04:00');
    const verdicts = [...cases.values()].map((events) => {
      const [opened] = ofType(events, 'x.request-opened');
      const [closed] = ofType(events, 'x.request-closed');
      const target = opened?.data.targetMs;
      const end = closed?.occurredAt ?? asOf;
      const own = typeof target === 'number' && end > target ? 'OVERDUE' : 'ONTIME';
      return { own, published: opened?.data.publishedVerdict };
    });
    expect(count(verdicts, ({ published }) => published === 'OVERDUE')).toBe(17);
    expect(count(verdicts, ({ published }) => published === 'ONTIME')).toBe(83);
    expect(count(verdicts, ({ own, published }) => own === published)).toBe(100);
  });

  it('reads local times in New York', async () => {
    const cases = await casesOfLog('boston311-100.csv', 'boston311');
    const [opened] = cases.get('boston311/101004143000') ?? [];
    expect(opened?.occurredAt).toBe(Date.parse('2022-01-21T13:47:00-05:00'));
    expect(opened?.data.targetAt).toBe('2022-02-04T13:47:30.000-05:00');
  });
});
