import type { CaseDraft } from '../draft/case-draft.js';
import { finish, settle } from '../draft/closing.js';
import { toAcceptance } from '../draft/filing.js';
import { complete, doRole, enter, stepOf } from '../draft/handling.js';
import { L10, L15 } from '../lawful/scenario.js';
import { addWorkdays, dateOf, startOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { beforeOutage } from './overdue-decision.js';

// IR-03 体外循环: recorded more than one (red: three) working days after the fact; old document number; keyed in a burst.

/** A handling step known by its date only and keyed `n` working days later: no feed is late, only the entry. */
function enteredLater(c: CaseDraft, n: number) {
  toAcceptance(c);
  const step = stepOf(c, 'handle');
  enter(c, step, c.used(1));
  const on = c.used(2);
  const recordedAt = c.time(addWorkdays(on, n));
  const completed = complete(c, step, startOf(on), { by: { precision: 'day', recordedAt } });
  finish(c, c.used(9));
  return completed;
}

function enteredTwoDaysLater(c: CaseDraft): void {
  const fact = enteredLater(c, c.random.pick([2, 3]));
  c.trips('IR-03', fact, 'yellow', null, 'keyed two or three working days after the fact');
}

function enteredFourDaysLater(c: CaseDraft): void {
  const fact = enteredLater(c, 4);
  c.trips('IR-03', fact, 'red', null, 'keyed four working days after the fact');
}

/** The same with a time of day: then the feed is late as well. */
function enteredAndSentLate(c: CaseDraft): void {
  toAcceptance(c);
  const on = c.used(2);
  enter(c, stepOf(c, 'handle'), on);
  const at = c.time(on);
  const fact = complete(c, stepOf(c, 'handle'), at, {
    by: { recordedAt: c.time(addWorkdays(on, 2)) },
  });
  finish(c, c.used(9));
  c.trips('IR-03', fact, 'yellow', null, 'keyed two working days after the fact');
  c.trips('DQ-01', fact, 'data', null, 'and so received more than 24 hours after it');
}

function oldDocument(c: CaseDraft): void {
  toAcceptance(c);
  const on = c.used(5);
  doRole(c, 'handle', on);
  doRole(c, 'review', on);
  doRole(c, 'approve', on);
  const date = dateOf(addWorkdays(c.filedOn, -1)).replaceAll('-', '');
  const decided = settle(c, on, { by: { docNo: `云审决-${date}-${c.index % 997}` } });
  c.trips('IR-03', decided, 'yellow', null, 'decision document dated before acceptance');
}

function documentOfAcceptanceDay(c: CaseDraft): void {
  toAcceptance(c);
  const on = c.used(5);
  doRole(c, 'handle', on);
  doRole(c, 'review', on);
  doRole(c, 'approve', on);
  const date = dateOf(c.filedOn).replaceAll('-', '');
  settle(c, on, { by: { docNo: `云审决-${date}-${c.index % 997}` } });
}

/** Steps completed one after another by one clerk; the responsible officers stay those of the steps. */
function keyedInBurst(c: CaseDraft, n: number, everySeconds: number): void {
  toAcceptance(c);
  const on = c.used(6);
  let at = c.time(on);
  const operator = c.crew.clerk;
  for (const step of c.steps.slice(0, n)) {
    enter(c, step, at, { by: { operator, recordedAt: at } });
    at += everySeconds * 1000;
  }
  const begin = at;
  c.steps.slice(0, n).forEach((step, i) => {
    const when = begin + i * everySeconds * 1000;
    complete(c, step, when, { by: { operator, recordedAt: when + 1000 } });
    at = when;
  });
  c.notBefore(at + 3_600_000, on);
  finish(c, on);
}

function fiveInBurst(c: CaseDraft): void {
  keyedInBurst(c, 5, 90);
  settleBurstOwners(c);
  c.trips('IR-03', null, 'yellow', null, 'five steps keyed by one operator within ten minutes');
}

function allInBurst(c: CaseDraft): void {
  keyedInBurst(c, 7, 60);
  settleBurstOwners(c);
  c.trips('IR-03', null, 'red', null, 'every step keyed by one operator within ten minutes');
}

/** Each step is answered for by its own officer, whoever keyed it. */
function settleBurstOwners(c: CaseDraft): void {
  for (const fact of c.facts)
    if (fact.type === 'approval.step-completed' || fact.type === 'approval.step-entered') {
      const step = c.steps.find(({ code }) => code === fact.data.stepCode);
      if (step) fact.responsible = ownerOf(c, step.role);
    }
}

function ownerOf(c: CaseDraft, role: string) {
  if (role === 'approve') return c.crew.approver;
  return role === 'review' ? c.crew.reviewer : c.crew.handler;
}

function fourInBurst(c: CaseDraft): void {
  keyedInBurst(c, 4, 90);
  settleBurstOwners(c);
}

function fiveSlowly(c: CaseDraft): void {
  keyedInBurst(c, 5, 170);
  settleBurstOwners(c);
}

function enteredNextDay(c: CaseDraft): void {
  enteredLater(c, 1);
}

/** X8: done on paper on the day of the outage, keyed two working days later. */
function enteredAfterOutage(c: CaseDraft): void {
  const outage = beforeOutage(c, 2);
  toAcceptance(c);
  const step = stepOf(c, 'handle');
  enter(c, step, addWorkdays(c.filedOn, 1));
  complete(c, step, startOf(outage) + 36_000_000, {
    by: { precision: 'day', recordedAt: c.time(addWorkdays(outage, 2)) },
  });
  finish(c, c.used(6));
}

function batchEntered(c: CaseDraft): void {
  toAcceptance(c);
  const step = stepOf(c, 'handle');
  const on = c.used(1);
  enter(c, step, on);
  complete(c, step, c.time(on), { by: { recordedAt: c.time(addWorkdays(on, 4)) } });
  finish(c, c.used(7));
}

export const OFF_SYSTEM: readonly Behaviour[] = [
  hit('IR-03', 'keyed-two-days-later', L15, enteredTwoDaysLater),
  hit('IR-03', 'keyed-four-days-later', L15, enteredFourDaysLater),
  hit('IR-03', 'keyed-and-sent-late', L15, enteredAndSentLate),
  hit('IR-03', 'old-document', [...L10, ...L15], oldDocument),
  hit('IR-03', 'five-steps-in-a-burst', ['factory', 'mall'], fiveInBurst),
  hit('IR-03', 'all-steps-in-a-burst', ['factory', 'mall'], allInBurst),
  near('IR-03', 'keyed one working day later', L15, enteredNextDay),
  near('IR-03', 'document dated on the day of acceptance', L15, documentOfAcceptanceDay),
  near('IR-03', 'four steps in a burst', ['factory', 'mall'], fourInBurst),
  near('IR-03', 'five steps in eleven minutes', ['factory', 'mall'], fiveSlowly),
  near('IR-03', 'X8: done during a declared outage', L15, enteredAfterOutage, { feed: 'legacy' }),
  near('IR-03', 'agreed batch feed', L15, batchEntered, { feed: 'batch' }),
];
