import type { CaseDraft } from '../draft/case-draft.js';
import { dayAfter } from '../draft/case-draft.js';
import { finish } from '../draft/closing.js';
import { lateClosing } from '../draft/consequence.js';
import { serve, toAcceptance } from '../draft/filing.js';
import { doStep, lawfulPause, type PauseOptions, pause, resume, stop } from '../draft/handling.js';
import { L10, L15 } from '../lawful/scenario.js';
import { addWorkdays, isoOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';

// IR-04 停表无依据 (行政许可法 45): such a pause stops nothing; the case is in time without it.

function groundless(c: CaseDraft, o: PauseOptions) {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const from = c.used(2);
  const fact = pause(c, from, o);
  resume(c, addWorkdays(from, 3));
  finish(c, c.used(7));
  return { fact, from };
}

function pauseNoGround(c: CaseDraft): void {
  const { fact } = groundless(c, { ground: 'other', paused: { legalBasis: '领导出差' } });
  c.trips('IR-04', fact, 'red', fact.at, 'ground is not one of article 45');
}

function pauseNoApprover(c: CaseDraft): void {
  const { fact } = groundless(c, { paused: { approver: undefined } });
  c.trips('IR-04', fact, 'red', fact.at, 'no approver');
}

function pauseUntold(c: CaseDraft): void {
  const { fact, from } = groundless(c, { notice: false });
  c.trips(
    'IR-04',
    fact,
    'red',
    dayAfter(addWorkdays(from, 1)),
    'no written notice by the next working day',
  );
}

function pauseKindA(c: CaseDraft): void {
  const { fact } = groundless(c, { kind: 'A', paused: { legalBasis: '延长办理' } });
  c.trips('IR-04', fact, 'red', fact.at, 'kind A where the region does not allow it');
}

/** Told by a separate notice on the next working day. */
function pauseToldNextDay(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const from = c.used(2);
  pause(c, from, { ground: 'auction', notice: false });
  serve(c, 'pause', addWorkdays(from, 1));
  stop(c, from, addWorkdays(from, 5));
  resume(c, addWorkdays(from, 5));
  finish(c, c.used(7));
}

function pauseLawfulGround(c: CaseDraft): void {
  toAcceptance(c);
  const grounds = [
    'hearing',
    'tender',
    'auction',
    'inspection',
    'testing',
    'quarantine',
    'appraisal',
    'expert-review',
  ];
  lawfulPause(c, c.used(2), addWorkdays(c.used(2), 5), { ground: c.random.pick(grounds) });
  finish(c, c.used(7));
}

function pauseCatalogueGround(c: CaseDraft): void {
  toAcceptance(c);
  lawfulPause(c, c.used(2), addWorkdays(c.used(2), 5), {
    ground: 'other',
    paused: { legalBasis: '文物保护法' },
  });
  finish(c, c.used(10));
}

function pauseKindAAllowed(c: CaseDraft): void {
  toAcceptance(c);
  lawfulPause(c, c.used(2), addWorkdays(c.used(2), 5), {
    kind: 'A',
    paused: { legalBasis: '市政务服务管理办法' },
  });
  finish(c, c.used(7));
}

// IR-05 事后补停表: the pause event is dated when it is entered, so that the entry itself is not late (IR-03).

/** Entered `n` working days after the start that it claims. */
function backDated(c: CaseDraft, n: number, paused: Record<string, unknown> = {}) {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const startOn = c.used(2);
  const entered = addWorkdays(startOn, n);
  const fact = pause(c, entered, { startOn, paused: { noticeDocNo: undefined, ...paused } });
  resume(c, addWorkdays(entered, 2));
  return { fact, startOn, end: addWorkdays(entered, 2) };
}

function enteredTwoDaysAfter(c: CaseDraft): void {
  const { fact } = backDated(c, 2);
  finish(c, c.used(8));
  c.trips('IR-05', fact, 'red', fact.at, 'entered two working days after its start');
}

/** Start on the last day of the promised limit, entered the day after: the case is late all the same. */
function enteredAfterDeadline(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const startOn = c.used(c.promised.value);
  const entered = addWorkdays(startOn, 1);
  const fact = pause(c, entered, { startOn, paused: { noticeDocNo: undefined } });
  resume(c, addWorkdays(entered, 2));
  const on = addWorkdays(entered, 3);
  finish(c, on);
  lateClosing(c, on);
  c.trips('IR-05', fact, 'red', fact.at, 'entered after the last day of the promised limit');
}

/** From the acceptance date, `k` days, and decided with `slack` days of the limit left: does it just cover the overrun? */
function fromAcceptance(c: CaseDraft, k: number, slack: number) {
  toAcceptance(c);
  const from = c.clockFrom;
  const fact = pause(c, from);
  resume(c, addWorkdays(from, k));
  const on = addWorkdays(from, c.promised.value + k - slack);
  finish(c, on);
  return { fact, on, end: addWorkdays(from, k) };
}

function coversTheOverrun(c: CaseDraft): void {
  const { fact, on } = fromAcceptance(c, 4, c.random.pick([0, 1]));
  // A numbered notice served on the day would prove the start (IR-05, exception).
  fact.data.noticeDocNo = undefined;
  lateClosing(c, on);
  c.trips(
    'IR-05',
    fact,
    'red',
    null,
    'a pause from the acceptance date that just covers the overrun',
  );
}

function longerThanTheOverrun(c: CaseDraft): void {
  fromAcceptance(c, 4, 2);
}

function enteredNextDay(c: CaseDraft): void {
  const { startOn, end } = backDated(c, 1);
  stop(c, startOn, end);
  finish(c, c.used(7));
}

/** A numbered paper notice was served on the stated date. */
function noticeProved(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const startOn = c.used(2);
  const served = c.time(startOn);
  const entered = addWorkdays(startOn, 2);
  pause(c, entered, {
    startOn,
    paused: { noticeDocNo: c.docNo('停'), noticeServedAt: isoOf(served) },
  });
  resume(c, addWorkdays(entered, 2));
  finish(c, c.used(8));
}

/** Begun and entered on the last day: not back-dated, but too late to move a limit that was used up on that day. */
function enteredOnLastDay(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const from = c.used(c.promised.value);
  const end = addWorkdays(from, 3);
  lawfulPause(c, from, end);
  finish(c, end);
  lateClosing(c, end);
}

const IN_REGIONS_WITHOUT_A = {
  where: (world: CaseDraft['place']['world'], random: CaseDraft['random']) =>
    random.pick(world.agencies.filter(({ pauseKindA: allowed }) => !allowed)),
};
export const IN_REGIONS_WITH_A = {
  where: (world: CaseDraft['place']['world'], random: CaseDraft['random']) =>
    random.pick(world.agencies.filter(({ pauseKindA: allowed }) => allowed)),
};

export const IRREGULAR_PAUSE: readonly Behaviour[] = [
  hit('IR-04', 'no-ground', [...L10, ...L15], pauseNoGround),
  hit('IR-04', 'no-approver', [...L10, ...L15], pauseNoApprover),
  hit('IR-04', 'untold', [...L10, ...L15], pauseUntold),
  hit('IR-04', 'kind-A-not-allowed', L15, pauseKindA, IN_REGIONS_WITHOUT_A),
  near('IR-04', 'told by a notice of the next working day', [...L10, ...L15], pauseToldNextDay),
  near('IR-04', 'ground of article 45', [...L10, ...L15], pauseLawfulGround),
  near('IR-04', 'X6: ground that the catalogue allows', ['special'], pauseCatalogueGround),
  near('IR-04', 'kind A where the region allows it', L15, pauseKindAAllowed, IN_REGIONS_WITH_A),
  hit('IR-05', 'entered-two-days-after', [...L10, ...L15], enteredTwoDaysAfter),
  hit('IR-05', 'entered-after-the-deadline', L10, enteredAfterDeadline),
  hit('IR-05', 'covers-the-overrun', L10, coversTheOverrun),
  near('IR-05', 'entered the next working day', [...L10, ...L15], enteredNextDay),
  near('IR-05', 'numbered notice served on the stated date', [...L10, ...L15], noticeProved),
  near('IR-05', 'begun and entered on the last day', L10, enteredOnLastDay),
  near('IR-05', 'from acceptance, two days longer than the overrun', L10, longerThanTheOverrun),
];
