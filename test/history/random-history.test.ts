import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nationalCalendar } from '#core/calendar/national.js';
import type { Event } from '#core/event/event.js';
import { findingsOf, type Law } from '#core/step.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { lawOfExample } from '#rulebook/run-example.js';
import { type Act, arrivals, fromScratch, runAlerts, runCase } from './case-run.js';
import {
  amongOthers,
  disturbed,
  type History,
  histories,
  MARKS,
  type Mark,
} from './random-history.js';
import { byAlert, changesOf, expectSame, inOrder, standing, standingFor } from './same.js';

const { rulebook } = loadRulebook([packFolder('approval')]);
const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);
const LONG = process.env.MINGCHA_LONG === 'true';
const RUNS = LONG ? 5000 : 100;
const CASE = 'example/CASE-1';
/** Past everything that the histories can make due. */
const UNTIL = Date.UTC(2026, 2, 1);

function lawOf({ about }: History): Law {
  return lawOfExample({ ...about, is: '', events: [], asOf: '', expect: [] }, rulebook, calendar);
}

const ALL_HEARD: Act = { kind: 'heard', to: UNTIL };

const history = histories(LONG ? 30 : 16);

const heard = (...marks: Mark[]) =>
  history
    .chain((one) => fc.tuple(fc.constant(one), amongOthers(one.events)))
    .chain(([one, calm]) => fc.tuple(fc.constant(one), fc.constant(calm), disturbed(calm, marks)));

describe('random histories', () => {
  it('any order of arrival ends in the same findings and alerts', () => {
    fc.assert(
      fc.property(
        history.chain((one) => fc.tuple(fc.constant(one), shuffled(one.events))),
        ([one, other]) => {
          const about = { law: lawOf(one), until: UNTIL };
          const expected = runCase(CASE, arrivals(one.events), about);
          const acts: Act[] = other.map((event) => ({ kind: 'event', event }));
          expectSame(runCase(CASE, acts, about).findings, expected.findings);
          const alerts = runAlerts(CASE, [...arrivals(one.events), ALL_HEARD], about);
          const others = runAlerts(CASE, [...acts, ALL_HEARD], about);
          expectSame(standingFor(others.records), standingFor(alerts.records));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('repetition, ticks and restarts between records change neither findings nor their history', () => {
    fc.assert(
      fc.property(
        history.chain((one) => fc.tuple(fc.constant(one), disturbed(arrivals(one.events), MARKS))),
        ([one, acts]) => {
          const about = { law: lawOf(one), until: UNTIL };
          const expected = runCase(CASE, arrivals(one.events), about);
          const ran = runCase(CASE, acts, about);
          expectSame(changesOf(ran), changesOf(expected));
          expectSame(ran.findings, expected.findings);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('asking only the rules that a record can touch equals asking all of them', () => {
    fc.assert(
      fc.property(history, (one) => {
        const law = lawOf(one);
        runCase(CASE, arrivals(one.events), {
          law,
          until: UNTIL,
          onStep: (state) => {
            const { findings, nextDueAt } = fromScratch(state, law);
            expectSame(inOrder(findingsOf(state)), inOrder(findings));
            expect(state.nextDueAt).toBe(nextDueAt);
          },
        });
      }),
      { numRuns: RUNS },
    );
  });

  it('time passing in one go and in many steps gives the same history', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 50 }), (one, hours) => {
        const law = lawOf(one);
        const acts = arrivals(one.events);
        const whole = runCase(CASE, acts, { law, until: UNTIL });
        const last = Math.max(...one.events.map((event) => event.receivedAt));
        const ticks: Act[] = [];
        for (let to = last; to < last + 40 * 86_400_000; to += hours * 3_600_000)
          ticks.push({ kind: 'tick', to });
        const ticked = runCase(CASE, [...acts, ...ticks], { law, until: UNTIL });
        expectSame(changesOf(ticked), changesOf(whole));
      }),
      { numRuns: RUNS },
    );
  });

  it('restarts between records leave every alert with the same history', () => {
    fc.assert(
      fc.property(heard('restart'), ([one, calm, acts]) => {
        const about = { law: lawOf(one), until: UNTIL };
        const expected = runAlerts(CASE, calm, about);
        const ran = runAlerts(CASE, acts, about);
        expectSame(ran.alerts, expected.alerts);
        expectSame(standing(ran.records), standing(expected.records));
      }),
      { numRuns: RUNS },
    );
  });

  it('looking at the clock and repeated records leave every alert with the same history', () => {
    fc.assert(
      fc.property(heard(...MARKS), ([one, calm, acts]) => {
        const about = { law: lawOf(one), until: UNTIL };
        const expected = runAlerts(CASE, calm, about);
        const ran = runAlerts(CASE, acts, about);
        expectSame(byAlert(ran.alerts), byAlert(expected.alerts));
        expectSame(standing(ran.records), standing(expected.records));
      }),
      { numRuns: RUNS },
    );
  });
});

function shuffled(events: readonly Event[]): fc.Arbitrary<Event[]> {
  return fc.shuffledSubarray([...events], { minLength: events.length });
}
