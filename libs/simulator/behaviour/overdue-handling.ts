import { type CaseDraft, dayAfter } from '../draft/case-draft.js';
import { finish, withdraw } from '../draft/closing.js';
import {
  accept,
  askSupplement,
  file,
  materialFact,
  materialList,
  serve,
  supplement,
  toAcceptance,
} from '../draft/filing.js';
import { assign, complete, enter, inspect, lawfulPause, stepOf } from '../draft/handling.js';
import { L15, L20 } from '../lawful/scenario.js';
import { holdHearing } from '../lawful/unusual.js';
import { addWorkdays, instantOn, isoOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { beforeOutage } from './overdue-decision.js';

// OD-05 环节超时: the step is late, the case in time.

/** The review step open for `n` working days of its three; no other step open. */
function reviewOpen(c: CaseDraft, n: number, withoutLimit = false) {
  toAcceptance(c);
  const step = stepOf(c, 'SH');
  const from = c.used(2);
  const entered = enter(c, step, from, { withoutLimit });
  complete(c, step, addWorkdays(from, n));
  finish(c, c.used(n + 4));
  return { entered, from };
}

function stepOneDayLate(c: CaseDraft): void {
  const { entered, from } = reviewOpen(c, 4, c.random.chance(0.5));
  c.trips('OD-05', entered, 'yellow', dayAfter(addWorkdays(from, 3)), 'review took 4 of 3 days');
}

function stepOnLastDay(c: CaseDraft): void {
  reviewOpen(c, 3, c.random.chance(0.5));
}

/** X2: entered before a lawful pause that stops one day. */
function stepAcrossPause(c: CaseDraft): void {
  toAcceptance(c);
  const step = stepOf(c, 'SH');
  const from = c.used(2);
  enter(c, step, from);
  lawfulPause(c, addWorkdays(from, 1), addWorkdays(from, 3), { ground: 'testing' });
  complete(c, step, addWorkdays(from, 5));
  finish(c, c.used(9));
}

/** X8: an outage while the step was open. */
function stepAcrossOutage(c: CaseDraft): void {
  beforeOutage(c, 3);
  toAcceptance(c);
  const step = stepOf(c, 'SH');
  const from = addWorkdays(c.filedOn, 2);
  enter(c, step, from);
  complete(c, step, addWorkdays(from, 4));
  finish(c, c.used(8));
}

/** X4: the step is taken by a system. */
function automaticStepLate(c: CaseDraft): void {
  toAcceptance(c);
  const step = stepOf(c, 'ZD');
  enter(c, step, c.used(1));
  complete(c, step, c.used(3));
  finish(c, c.used(6));
}

function stepInHours(c: CaseDraft, overMinutes: number) {
  toAcceptance(c);
  const step = stepOf(c, 'handle');
  const at = instantOn(c.used(1), 9, 10);
  const entered = enter(c, step, at);
  complete(c, step, at + 4 * 3_600_000 + overMinutes * 60_000);
  finish(c, c.used(5));
  return entered;
}

function hoursPassed(c: CaseDraft): void {
  const entered = stepInHours(c, 1);
  c.trips('OD-05', entered, 'yellow', entered.at + 4 * 3_600_000 + 1, 'step took 4 h 1 min of 4 h');
}

// OD-12 听证组织超时 and OD-13 听证通知不足 (行政许可法 47, 48).

interface HearingPlan {
  /** Working days from the right told to the request, and from the request to the hearing. */
  readonly asked: number;
  readonly held: number;
  /** Working days from the notice to the hearing. */
  readonly noticed: number;
}

/** A hearing with the clock stopped from the fifth day after the request. */
function hearing(c: CaseDraft, plan: HearingPlan) {
  toAcceptance(c);
  const told = c.used(1);
  serve(c, 'hearing-right', told);
  const asked = addWorkdays(told, plan.asked);
  const requested = c.say('hearing-requested', asked, { requester: c.applicant });
  const day = addWorkdays(asked, plan.held);
  serve(c, 'hearing', addWorkdays(day, -plan.noticed));
  const held = holdHearing(c, day);
  lawfulPause(c, addWorkdays(day, -15), day, {
    ground: 'hearing',
    limit: { value: 20, unit: 'G' },
  });
  finish(c, addWorkdays(day, 2));
  return { asked, requested, held };
}

function hearingOnDay21(c: CaseDraft): void {
  const { asked, requested } = hearing(c, { asked: 1, held: 21, noticed: 8 });
  c.trips('OD-12', requested, 'yellow', dayAfter(addWorkdays(asked, 20)), 'held on day 21');
}

function hearingOnDay20(c: CaseDraft): void {
  hearing(c, { asked: 1, held: 20, noticed: 9 });
}

function hearingAskedTooLate(c: CaseDraft): void {
  hearing(c, { asked: 6, held: 21, noticed: 8 });
}

function hearingThenWithdrawn(c: CaseDraft): void {
  toAcceptance(c);
  serve(c, 'hearing-right', c.used(1));
  const asked = c.used(2);
  c.say('hearing-requested', asked, { requester: c.applicant });
  const from = c.used(5);
  const end = addWorkdays(asked, 20);
  lawfulPause(c, from, addWorkdays(end, -1), {
    ground: 'hearing',
    limit: { value: 20, unit: 'G' },
  });
  withdraw(c, end);
}

function noticeSixDays(c: CaseDraft): void {
  const { held } = hearing(c, { asked: 1, held: 18, noticed: 6 });
  c.trips('OD-13', held, 'yellow', held.at, 'six working days of notice');
}

function noticeSevenDays(c: CaseDraft): void {
  hearing(c, { asked: 1, held: 18, noticed: 7 });
}

// OD-14 检验检测未按时指派 (行政许可法 55) and OD-25 现场踏勘超时.

function assignedOn(c: CaseDraft, n: number) {
  const accepted = toAcceptance(c);
  assign(c, c.used(n), 'testing');
  inspect(c, c.used(n + 2));
  finish(c, c.used(n + 5));
  return accepted;
}

function assignedOnDaySix(c: CaseDraft): void {
  const accepted = assignedOn(c, 6);
  c.trips('OD-14', accepted, 'yellow', dayAfter(c.used(5)), 'inspectors named on day 6');
}

/** X3: the sample is missing and asked for; inspectors are named before it comes. */
function sampleMissing(c: CaseDraft): void {
  const materials = materialList(c, { SAMPLE: 'tolerated' });
  file(c, { materials });
  const sample = (status: 'missing' | 'received' | 'tolerated') => [
    materialFact(c, 'SAMPLE-01', status),
  ];
  accept(c, c.filedOn, {
    materials,
    accepted: {
      toleratedMaterials: sample('tolerated'),
      toleranceDueOn: isoOf(c.time(addWorkdays(c.filedOn, 12))).slice(0, 10),
    },
  });
  askSupplement(c, c.used(2), sample('missing'));
  assign(c, c.used(8), 'testing');
  supplement(c, c.used(8), sample('received'));
  inspect(c, c.used(10));
  finish(c, c.used(13));
}

function withdrawnOn(c: CaseDraft, n: number): void {
  toAcceptance(c);
  withdraw(c, c.used(n));
}

function visitedOn(c: CaseDraft, n: number) {
  const accepted = toAcceptance(c);
  assign(c, c.used(1));
  inspect(c, c.used(n));
  finish(c, c.used(n + 4));
  return accepted;
}

function visitedOnDayFour(c: CaseDraft): void {
  const accepted = visitedOn(c, 4);
  c.trips('OD-25', accepted, 'yellow', dayAfter(c.used(3)), 'visited on day 4');
}

function visitedAfterOutage(c: CaseDraft): void {
  beforeOutage(c, 2);
  toAcceptance(c);
  assign(c, addWorkdays(c.filedOn, 1));
  inspect(c, addWorkdays(c.filedOn, 4));
  finish(c, c.used(8));
}

const SITE = ['hospital', 'oilshop'];
const TESTED = ['lift', 'seed'];
export const OVERDUE_HANDLING: readonly Behaviour[] = [
  hit('OD-05', 'review-a-day-late', [...L15, ...L20], stepOneDayLate),
  hit('OD-05', 'four-hours-passed', ['event'], hoursPassed),
  near('OD-05', 'completed on the last day', [...L15, ...L20], stepOnLastDay),
  near('OD-05', 'completed after exactly four hours', ['event'], (c) => void stepInHours(c, 0)),
  near('OD-05', 'X2: a pause stopped two days', [...L15, ...L20], stepAcrossPause),
  near('OD-05', 'X8: an outage day', L20, stepAcrossOutage, { feed: 'legacy' }),
  near('OD-05', 'X4: automatic step', ['dispatch'], automaticStepLate),
  hit('OD-12', 'held-on-day-21', L20, hearingOnDay21),
  near('OD-12', 'held on day 20', L20, hearingOnDay20),
  near('OD-12', 'requested on day 6 after the right was told', L20, hearingAskedTooLate),
  near('OD-12', 'X7: withdrawn on day 20', L20, hearingThenWithdrawn),
  hit('OD-13', 'six-days-of-notice', L20, noticeSixDays),
  near('OD-13', 'seven days of notice', L20, noticeSevenDays),
  hit('OD-14', 'named-on-day-6', TESTED, assignedOnDaySix),
  near('OD-14', 'named on day 5', TESTED, (c) => void assignedOn(c, 5)),
  near('OD-14', 'X3: the sample asked for has not come', ['seed'], sampleMissing),
  near('OD-14', 'withdrawn on day 5', TESTED, (c) => withdrawnOn(c, 5)),
  hit('OD-25', 'visited-on-day-4', SITE, visitedOnDayFour),
  near('OD-25', 'visited on day 3', SITE, (c) => void visitedOn(c, 3)),
  near('OD-25', 'X8: an outage day', SITE, visitedAfterOutage, { feed: 'legacy' }),
  near('OD-25', 'withdrawn on day 3', SITE, (c) => withdrawnOn(c, 3)),
];
