import type { CaseDraft } from '../draft/case-draft.js';
import { conclude, decide, deliver, finish, publish, settle, withdraw } from '../draft/closing.js';
import { accept, file, serve, toAcceptance } from '../draft/filing.js';
import { complete, doRole, doStep, enter, stepOf } from '../draft/handling.js';
import { AUTO, L10, L15 } from '../lawful/scenario.js';
import { addWorkdays, startOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';

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

// IR-14 一人包办.

function oneForAll(c: CaseDraft, roles: readonly string[]): void {
  toAcceptance(c);
  const on = c.used(4);
  // The approver signs the last step in any case: of two roles without it, the handler has both.
  const operator = roles.includes('approve') ? c.crew.approver : c.crew.handler;
  for (const step of c.steps.filter(({ mandatory }) => mandatory)) {
    const by = roles.includes(step.role) ? { by: { operator, responsible: operator } } : {};
    enter(c, step, on, by);
    complete(c, step, on, by);
  }
  settle(c, on);
}

export const ALL_ROLES = ['handle', 'review', 'approve'];

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
];
