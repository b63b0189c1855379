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
import {
  assign,
  complete,
  enter,
  inspect,
  lawfulPause,
  pause,
  resume,
  stepOf,
  stop,
} from '../draft/handling.js';
import { answer, consult } from '../lawful/plain.js';
import { idleDays, L10, L15, L20, quietDays } from '../lawful/scenario.js';
import { holdHearing, toleranceAcceptance } from '../lawful/unusual.js';
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

// OD-18 容缺未补未退: notice after the date, yellow five working days later.

function cured(c: CaseDraft, after: number, extended = false) {
  const due = addWorkdays(c.filedOn, 3);
  const accepted = toleranceAcceptance(c, due);
  if (extended) serve(c, 'extension', due);
  const day = after === 0 ? due : addWorkdays(due, after);
  supplement(c, day, [materialFact(c, '-03', 'received')]);
  finish(c, addWorkdays(day, 2));
  return { accepted, due };
}

function curedADayLate(c: CaseDraft): void {
  const { accepted, due } = cured(c, 1);
  c.trips('OD-18', accepted, 'notice', dayAfter(due), 'handed in one working day late');
}

function curedOnDayFiveLate(c: CaseDraft): void {
  const { accepted, due } = cured(c, 5);
  c.trips('OD-18', accepted, 'notice', dayAfter(due), 'handed in on day 5 after the date');
}

function curedOnDaySixLate(c: CaseDraft): void {
  const { accepted, due } = cured(c, 6);
  c.trips('OD-18', accepted, 'yellow', dayAfter(due), 'handed in on day 6 after the date');
}

function toleranceWithdrawn(c: CaseDraft): void {
  const due = addWorkdays(c.filedOn, 3);
  toleranceAcceptance(c, due);
  withdraw(c, due);
}

// OD-19 会签超时 (行政许可法 26).

function answeredAfter(c: CaseDraft, n: number) {
  toAcceptance(c);
  const asked = c.used(1);
  const dueOn = addWorkdays(asked, 3);
  const consulted = consult(c, asked, dueOn);
  const day = n === 0 ? dueOn : addWorkdays(dueOn, n);
  answer(c, day);
  finish(c, addWorkdays(day, 2));
  return { consulted, dueOn };
}

function answeredADayLate(c: CaseDraft): void {
  const { consulted, dueOn } = answeredAfter(c, 1);
  c.trips('OD-19', consulted, 'yellow', dayAfter(dueOn), 'opinion a day after its date');
}

function neverAnswered(c: CaseDraft): void {
  toAcceptance(c);
  const asked = c.used(1);
  const dueOn = addWorkdays(asked, 3);
  const consulted = consult(c, asked, dueOn);
  finish(c, addWorkdays(dueOn, 4));
  c.trips('OD-19', consulted, 'yellow', dayAfter(dueOn), 'no opinion until the decision');
}

/** X2: two stopped working days move the date. */
function answeredAcrossPause(c: CaseDraft): void {
  toAcceptance(c);
  const asked = c.used(1);
  const dueOn = addWorkdays(asked, 4);
  consult(c, asked, dueOn);
  lawfulPause(c, addWorkdays(asked, 1), addWorkdays(asked, 3), { ground: 'testing' });
  answer(c, addWorkdays(dueOn, 2));
  finish(c, c.used(8));
}

// OD-15 特别程序到期: notice when one day of the pause's own limit is left, yellow after it.

function pausedFor(c: CaseDraft, n: number, ground = 'appraisal') {
  toAcceptance(c);
  const from = c.used(2);
  const fact = lawfulPause(c, from, addWorkdays(from, n), { ground });
  finish(c, c.used(6));
  return { fact, from };
}

function pauseOneLeft(c: CaseDraft): void {
  const { fact, from } = pausedFor(c, c.random.between(9, 10));
  c.trips(
    'OD-15',
    fact,
    'notice',
    dayAfter(addWorkdays(from, 9) - 1),
    'resumed on day 9 or 10 of 10',
  );
}

function pauseOverrun(c: CaseDraft): void {
  const { fact, from } = pausedFor(c, 11);
  c.trips('OD-15', fact, 'yellow', dayAfter(addWorkdays(from, 9) - 1), 'resumed on day 11 of 10');
}

function pauseTwoLeft(c: CaseDraft): void {
  pausedFor(c, 8);
}

/** Another lawful pause takes over before anything of the first is near. */
function pauseTakenOver(c: CaseDraft): void {
  toAcceptance(c);
  const from = c.used(2);
  const second = addWorkdays(from, 8);
  const end = addWorkdays(from, 12);
  pause(c, from, { no: '1', ground: 'testing' });
  pause(c, second, { no: '2', ground: 'appraisal' });
  stop(c, from, addWorkdays(from, 10));
  stop(c, second, end);
  resume(c, end, '1');
  resume(c, end, '2');
  finish(c, c.used(6));
}

// SH-12 无动作滞留: no event for the greater of 2 days and 30 % of the promised limit while a step is open.

/** A step left alone for `n` working days; its own limit is wide, so that only the silence speaks. */
function silentFor(c: CaseDraft, n: number) {
  toAcceptance(c);
  const from = c.used(1);
  const step = stepOf(c, 'handle');
  const entered = enter(c, step, from, { limit: { value: 15, unit: 'G' } });
  complete(c, step, addWorkdays(from, n));
  finish(c, addWorkdays(from, n));
  return { entered, from };
}

function silent(c: CaseDraft, over: number, level: 'notice' | 'yellow'): void {
  const idle = idleDays(c);
  const { entered, from } = silentFor(c, level === 'notice' ? idle + over : 2 * idle + over);
  c.trips(
    'SH-12',
    entered,
    level,
    dayAfter(addWorkdays(from, idle)),
    `step left alone past ${idle} working days`,
  );
}

function silentToTheLimit(c: CaseDraft): void {
  silentFor(c, idleDays(c));
}

function silentButForPause(c: CaseDraft): void {
  toAcceptance(c);
  const idle = idleDays(c);
  const from = c.used(1);
  const step = stepOf(c, 'handle');
  enter(c, step, from, { limit: { value: 15, unit: 'G' } });
  const begun = addWorkdays(from, 1);
  const end = addWorkdays(begun, idle + 2);
  lawfulPause(c, begun, end, { ground: 'inspection' });
  complete(c, step, addWorkdays(end, 1));
  finish(c, c.used(quietDays(c)));
}

/** The step was open before acceptance, waiting for the applicant's supplement. */
function silentForSupplement(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  const step = stepOf(c, 'handle');
  enter(c, step, c.filedOn, { limit: { value: 20, unit: 'G' } });
  askSupplement(c, c.filedOn, [materialFact(c, '-03', 'missing')], {
    dueOn: addWorkdays(c.filedOn, 10),
  });
  c.clockFrom = addWorkdays(c.filedOn, idleDays(c) + 1);
  supplement(c, c.clockFrom, [materialFact(c, '-03', 'received')]);
  accept(c, c.clockFrom);
  complete(c, step, c.clockFrom);
  finish(c, c.used(4));
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
  hit('OD-18', 'a-day-late', [...L15, ...L20], curedADayLate),
  hit('OD-18', 'five-days-late', [...L15, ...L20], curedOnDayFiveLate),
  hit('OD-18', 'six-days-late', [...L15, ...L20], curedOnDaySixLate),
  near('OD-18', 'handed in on the last day', [...L15, ...L20], (c) => void cured(c, 0)),
  near('OD-18', 'extension agreed in writing', [...L15, ...L20], (c) => void cured(c, 3, true)),
  near('OD-18', 'withdrawn on the last day', L15, toleranceWithdrawn),
  hit('OD-19', 'a-day-late', [...L15, ...L20], answeredADayLate),
  hit('OD-19', 'never-answered', [...L15, ...L20], neverAnswered),
  near('OD-19', 'answered on the last day', [...L15, ...L20], (c) => void answeredAfter(c, 0)),
  near('OD-19', 'X2: a pause moved the date by two days', [...L15, ...L20], answeredAcrossPause),
  hit('OD-15', 'one-day-left', [...L10, ...L15], pauseOneLeft),
  hit('OD-15', 'overrun', [...L10, ...L15], pauseOverrun),
  near('OD-15', 'resumed with two days left', [...L10, ...L15], pauseTwoLeft),
  near('OD-15', 'another lawful pause takes over', L15, pauseTakenOver),
  hit('SH-12', 'notice', [...L10, ...L15], (c) => silent(c, 1, 'notice')),
  hit('SH-12', 'yellow', [...L10, ...L15], (c) => silent(c, 1, 'yellow')),
  hit('SH-12', 'notice-to-the-double', L15, (c) => silent(c, idleDays(c), 'notice')),
  near('SH-12', 'silence to the very limit', [...L10, ...L15, ...L20], silentToTheLimit),
  near('SH-12', 'X2: silence in a lawful pause', [...L10, ...L15], silentButForPause),
  near('SH-12', 'X3: waiting for the applicant', L15, silentForSupplement),
];
