import { buildReferences, type ReferenceSettings } from '#core/build-references.js';
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
import type { CaseEvents } from '../log/external-sort.js';

export interface ReplayedCase {
  readonly caseId: string;
  readonly findings: readonly Finding[];
  /** Every raise, change, end and retraction in order; empty without `history`. */
  readonly changes: readonly FindingChange[];
}

/** The law as known at an instant. */
export type LawAt = (knownAt: Instant) => Law;

/** What a log is judged by. */
export interface Judging {
  readonly rulebook: Rulebook;
  /** A calendar of the caller's; null: the working days of China, with what the log itself publishes of them. */
  readonly calendar: Calendar | null;
  /** Records received later are not known. */
  readonly knownAt: Instant;
  readonly references?: ReferenceSettings;
}

/** The laws of a log, from the reference facts in it, in its order. */
export function lawsOf(judging: Judging, references: readonly Event[]): LawAt {
  const { calendar, rulebook } = judging;
  if (calendar === null) {
    const laws = new KnownLaws(rulebook, judging.references ?? {});
    for (const event of references) laws.add(event);
    return (knownAt) => laws.at(knownAt);
  }
  const { knownAt } = judging;
  const facts = buildReferences(references, { knownAt, calendar }, judging.references);
  const around = { calendar, references: facts, emptyLists: rulebook.emptyLists };
  return () => ({ rulebook, around });
}

export interface Asked {
  readonly laws: LawAt;
  /** The instant asked about, included. */
  readonly asOf: Instant;
  readonly knownAt: Instant;
  readonly history: boolean;
}

/** What the rules say of one case at `asOf`, or with `history` all that they said until then; findings sorted. */
export function judgeCase({ caseId, events }: CaseEvents, asked: Asked): ReplayedCase {
  const { laws, asOf, knownAt } = asked;
  if (!asked.history) {
    const saved = { caseId, received: events, findings: [], asOf };
    return { caseId, findings: findingsOf(restoreCase(saved, laws(knownAt))), changes: [] };
  }
  const ordered = events
    .filter((event) => event.receivedAt <= asOf)
    .sort((a, b) => a.receivedAt - b.receivedAt);
  const lawAt = (at: Instant) => laws(Math.min(knownAt, at));
  const state = newCase(caseId, lawAt(ordered[0]?.receivedAt ?? asOf));
  const changes: FindingChange[] = [];
  for (const event of ordered) {
    const law = lawAt(Math.max(event.receivedAt, state.asOf));
    changes.push(...advanceThrough(state, event.receivedAt, law, 'event'));
    changes.push(...acceptEvent(state, event, law));
  }
  changes.push(...advanceThrough(state, asOf, lawAt(Math.max(asOf, state.asOf)), 'tick'));
  return { caseId, findings: findingsOf(state).sort(compareFindings), changes };
}
