import { CorrectionChains, concernedBy } from '#core/event/correction-chains.js';
import type { Event, Instant } from '#core/event/event.js';
import type { Finding, FindingChange } from '#core/finding.js';
import {
  acceptEvent,
  advance,
  type CaseState,
  findingsOf,
  type Law,
  newCase,
  restoreCase,
} from '#core/step.js';
import type { Act, Ran } from './case-run.js';

interface InWork {
  state: CaseState;
  readonly saved: Map<string, Finding>;
  readonly changes: FindingChange[];
}

/**
 * Runs acts on many cases, each event going to every case that its chain of corrections concerns; `restart` takes every
 * case up again from its events and findings. What each case found and how, by case id.
 */
export function runCases(
  acts: readonly Act[],
  about: { readonly law: Law; readonly until: Instant },
): Map<string, Ran> {
  const { law, until } = about;
  const chains = new CorrectionChains();
  const cases = new Map<string, InWork>();
  const open = (caseId: string): InWork => {
    const known = cases.get(caseId);
    if (known !== undefined) return known;
    const made: InWork = { state: newCase(caseId, law), saved: new Map(), changes: [] };
    cases.set(caseId, made);
    return made;
  };
  for (const act of acts) {
    if (act.kind === 'event') {
      chains.add(act.event);
      const chain = chains.chainOf(act.event);
      const alongside = chain.filter((version) => version !== act.event);
      for (const caseId of concernedBy(chain)) {
        const one = open(caseId);
        keep(one, acceptEvent(one.state, act.event, law, alongside));
      }
    } else if (act.kind === 'tick')
      for (const one of cases.values()) keep(one, advance(one.state, act.to, law));
    else if (act.kind === 'restart') for (const one of cases.values()) takeUp(one, law);
  }
  const ran = new Map<string, Ran>();
  for (const [caseId, one] of [...cases].sort()) {
    keep(one, advance(one.state, until, law));
    ran.set(caseId, { findings: findingsOf(one.state), changes: one.changes });
  }
  return ran;
}

function keep({ saved, changes }: InWork, more: readonly FindingChange[]): void {
  changes.push(...more);
  for (const { before, after } of more)
    if (after !== null) saved.set(after.id, after);
    else if (before !== null) saved.delete(before.id);
}

function takeUp(one: InWork, law: Law): void {
  const { caseId, received, asOf } = one.state;
  const findings = [...one.saved.values()];
  one.state = restoreCase({ caseId, received: received.toReversed(), findings, asOf }, law);
}

/** What each of these cases says at `asOf` where everything is known to all of them at once. */
export function allAtOnce(
  events: readonly Event[],
  caseIds: Iterable<string>,
  { law, until }: { readonly law: Law; readonly until: Instant },
): Map<string, readonly Finding[]> {
  const found = new Map<string, readonly Finding[]>();
  for (const caseId of caseIds) {
    const state = restoreCase({ caseId, received: events, findings: [], asOf: until }, law);
    found.set(caseId, findingsOf(state));
  }
  return found;
}
