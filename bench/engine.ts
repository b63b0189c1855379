import { hash } from 'node:crypto';
import { buildReferences, REFERENCE_TYPES } from '#core/build-references.js';
import { nationalCalendar } from '#core/calendar/national.js';
import { createDecoder } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import { acceptEvent, advance, type CaseState, type Law, newCase } from '#core/step.js';
import { ANY_CITY, feedOf } from '#rulebook/city.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { type SimulatedRecord, type SimulateOptions, simulate } from '#simulator/simulate.js';
import type { BenchOptions } from './bench-options.js';
import { type Measure, measureOf, type Run } from './measure.js';
import { workloadRecords } from './published-workload.js';

export interface EngineFigures {
  readonly events: number;
  readonly cases: number;
  readonly changes: number;
  readonly seconds: number;
}

export interface DecodedStream {
  readonly events: Event[];
  readonly references: Event[];
}

/** Decoded events of a simulated city in the order of receipt, reference facts apart. */
export function simulatedEvents(options: SimulateOptions): DecodedStream {
  return decodeStream(simulate(options));
}

function decodeStream(records: Iterable<SimulatedRecord>): DecodedStream {
  const decoder = createDecoder({ feeds: (source) => feedOf(ANY_CITY, source) });
  const events: Event[] = [];
  const references: Event[] = [];
  for (const { receivedAt, value } of records) {
    const digest = hash('sha256', value);
    const decoded = decoder.decode({ value, receivedAt: Date.parse(receivedAt), digest });
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

const DEFAULT_EVENTS = 150_000;

/**
 * Events a second that one thread evaluates with the whole pack, beside what decoding the same records costs in the
 * same run. The first pass warms both up and is not counted.
 */
export function benchEngine(options: BenchOptions): Measure[] {
  const { behaviours } = options;
  const records = [...workloadRecords({ events: options.events ?? DEFAULT_EVENTS, behaviours })];
  const law = lawOf(decodeStream(records).references);
  const figures: EngineFigures[] = [];
  const runs: Run[] = [];
  const cpu: Run[] = [];
  for (let run = 0; run <= options.runs; run += 1) {
    const decoded = timed(() => decodeStream(records));
    const evaluated = timed(() => runEngine(decoded.result.events, law));
    if (run === 0) continue;
    const figure = evaluated.result;
    figures.push(figure);
    runs.push({ value: figure.events / figure.seconds, limit: records.length / decoded.seconds });
    cpu.push({
      value: (evaluated.cpuSeconds / figure.events) * 1e6,
      limit: (decoded.cpuSeconds / records.length) * 1e6,
    });
  }
  const { events, cases, changes } = figures[0] as EngineFigures;
  return [
    measureOf({
      name: 'engine',
      unit: 'events/s',
      runs,
      what:
        `${events} decoded events of the simulator in ${cases} interleaved cases (behaviours ${behaviours}), ` +
        `whole pack, one thread, ${changes} finding changes; limit: the same records decoded and digested only`,
    }),
    measureOf({
      name: 'engine-cpu',
      unit: 'us/event',
      runs: cpu,
      what: 'CPU time of all threads of the process, collector included; limit: of decoding and digesting only',
    }),
  ];
}

interface Timed<T> {
  readonly result: T;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function timed<T>(work: () => T): Timed<T> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const result = work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { result, seconds, cpuSeconds: (user + system) / 1e6 };
}
