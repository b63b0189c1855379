import { describe, expect, it } from '@jest/globals';
import { nationalCalendar } from '#core/calendar/national.js';
import type { Event } from '#core/event/event.js';
import type { ExampleSource } from '#core/rule/rule.js';
import { findingsOf, type Law } from '#core/step.js';
import { eventsOfExample, instant } from '#rulebook/example-events.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { lawOfExample } from '#rulebook/run-example.js';
import { type Act, arrivals, fromScratch, runAlerts, runCase } from './case-run.js';
import { allOrders, seededOrders } from './orders.js';
import { byAlert, changesOf, expectSame, inOrder, standing, standingFor } from './same.js';

const { rulebook, sources } = loadRulebook([packFolder('approval')]);
const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);
const LONG = process.env.MINGCHA_LONG === 'true';
const CASE = 'example/CASE-1';
/** Up to so many events every order of arrival is tried, above it as many seeded ones. */
const ALL_ORDERS_UP_TO = LONG ? 6 : 3;
const ORDERS = LONG ? 200 : 4;

interface Told {
  readonly events: readonly Event[];
  readonly about: { readonly law: Law; readonly until: number };
}

function toldBy(example: ExampleSource): Told {
  const until = instant(example.asOf);
  return {
    events: eventsOfExample(example).filter((event) => event.receivedAt <= until),
    about: { law: lawOfExample(example, rulebook, calendar), until },
  };
}

const RESTART: Act = { kind: 'restart' };

/** Every example with the whole pack looking on: what holds for its own rule holds for all of them. */
describe.each(sources.map((rule) => ({ id: rule.id, examples: rule.examples })))(
  'examples of $id',
  ({ examples }) => {
    it('end in the same findings and alerts whatever the order of arrival', () => {
      for (const example of examples) {
        const { events, about } = toldBy(example);
        const expected = runCase(CASE, arrivals(events), about).findings;
        const allHeard: Act = { kind: 'heard', to: Number.MAX_SAFE_INTEGER };
        const told = runAlerts(CASE, [...arrivals(events), allHeard], about);
        const alerts = standingFor(told.records);
        const orders =
          events.length <= ALL_ORDERS_UP_TO ? allOrders(events) : seededOrders(events, ORDERS);
        for (const order of orders) {
          const acts = order.map((event): Act => ({ kind: 'event', event }));
          expectSame(runCase(CASE, acts, about).findings, expected);
          const others = runAlerts(CASE, [...acts, allHeard], about);
          expectSame(standingFor(others.records), alerts);
        }
      }
    });

    it('have the same history with records repeated, in batches, and taken up again after each record', () => {
      for (const example of examples) {
        const { events, about } = toldBy(example);
        const acts = arrivals(events);
        const expected = runCase(CASE, acts, about);
        const alerts = runAlerts(CASE, acts, about);
        const cuts = acts.map((_, index) => [
          ...acts.slice(0, index + 1),
          RESTART,
          ...acts.slice(index + 1),
        ]);
        const everywhere = acts.flatMap((act) => [act, act, RESTART]);
        for (const disturbed of [...cuts, everywhere]) {
          const ran = runCase(CASE, disturbed, about);
          expectSame(changesOf(ran), changesOf(expected));
          expectSame(ran.findings, expected.findings);
          const again = runAlerts(CASE, disturbed, about);
          expectSame(byAlert(again.alerts), byAlert(alerts.alerts));
          expectSame(standing(again.records), standing(alerts.records));
        }
      }
    });

    it('are judged alike by the rules that a record touches and by all of them', () => {
      for (const example of examples) {
        const { events, about } = toldBy(example);
        runCase(CASE, arrivals(events), {
          ...about,
          onStep: (state) => {
            const { findings, nextDueAt } = fromScratch(state, about.law);
            expectSame(inOrder(findingsOf(state)), inOrder(findings));
            expect(state.nextDueAt).toBe(nextDueAt);
          },
        });
      }
    });
  },
);
