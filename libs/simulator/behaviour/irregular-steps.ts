import type { CaseDraft } from '../draft/case-draft.js';
import { conclude, decide, deliver, finish, publish, settle, withdraw } from '../draft/closing.js';
import { accept, apply, file, receive, serve, toAcceptance } from '../draft/filing.js';
import { assign, complete, doRole, doStep, enter, inspect, stepOf } from '../draft/handling.js';
import { AUTO, L10, L15 } from '../lawful/scenario.js';
import { addWorkdays, dateOf, startOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { beforeOutage } from './overdue-decision.js';

// IR-01 环节缺失 (行政许可法 69(3)).

function without(c: CaseDraft, role: string) {
  toAcceptance(c);
  const on = c.used(5);
  for (const one of ['handle', 'review', 'approve']) if (one !== role) doRole(c, one, on);
  return settle(c, on);
}

function stepSkipped(c: CaseDraft): void {
  without(c, c.random.pick(['handle', 'review', 'approve']));
  const concluded = c.find('concluded');
  c.trips('IR-01', concluded, 'red', concluded.at, 'a mandatory step was never completed');
}

/** The optional expert step is left out. */
function optionalSkipped(c: CaseDraft): void {
  toAcceptance(c);
  finish(c, c.used(6));
}

function automaticSkipped(c: CaseDraft): void {
  file(c, { channel: 'online' });
  accept(c, c.filedOn);
  settle(c, c.filedOn);
}

function withdrawnEarly(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.used(1));
  withdraw(c, c.used(3));
}

// IR-02 环节倒置 (行政许可法 69(3)): instants compared, dates where one of the two is known by date only.

/** Review completed some minutes after the decision and before the conclusion. */
function reviewedAfter(c: CaseDraft, o: { precision?: 'day'; sameInstant?: boolean } = {}): void {
  toAcceptance(c);
  doStep(c, 'handle', c.used(1));
  const on = c.used(4);
  const review = stepOf(c, 'SH');
  doStep(c, 'approve', on);
  enter(c, review, on);
  const at = o.precision ? startOf(on) : c.time(on);
  const decided = decide(
    c,
    at,
    o.precision ? { by: { precision: 'day', recordedAt: at + 36_000_000 } } : {},
  );
  const completed = complete(c, review, o.sameInstant ? decided.at : c.time(on));
  conclude(c, on, 'granted');
  deliver(c, c.used(5));
  publish(c, c.used(6));
  if (!o.precision && !o.sameInstant)
    c.trips('IR-02', null, 'red', completed.at, 'reviewed after the decision');
}

function deliveredBefore(c: CaseDraft): void {
  toAcceptance(c);
  for (const role of ['handle', 'review', 'approve']) doRole(c, role, c.used(3));
  deliver(c, c.used(4));
  const decided = settle(c, c.used(5), { deliverAfter: 2 });
  c.trips('IR-02', null, 'red', decided.at, 'delivered the day before the decision');
}

function acceptedAfter(c: CaseDraft): void {
  file(c);
  const on = addWorkdays(c.filedOn, 1);
  for (const role of ['handle', 'review', 'approve']) doRole(c, role, on);
  serve(c, 'acceptance', on);
  const decided = decide(c, on);
  const accepted = accept(c, decided.at + 600_000, { notice: false });
  conclude(c, accepted.at + 600_000, 'granted');
  deliver(c, addWorkdays(on, 1));
  publish(c, addWorkdays(on, 2));
  c.trips('IR-02', null, 'red', accepted.at, 'accepted after the decision');
}

/** A lawful parallel step ends after the decision. */
function parallelAfter(c: CaseDraft): void {
  toAcceptance(c);
  for (const role of ['handle', 'review', 'approve']) doRole(c, role, c.used(3));
  const step = stepOf(c, 'BX');
  const on = c.used(4);
  enter(c, step, on);
  const decided = decide(c, on);
  complete(c, step, decided.at + 300_000);
  conclude(c, decided.at + 600_000, 'granted');
  deliver(c, c.used(5));
  publish(c, c.used(6));
}

function deliveredSameDate(c: CaseDraft): void {
  toAcceptance(c);
  const on = c.used(4);
  const decided = finish(c, on, { deliverAfter: null });
  const at = startOf(on);
  deliver(c, at, { precision: 'day', recordedAt: decided.at + 1_800_000 });
  serve(c, 'ready-for-collection', on);
}

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

// IR-14 一人包办.

function oneForAll(c: CaseDraft, roles: readonly string[]): void {
  toAcceptance(c);
  const on = c.used(4);
  const operator = c.crew.approver;
  for (const step of c.steps.filter(({ mandatory }) => mandatory)) {
    const by = roles.includes(step.role) ? { by: { operator, responsible: operator } } : {};
    enter(c, step, on, by);
    complete(c, step, on, by);
  }
  settle(c, on);
}

const ALL_ROLES = ['handle', 'review', 'approve'];

function oneDidAll(c: CaseDraft): void {
  oneForAll(c, ALL_ROLES);
  const last = c.facts.filter(({ type }) => type === 'approval.step-completed').at(-1);
  c.trips('IR-14', null, 'notice', last?.at ?? null, 'one officer handled, reviewed and approved');
}

function onePersonItem(c: CaseDraft): void {
  file(c);
  accept(c, c.filedOn);
  const operator = c.crew.approver;
  for (const step of c.steps) {
    enter(c, step, c.filedOn, { by: { operator, responsible: operator } });
    complete(c, step, c.filedOn, { by: { operator, responsible: operator } });
  }
  settle(c, c.filedOn, { deliverAfter: 0 });
}

// IR-21 虚假办结.

/** Concluded with no decision; the decision comes a day later, in time. */
function concludedFirst(c: CaseDraft): void {
  toAcceptance(c);
  for (const role of ALL_ROLES) doRole(c, role, c.used(3));
  const concluded = conclude(c, c.used(4), 'granted');
  decide(c, c.used(5));
  serve(c, 'decision', c.used(5));
  deliver(c, c.used(6));
  publish(c, c.used(6));
  c.trips('IR-21', null, 'red', concluded.at, 'concluded before any decision');
}

function workedAfter(c: CaseDraft): void {
  toAcceptance(c);
  assign(c, c.used(2));
  const on = c.used(5);
  finish(c, on);
  const work = inspect(c, addWorkdays(on, 2));
  c.trips('IR-21', null, 'red', work.at, 'inspected two days after the conclusion');
}

function concludedMerged(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.used(1));
  conclude(c, c.used(4), c.random.pick(['merged', 'transferred-out']));
}

function deliveredAfter(c: CaseDraft): void {
  toAcceptance(c);
  const decided = finish(c, c.used(4), { deliverAfter: 3, publishAfter: 2 });
  c.say(
    'rated',
    decided.at + 5 * 86_400_000,
    { subjectType: 'approval', score: 4, realName: true },
    { operator: c.crew.clerk },
  );
}

function concludedNextSecond(c: CaseDraft): void {
  toAcceptance(c);
  for (const role of ALL_ROLES) doRole(c, role, c.used(4));
  const decided = decide(c, c.used(4));
  conclude(c, decided.at + 1000, 'granted');
  deliver(c, c.used(5));
  publish(c, c.used(5));
}

// IR-16 已取消事项仍办 (优化营商环境条例 40).

function retiredUsed(c: CaseDraft): void {
  const applied = apply(c);
  receive(c);
  accept(c, c.filedOn);
  finish(c, c.used(5));
  c.trips('IR-16', applied, 'red', applied.at, 'filed after the item ended');
}

function filedOnLastDay(c: CaseDraft): void {
  c.filedOn = c.place.item.versions[0]?.to ?? c.filedOn;
  toAcceptance(c);
  finish(c, c.used(5));
}

function retiredEnd(agency: CaseDraft['place']['agency']): number {
  return agency.items.get('retired')?.versions[0]?.to ?? 0;
}

export const IRREGULAR_STEPS: readonly Behaviour[] = [
  hit('IR-01', 'step-skipped', ['food', 'hygiene', 'drain', 'hr', 'pharmacy'], stepSkipped),
  near('IR-01', 'an optional step left out', ['print', 'school'], optionalSkipped),
  near('IR-01', 'X4: automatic item', AUTO, automaticSkipped),
  near('IR-01', 'withdrawn before the review', L15, withdrawnEarly),
  hit('IR-02', 'reviewed-after-the-decision', [...L10, ...L15], (c) => reviewedAfter(c)),
  hit('IR-02', 'delivered-before-the-decision', [...L10, ...L15], deliveredBefore),
  hit('IR-02', 'accepted-after-the-decision', L15, acceptedAfter),
  near('IR-02', 'decision known by its date only', L15, (c) =>
    reviewedAfter(c, { precision: 'day' }),
  ),
  near('IR-02', 'review and decision at one instant', L15, (c) =>
    reviewedAfter(c, { sameInstant: true }),
  ),
  near('IR-02', 'lawful parallel step', ['publish'], parallelAfter),
  near('IR-02', 'delivery dated on the day of the decision', L15, deliveredSameDate),
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
  hit('IR-14', 'one-did-all', [...L10, ...L15], oneDidAll),
  near('IR-14', 'two of the three roles', [...L10, ...L15], (c) =>
    oneForAll(
      c,
      c.random.pick([
        ['handle', 'review'],
        ['review', 'approve'],
        ['handle', 'approve'],
      ]),
    ),
  ),
  near('IR-14', 'X4: automatic item', AUTO, (c) => oneForAll(c, ALL_ROLES)),
  near('IR-14', 'one-person item', ['copy'], onePersonItem),
  hit('IR-21', 'concluded-before-the-decision', [...L10, ...L15], concludedFirst),
  hit('IR-21', 'worked-after-the-conclusion', [...L10, ...L15], workedAfter),
  near('IR-21', 'merged or transferred out', L15, concludedMerged),
  near('IR-21', 'delivered, published and rated afterwards', [...L10, ...L15], deliveredAfter),
  near('IR-21', 'concluded one second after the decision', L15, concludedNextSecond),
  hit('IR-16', 'retired-item', ['retired'], retiredUsed, {
    where: (world, random, day) =>
      random.pick(world.agencies.filter((agency) => retiredEnd(agency) < day)),
  }),
  near('IR-16', 'filed on the last day of the item', ['retired'], filedOnLastDay, {
    where: (world, _random, day) =>
      world.agencies.find((agency) => retiredEnd(agency) >= day) ?? world.bureau,
  }),
];
