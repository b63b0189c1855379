import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nationalCalendar } from '#core/calendar/national.js';
import type { Event } from '#core/event/event.js';
import type { ExampleSource } from '#core/rule/rule.js';
import { eventsOfExample } from '#rulebook/example-events.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { lawOfExample } from '#rulebook/run-example.js';
import { type Act, arrivals } from './case-run.js';
import { allAtOnce, runCases } from './many-cases.js';
import { allOrders } from './orders.js';
import { disturbed, type History, histories, MARKS, movedBetween } from './random-history.js';
import { changesOf, expectSame } from './same.js';

const { rulebook } = loadRulebook([packFolder('approval')]);
const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);
const LONG = process.env.MINGCHA_LONG === 'true';
const RUNS = LONG ? 2000 : 60;
const UNTIL = Date.UTC(2026, 2, 1);

const [A, B, C] = ['example/CASE-1', 'example/CASE-2', 'example/CASE-3'] as const;

function lawOf(about: History['about']) {
  return lawOfExample({ ...about, is: '', events: [], asOf: '', expect: [] }, rulebook, calendar);
}

const act = (event: Event): Act => ({ kind: 'event', event });

function inCase(event: Event, caseId: string): Event {
  return { ...event, caseId, subject: caseId.slice('example/'.length) };
}

/** A correction of `of` that states the decision again and moves it from the case it was sent to. */
function moving(
  of: Event,
  to: string,
  made: { readonly id: string; readonly at: string; readonly decision: Event },
): Event {
  const at = Date.parse(`${made.at}T09:00:00+08:00`);
  const correctedSubject = to.slice('example/'.length);
  return {
    ...made.decision,
    id: made.id,
    subject: of.subject,
    caseId: of.caseId,
    type: 'approval.corrected',
    correctionOf: { source: of.source, id: of.id },
    recordedAt: at,
    receivedAt: at,
    rawDigest: made.id,
    data: { ...made.decision.data, correctedType: 'approval.decided', correctedSubject },
  };
}

/**
 * Two cases accepted on 2025-09-15 with 20 working days: the last day is 2025-10-17 (time.md section 10, example 5).
 * Both are decided in time, but the decision of CASE-2 was entered under the number of CASE-1.
 */
const [ACCEPTED, DECIDED] = eventsOfExample({
  is: '',
  asOf: '',
  expect: [],
  events: [
    { type: 'accepted', at: '2025-09-15T09:00', statutoryLimit: '20 G', promisedLimit: '20 G' },
    { type: 'decided', at: '2025-10-16T09:00' },
  ],
} as unknown as ExampleSource) as [Event, Event];
const ACCEPTED_A = inCase({ ...ACCEPTED, id: 'a1' }, A);
const ACCEPTED_B = inCase({ ...ACCEPTED, id: 'b1' }, B);
const OWN_A = inCase({ ...DECIDED, id: 'a2' }, A);
const WRONG = inCase({ ...DECIDED, id: 'b2', occurredAt: DECIDED.occurredAt + 60_000 }, A);
const STATED = { ...WRONG };
const TO_B = moving(WRONG, B, { id: 'm1', at: '2025-10-22', decision: STATED });
const ON_TO_C = moving({ ...TO_B, caseId: B, subject: 'CASE-2' }, C, {
  id: 'm2',
  at: '2025-10-23',
  decision: STATED,
});
const REVOKED: Event = {
  ...TO_B,
  id: 'r1',
  type: 'approval.revoked',
  correctionOf: { source: TO_B.source, id: TO_B.id },
  recordedAt: Date.parse('2025-10-24T09:00:00+08:00'),
  receivedAt: Date.parse('2025-10-24T09:00:00+08:00'),
  rawDigest: 'r1',
  data: {},
};
const ABOUT = { law: lawOf({ item: {} } as History['about']), until: UNTIL };

/** Cases found overdue (OD-03) in the end, and what became of it where it was found and taken back. */
function overdue(events: readonly Event[]): Record<string, string[]> {
  const cases: Record<string, string[]> = {};
  for (const [caseId, { findings, changes }] of runCases(events.map(act), ABOUT)) {
    const ids = new Set(findings.filter(({ ruleId }) => ruleId === 'OD-03').map(({ id }) => id));
    const kinds = changes
      .filter((one) => (one.after ?? one.before)?.ruleId === 'OD-03')
      .map(({ kind }) => kind);
    if (kinds.length > 0) cases[caseId] = [...kinds, ids.size > 0 ? 'stands' : 'gone'];
  }
  return cases;
}

describe('a decision entered under the number of another case', () => {
  const wrong = [ACCEPTED_A, ACCEPTED_B, OWN_A, WRONG];

  it('leaves its own case overdue until a correction moves it there', () => {
    expect(overdue(wrong)[B]?.at(-1)).toBe('stands');
    const moved = overdue([...wrong, TO_B]);
    expect(moved[B]?.slice(-2)).toEqual(['retracted', 'gone']);
    expect(moved[A]).toBeUndefined();
  });

  it('is overdue again where a second correction moves it on to a third case', () => {
    expect(overdue([...wrong, TO_B, ON_TO_C])[B]?.at(-1)).toBe('stands');
  });

  it('is overdue again where the correction is revoked', () => {
    expect(overdue([...wrong, TO_B, REVOKED])[B]?.at(-1)).toBe('stands');
  });

  it('ends in the same findings whatever arrives first', () => {
    const told = [ACCEPTED_B, WRONG, TO_B, ON_TO_C, REVOKED];
    const expected = allAtOnce(told, [A, B, C], ABOUT);
    for (const order of allOrders(told)) {
      const ran = runCases(order.map(act), ABOUT);
      for (const [caseId, findings] of expected)
        expectSame(ran.get(caseId)?.findings ?? [], findings);
    }
  });
});

describe('random histories of three cases between which corrections move facts', () => {
  const moved = histories(LONG ? 24 : 12).chain((one) =>
    movedBetween(one.events, [A, B, C]).map((events) => ({ ...one, events })),
  );

  it('end in what all their versions at once say, in any order of arrival', () => {
    let across = 0;
    fc.assert(
      fc.property(
        moved.chain((one) =>
          fc.tuple(
            fc.constant(one),
            fc.shuffledSubarray([...one.events], { minLength: one.events.length }),
          ),
        ),
        ([one, order]) => {
          const about = { law: lawOf(one.about), until: UNTIL };
          const expected = allAtOnce(one.events, [A, B, C], about);
          across += one.events.some((event) => event.data.correctedSubject != null) ? 1 : 0;
          for (const acts of [arrivals(one.events), order.map(act)]) {
            const ran = runCases(acts, about);
            for (const [caseId, findings] of expected)
              expectSame(ran.get(caseId)?.findings ?? [], findings);
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect(across).toBeGreaterThan(RUNS / 4);
  });

  it('have the same history with records repeated, ticks and restarts between them', () => {
    fc.assert(
      fc.property(
        moved.chain((one) => fc.tuple(fc.constant(one), disturbed(arrivals(one.events), MARKS))),
        ([one, acts]) => {
          const about = { law: lawOf(one.about), until: UNTIL };
          const expected = runCases(arrivals(one.events), about);
          const ran = runCases(acts, about);
          for (const [caseId, calm] of expected) {
            const other = ran.get(caseId);
            expectSame(other && changesOf(other), changesOf(calm));
            expectSame(other?.findings, calm.findings);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});
