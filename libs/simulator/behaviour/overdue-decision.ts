import type { CaseDraft } from '../draft/case-draft.js';
import { conclude, decide, finish, withdraw } from '../draft/closing.js';
import { lateClosing } from '../draft/consequence.js';
import { accept, file, toAcceptance } from '../draft/filing.js';
import { doStep, eveOfRest, extend, lawfulPause } from '../draft/handling.js';
import { AUTO, L10, L15, L20, quietDays, SHORT } from '../lawful/scenario.js';
import { addWorkdays, startOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';

/** Accepted on the filing day, decided when `n` days are used; labels what that makes near due or overdue. */
export function decidedAfter(c: CaseDraft, n: number): void {
  toAcceptance(c);
  finish(c, c.used(n));
  lateClosing(c, c.used(n));
}

// OD-01 承诺临期; readings section 2: notice when one day is left, yellow at nine tenths, both from 00:00.

/** One day left of a short limit, nine tenths not reached. */
function oneDayLeft(c: CaseDraft): void {
  decidedAfter(c, c.promised.value - 1);
}

/** Nine tenths used. */
function nineTenths(c: CaseDraft): void {
  decidedAfter(c, Math.ceil((c.promised.value * 9) / 10));
}

/** Nine tenths used after a lawful pause that moved the day. */
function nineTenthsAfterPause(c: CaseDraft): void {
  toAcceptance(c);
  lawfulPause(c, c.used(2), addWorkdays(c.used(2), 6));
  const on = c.used(Math.ceil((c.promised.value * 9) / 10));
  finish(c, on);
  lateClosing(c, on);
}

/** Decided on the last day before anything is near due. */
function dayBeforeNear(c: CaseDraft): void {
  toAcceptance(c);
  finish(c, c.used(quietDays(c)));
}

/** X2: near due without the pause, not with it. */
function nearButForPause(c: CaseDraft): void {
  toAcceptance(c);
  lawfulPause(c, c.used(3), addWorkdays(c.used(3), 5), { ground: 'testing' });
  finish(c, c.used(quietDays(c)));
}

/** X4: an automatic item on its last day. */
function automaticOnLastDay(c: CaseDraft): void {
  file(c, { channel: 'online' });
  accept(c, c.filedOn);
  finish(c, c.used(c.promised.value));
}

/** X1: an extension granted before anything was near due. */
function nearButForExtension(c: CaseDraft): void {
  toAcceptance(c);
  extend(c, c.used(4));
  finish(c, c.used(c.promised.value));
}

// OD-02 承诺超时 and OD-03 法定超时 (行政许可法 42, 74); red from 00:00 of the day after the last day.

function oneDayLate(c: CaseDraft): void {
  decidedAfter(c, c.promised.value + 1);
}

/** Limit used up on the eve of a rest day, decided on the rest day: late although no working day more was used. */
function onRestDayAfter(c: CaseDraft): void {
  const last = eveOfRest(addWorkdays(c.filedOn, c.promised.value));
  c.filedOn = addWorkdays(last, -c.promised.value);
  toAcceptance(c);
  finish(c, last + 1);
  lateClosing(c, last + 1);
}

function onLastDay(c: CaseDraft): void {
  decidedAfter(c, c.promised.value);
}

/** X2: one day of lawful pause saves the last day. */
function savedByOneDay(c: CaseDraft): void {
  toAcceptance(c);
  lawfulPause(c, c.used(2), addWorkdays(c.used(2), 1), { ground: 'appraisal' });
  finish(c, c.used(c.promised.value));
  lateClosing(c, c.used(c.promised.value));
}

/** X7: withdrawn by a signed statement on the last day. */
function withdrawnOnLastDay(c: CaseDraft): void {
  toAcceptance(c);
  withdraw(c, c.used(c.promised.value));
  lateClosing(c, c.used(c.promised.value));
}

/** X8: an outage on the way; the last day moves by it. */
function savedByOutage(c: CaseDraft): void {
  beforeOutage(c, 4);
  toAcceptance(c);
  finish(c, c.used(c.promised.value));
  lateClosing(c, c.used(c.promised.value));
}

/** Files so many working days before the next outage of the feed. */
export function beforeOutage(c: CaseDraft, n: number): number {
  const { outages } = c.place.world;
  const outage = outages.find((day) => addWorkdays(day, -n) >= c.filedOn) ?? outages.at(-1);
  if (outage === undefined) throw new Error('the run has no outage');
  c.filedOn = addWorkdays(outage, -n);
  return outage;
}

function statutoryOneDayLate(c: CaseDraft): void {
  decidedAfter(c, c.statutory.value + 1);
}

function statutoryLastDay(c: CaseDraft): void {
  decidedAfter(c, c.statutory.value);
}

/** Never closed: everything stays true to the end of the run. */
function neverClosed(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  lateClosing(c, null);
}

/** X1: extended by the agency head for ten days, decided past the old last day. */
function statutoryExtended(c: CaseDraft): void {
  toAcceptance(c);
  extend(c, c.used(12));
  finish(c, c.used(25));
}

/** X7: merged into another case on the last statutory day. */
function mergedOnLastDay(c: CaseDraft): void {
  toAcceptance(c);
  conclude(c, c.used(c.statutory.value), 'merged');
  lateClosing(c, c.used(c.statutory.value));
}

/** Paper decision keyed with its date only, on the last day. */
function dayPrecisionOnLastDay(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.used(1));
  const on = c.used(c.promised.value);
  doStep(c, 'SH', c.used(2));
  doStep(c, 'approve', c.used(3));
  const at = startOf(on);
  decide(c, at, { by: { precision: 'day', recordedAt: at + 36_000_000 } });
  c.notBefore(at + 40_000_000, on);
  conclude(c, on, 'granted');
  c.say(
    'delivered',
    on,
    { method: '窗口领取', recipient: c.applicant },
    { operator: c.crew.clerk },
  );
  c.say('published', on, { place: '云川市人民政府网站' });
  lateClosing(c, on);
}

export const OVERDUE_DECISION: readonly Behaviour[] = [
  hit('OD-01', 'one-day-left', SHORT, oneDayLeft),
  hit('OD-01', 'nine-tenths', [...L10, ...L15, ...L20], nineTenths),
  hit('OD-01', 'nine-tenths-after-pause', [...L10, ...L20], nineTenthsAfterPause),
  near(
    'OD-01',
    'decided on the day before it is near due',
    [...L10, ...L15, ...L20, ...SHORT],
    dayBeforeNear,
  ),
  near('OD-01', 'X2: a lawful pause moves the near-due day', [...L10, ...L15], nearButForPause),
  near('OD-01', 'X4: automatic item', AUTO, automaticOnLastDay),
  near('OD-01', 'X1: extended before it was near due', L10, nearButForExtension),
  hit('OD-02', 'one-day-late', [...L10, ...L15, ...SHORT], oneDayLate),
  hit('OD-02', 'on-the-rest-day-after', [...L10, ...L15], onRestDayAfter),
  hit('OD-02', 'never-closed', [...L10, ...L15], neverClosed),
  near('OD-02', 'decided on the last day', [...L10, ...L15, ...L20, ...SHORT], onLastDay),
  near('OD-02', 'X2: one stopped day', [...L10, ...L15], savedByOneDay),
  near('OD-02', 'X7: withdrawn on the last day', [...L10, ...L15], withdrawnOnLastDay),
  near('OD-02', 'X8: an outage day', [...L10, ...L15], savedByOutage, { feed: 'legacy' }),
  near('OD-02', 'X1: extended', L10, nearButForExtension),
  near('OD-02', 'decision dated on the last day, without a time', L10, dayPrecisionOnLastDay),
  hit('OD-03', 'one-day-late', [...L10, ...L15, ...L20], statutoryOneDayLate),
  hit('OD-03', 'never-closed', L20, neverClosed),
  near('OD-03', 'decided on the last statutory day', [...L10, ...L15, ...L20], statutoryLastDay),
  near('OD-03', 'X1: extended by the agency head', L20, statutoryExtended),
  near('OD-03', 'X7: merged on the last day', L20, mergedOnLastDay),
  near('OD-03', 'X8: an outage day', L20, savedByOutage, { feed: 'legacy' }),
];
