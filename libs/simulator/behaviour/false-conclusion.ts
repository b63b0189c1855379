import type { CaseDraft } from '../draft/case-draft.js';
import { conclude, decide, deliver, finish, publish } from '../draft/closing.js';
import { accept, apply, receive, serve, toAcceptance } from '../draft/filing.js';
import { assign, doRole, doStep, inspect } from '../draft/handling.js';
import { L10, L15 } from '../lawful/scenario.js';
import { addWorkdays } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { ALL_ROLES } from './irregular-steps.js';

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

export const FALSE_CONCLUSION: readonly Behaviour[] = [
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
