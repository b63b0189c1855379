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
import { complete, enter, lawfulPause, pause, resume, stepOf, stop } from '../draft/handling.js';
import { answer, consult } from '../lawful/plain.js';
import { idleDays, L10, L15, L20, quietDays } from '../lawful/scenario.js';
import { toleranceAcceptance } from '../lawful/unusual.js';
import { addWorkdays } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';

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

export const OVERDUE_WAITING: readonly Behaviour[] = [
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
