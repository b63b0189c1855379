import type { Event, Instant } from '#core/event/event.js';
import { casesOf } from '../log/external-sort.js';
import { Intake } from './intake.js';
import { type Judging, judgeCase, type LawAt, lawsOf, type ReplayedCase } from './judge-case.js';

export interface ReplayRequest extends Judging {
  readonly events: AsyncIterable<Event>;
  /** Default: when the last record was received. */
  readonly asOf: Instant | null;
  readonly history: boolean;
  /** Told the number of events read. */
  readonly onProgress?: (events: number, phase: 'read' | 'evaluate') => void;
}

const REPORT_EVERY = 20_000;

/**
 * Evaluates a log without any server: cases in the order of their ids, findings sorted. The same log, rules and
 * calendar give the same answer whatever the order of its lines. Memory is bounded (events beyond it go to disk).
 */
export async function* replayCases(request: ReplayRequest): AsyncIterable<ReplayedCase> {
  const intake = new Intake(request.knownAt);
  let read = 0;
  async function* caseEvents(): AsyncIterable<Event> {
    for await (const event of request.events) {
      read += 1;
      if (read % REPORT_EVERY === 0) request.onProgress?.(read, 'read');
      if (intake.isOfCase(event)) yield event;
    }
  }
  const { knownAt, history } = request;
  let laws: LawAt | null = null;
  let evaluated = 0;
  for await (const one of casesOf(caseEvents())) {
    laws ??= lawsOf(request, intake.references);
    const asOf = request.asOf ?? intake.last;
    const before = evaluated;
    evaluated += one.events.length;
    if (Math.floor(before / REPORT_EVERY) < Math.floor(evaluated / REPORT_EVERY))
      request.onProgress?.(evaluated, 'evaluate');
    yield judgeCase(one, { laws, asOf, knownAt, history });
  }
}
