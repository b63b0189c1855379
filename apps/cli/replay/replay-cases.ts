import {
  buildReferences,
  REFERENCE_TYPES,
  type ReferenceSettings,
} from '#core/build-references.js';
import type { Calendar } from '#core/calendar/calendar.js';
import type { Event, Instant } from '#core/event/event.js';
import type { Finding, FindingChange } from '#core/finding.js';
import type { Rulebook } from '#core/rule/compile.js';
import {
  acceptEvent,
  advance,
  compareFindings,
  findingsOf,
  type Law,
  newCase,
  restoreCase,
} from '#core/step.js';
import { casesOf } from '../log/external-sort.js';

export interface ReplayRequest {
  readonly events: AsyncIterable<Event>;
  readonly rulebook: Rulebook;
  readonly calendar: Calendar;
  /** Default: when the last record was received. */
  readonly asOf: Instant | null;
  /** Records received later are not known. Default: everything is known. */
  readonly knownAt: Instant;
  readonly history: boolean;
  readonly references?: ReferenceSettings;
  /** Told the number of events read. */
  readonly onProgress?: (events: number, phase: 'read' | 'evaluate') => void;
}

export interface ReplayedCase {
  readonly caseId: string;
  readonly findings: readonly Finding[];
  /** Every raise, change, end and retraction in order; empty without `history`. */
  readonly changes: readonly FindingChange[];
}

const REPORT_EVERY = 20_000;
const REFERENCE_STREAMS = /^(catalog|calendar|org|feed)\./;

/**
 * Evaluates a log without any server: cases in the order of their ids, findings sorted. The same log, rules and
 * calendar give the same answer whatever the order of its lines. Memory is bounded (events beyond it go to disk).
 */
export async function* replayCases(request: ReplayRequest): AsyncIterable<ReplayedCase> {
  const references: Event[] = [];
  let last = Number.NEGATIVE_INFINITY;
  let read = 0;
  async function* caseEvents(): AsyncIterable<Event> {
    for await (const event of request.events) {
      read += 1;
      if (read % REPORT_EVERY === 0) request.onProgress?.(read, 'read');
      if (event.receivedAt > request.knownAt) continue;
      last = Math.max(last, event.receivedAt);
      if (REFERENCE_TYPES.has(event.type)) references.push(event);
      else if (!REFERENCE_STREAMS.test(event.type)) yield event;
    }
  }
  let law: Law | null = null;
  let evaluated = 0;
  for await (const { caseId, events } of casesOf(caseEvents())) {
    law ??= lawOf(request, references);
    const asOf = request.asOf ?? last;
    evaluated += events.length;
    if (evaluated % REPORT_EVERY < events.length) request.onProgress?.(evaluated, 'evaluate');
    yield replayCase(caseId, events, { law, asOf, history: request.history });
  }
}

function lawOf(request: ReplayRequest, references: readonly Event[]): Law {
  const { calendar, rulebook } = request;
  const facts = buildReferences(
    references,
    { knownAt: request.knownAt, calendar },
    request.references,
  );
  return { rulebook, around: { calendar, references: facts, emptyLists: rulebook.emptyLists } };
}

interface Asked {
  readonly law: Law;
  readonly asOf: Instant;
  readonly history: boolean;
}

function replayCase(caseId: string, events: readonly Event[], asked: Asked): ReplayedCase {
  const { law, asOf } = asked;
  const known = events.filter((event) => event.receivedAt <= asOf || !asked.history);
  if (!asked.history) {
    const state = restoreCase({ caseId, received: known, findings: [], asOf }, law);
    return { caseId, findings: findingsOf(state), changes: [] };
  }
  const state = newCase(caseId, law);
  const changes: FindingChange[] = [];
  for (const event of known.toSorted((a, b) => a.receivedAt - b.receivedAt))
    changes.push(...acceptEvent(state, event, law));
  changes.push(...advance(state, asOf, law));
  return { caseId, findings: findingsOf(state).sort(compareFindings), changes };
}
