import { hash } from 'node:crypto';
import { buildReferences, REFERENCE_TYPES } from '#core/build-references.js';
import { nationalCalendar } from '#core/calendar/national.js';
import { createDecoder } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import { acceptEvent, advance, type CaseState, type Law, newCase } from '#core/step.js';
import { ANY_CITY, feedOf } from '#rulebook/city.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { type SimulateOptions, simulate } from '#simulator/simulate.js';

export interface EngineFigures {
  readonly events: number;
  readonly cases: number;
  readonly changes: number;
  readonly seconds: number;
}

/** Decoded events of a simulated city in the order of receipt, reference facts apart. */
export function simulatedEvents(options: SimulateOptions): {
  events: Event[];
  references: Event[];
} {
  const decoder = createDecoder({ feeds: (source) => feedOf(ANY_CITY, source) });
  const events: Event[] = [];
  const references: Event[] = [];
  for (const { receivedAt, value } of simulate(options)) {
    const decoded = decoder.decode({
      value,
      receivedAt: Date.parse(receivedAt),
      digest: hash('sha256', value),
    });
    if (!decoded.ok)
      throw new Error(`the simulator broke the contract: ${decoded.rejected.reason}`);
    if (REFERENCE_TYPES.has(decoded.event.type)) references.push(decoded.event);
    else if (!/^(feed|calendar|catalog|org)\./.test(decoded.event.type)) events.push(decoded.event);
  }
  return { events, references };
}

export function lawOf(references: readonly Event[], places = [packFolder('approval')]): Law {
  const { rulebook } = loadRulebook(places);
  const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);
  const built = buildReferences(references, { knownAt: Number.MAX_SAFE_INTEGER, calendar }, {});
  return { rulebook, around: { calendar, references: built, emptyLists: rulebook.emptyLists } };
}

/**
 * The engine alone, on one thread: each event of an interleaved stream evaluated with the whole pack the moment it is
 * received, everything that fell due before it first. No decoding, no database.
 */
export function runEngine(events: readonly Event[], law: Law): EngineFigures {
  const cases = new Map<string, CaseState>();
  let changes = 0;
  const startedAt = performance.now();
  for (const event of events) {
    let state = cases.get(event.caseId);
    if (state === undefined) {
      state = newCase(event.caseId, law);
      cases.set(event.caseId, state);
    }
    changes += acceptEvent(state, event, law).length;
  }
  const last = events.at(-1)?.receivedAt ?? 0;
  for (const state of cases.values()) changes += advance(state, last, law).length;
  const seconds = (performance.now() - startedAt) / 1_000;
  return { events: events.length, cases: cases.size, changes, seconds };
}
