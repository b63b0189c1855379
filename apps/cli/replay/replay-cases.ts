import {
  buildReferences,
  REFERENCE_TYPES,
  type ReferenceSettings,
} from '#core/build-references.js';
import type { Calendar } from '#core/calendar/calendar.js';
import type { Event, Instant } from '#core/event/event.js';
import type { Finding, FindingChange } from '#core/finding.js';
import { KnownLaws } from '#core/known-laws.js';
import type { Rulebook } from '#core/rule/compile.js';
import {
  acceptEvent,
  compareFindings,
  findingsOf,
  type Law,
  newCase,
  restoreCase,
} from '#core/step.js';
import { advanceThrough } from '#core/work-case.js';
import { casesOf } from '../log/external-sort.js';

export interface ReplayRequest {
  readonly events: AsyncIterable<Event>;
  readonly rulebook: Rulebook;
  /** A calendar of the caller's; null: the working days of China, with what the log itself publishes of them. */
  readonly calendar: Calendar | null;
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
  let laws: LawAt | null = null;
  let evaluated = 0;
  for await (const { caseId, events } of casesOf(caseEvents())) {
    laws ??= lawsOf(request, references);
    const asOf = request.asOf ?? last;
    evaluated += events.length;
    if (evaluated % REPORT_EVERY < events.length) request.onProgress?.(evaluated, 'evaluate');
    yield replayCase(caseId, events, {
      laws,
      asOf,
      knownAt: request.knownAt,
      history: request.history,
    });
  }
}

/** The law as known at an instant. */
type LawAt = (knownAt: Instant) => Law;

function lawsOf(request: ReplayRequest, references: readonly Event[]): LawAt {
  const { calendar, rulebook } = request;
  if (calendar === null) {
    const laws = new KnownLaws(rulebook, request.references ?? {});
    for (const event of references) laws.add(event);
    return (knownAt) => laws.at(knownAt);
  }
  const { knownAt } = request;
  const facts = buildReferences(references, { knownAt, calendar }, request.references);
  const around = { calendar, references: facts, emptyLists: rulebook.emptyLists };
  return () => ({ rulebook, around });
}

interface Asked {
  readonly laws: LawAt;
  readonly asOf: Instant;
  readonly knownAt: Instant;
  readonly history: boolean;
}

function replayCase(caseId: string, events: readonly Event[], asked: Asked): ReplayedCase {
  const { laws, asOf, knownAt } = asked;
  const known = events.filter((event) => event.receivedAt <= asOf || !asked.history);
  if (!asked.history) {
    const saved = { caseId, received: known, findings: [], asOf };
    return { caseId, findings: findingsOf(restoreCase(saved, laws(knownAt))), changes: [] };
  }
  const ordered = known.toSorted((a, b) => a.receivedAt - b.receivedAt);
  const lawAt = (at: Instant) => laws(Math.min(knownAt, at));
  const state = newCase(caseId, lawAt(ordered[0]?.receivedAt ?? asOf));
  const changes: FindingChange[] = [];
  for (const event of ordered) {
    const law = lawAt(Math.max(event.receivedAt, state.asOf));
    changes.push(...advanceThrough(state, event.receivedAt, law));
    changes.push(...acceptEvent(state, event, law));
  }
  changes.push(...advanceThrough(state, asOf, lawAt(Math.max(asOf, state.asOf))));
  return { caseId, findings: findingsOf(state).sort(compareFindings), changes };
}
