import type { CaseDraft } from '../draft/case-draft.js';
import { dayAfter } from '../draft/case-draft.js';
import { conclude, decide, finish, withdraw } from '../draft/closing.js';
import { lateClosing } from '../draft/consequence.js';
import { accept, file, serve, toAcceptance } from '../draft/filing.js';
import { doStep, eveOfRest, extend, lawfulPause } from '../draft/handling.js';
import { sendUpward } from '../lawful/plain.js';
import { AUTO, L10, L15, L20, quietDays, SHORT } from '../lawful/scenario.js';
import { addWorkdays, isoOf, startOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';

/** Accepted on the filing day, decided when `n` days are used; labels what that makes near due or overdue. */
function decidedAfter(c: CaseDraft, n: number): void {
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

// OD-09 上报超时 (行政许可法 35, 43).

function sentUpwardAfter(c: CaseDraft, sent: number): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  sendUpward(c, c.used(sent));
  finish(c, c.used(sent));
  lateClosing(c, c.used(sent));
}

function upwardLate(c: CaseDraft): void {
  sentUpwardAfter(c, 16);
  c.trips(
    'OD-09',
    c.anchor,
    'yellow',
    dayAfter(c.used(15)),
    'sent upward a day after the promised limit',
  );
}

function upwardVeryLate(c: CaseDraft): void {
  sentUpwardAfter(c, 21);
  c.trips('OD-09', c.anchor, 'red', dayAfter(c.used(15)), 'sent upward after 20 working days');
}

function upwardOnLastDay(c: CaseDraft): void {
  sentUpwardAfter(c, 15);
}

function upwardReturnedInTime(c: CaseDraft): void {
  toAcceptance(c);
  withdraw(c, c.used(15));
  lateClosing(c, c.used(15));
}

// OD-10 联办超时 (行政许可法 42(2)): 45 days, 15 more by the government head.

function jointNear(c: CaseDraft): void {
  decidedAfter(c, 41);
}

function jointLate(c: CaseDraft): void {
  decidedAfter(c, 46);
}

function jointDayBeforeNear(c: CaseDraft): void {
  decidedAfter(c, 40);
}

function jointExtended(c: CaseDraft): void {
  toAcceptance(c);
  extend(c, c.used(30));
  finish(c, c.used(50));
}

// OD-24 逾期才申请延期.

function askExtension(c: CaseDraft, n: number) {
  return c.say('extension-requested', c.used(n), {
    addedLimit: { value: 5, unit: 'G' },
    reasonText: '需补充核实场地权属,申请延长。',
  });
}

function extensionAskedLate(c: CaseDraft): void {
  toAcceptance(c);
  const asked = askExtension(c, c.promised.value + 1);
  finish(c, c.used(c.promised.value + 2));
  lateClosing(c, c.used(c.promised.value + 2));
  c.trips('OD-24', asked, 'notice', asked.at, 'asked for the day after the last day');
}

function extensionAskedOnLastDay(c: CaseDraft): void {
  toAcceptance(c);
  askExtension(c, c.promised.value);
  finish(c, c.used(c.promised.value));
  lateClosing(c, c.used(c.promised.value));
}

function extensionAskedEarly(c: CaseDraft): void {
  toAcceptance(c);
  askExtension(c, 3);
  finish(c, c.used(quietDays(c)));
}

// OD-16 延续逾期未决 (行政许可法 50): the supplement keeps the decision clocks young, so that only the expiry is missed.

function renewalDecided(
  c: CaseDraft,
  leadDays: number,
  decideOn: (expires: number) => number,
): void {
  const expires = expiryOnWorkday(c, leadDays);
  toAcceptance(c, c.filedOn, {
    type: 'renewal',
    applied: {
      licenceNo: `YC${c.index - 1}`,
      licenceExpiresOn: isoOf(startOf(expires)).slice(0, 10),
    },
  });
  lawfulPause(c, addWorkdays(c.filedOn, 1), addWorkdays(c.filedOn, 13), {
    ground: 'inspection',
    limit: { value: 20, unit: 'G' },
  });
  finish(c, decideOn(expires));
}

/** Moves the filing so that the licence expires on a working day, `leadDays` natural days after it. */
function expiryOnWorkday(c: CaseDraft, leadDays: number): number {
  while (
    addWorkdays(c.filedOn - 1, 1) !== c.filedOn ||
    addWorkdays(c.filedOn + leadDays - 1, 1) !== c.filedOn + leadDays
  )
    c.filedOn += 1;
  return c.filedOn + leadDays;
}

function renewalMissed(c: CaseDraft): void {
  let expiry = 0;
  renewalDecided(c, 30, (expires) => {
    expiry = expires;
    return addWorkdays(expires, 1);
  });
  c.trips(
    'OD-16',
    c.find('applied'),
    'red',
    dayAfter(expiry),
    'filed 30 days ahead, not decided by expiry',
  );
}

function renewalOnExpiry(c: CaseDraft): void {
  renewalDecided(c, 30, (expires) => expires);
}

function renewalFiledLate(c: CaseDraft): void {
  renewalDecided(c, 29, (expires) => addWorkdays(expires, 1));
}

function renewalRefusalServed(c: CaseDraft): void {
  const expires = expiryOnWorkday(c, 30);
  toAcceptance(c, c.filedOn, {
    type: 'renewal',
    applied: {
      licenceNo: `YC${c.index - 1}`,
      licenceExpiresOn: isoOf(startOf(expires)).slice(0, 10),
    },
  });
  withdraw(c, c.used(3));
}

// OD-11 送达超时 (行政许可法 44).

function delivered(c: CaseDraft, deliverAfter: number, ready: boolean): number {
  toAcceptance(c);
  const on = c.used(3);
  const decided = finish(c, on, { deliverAfter });
  if (ready) serve(c, 'ready-for-collection', addWorkdays(on, 10));
  if (!ready && deliverAfter > 10)
    c.trips(
      'OD-11',
      decided,
      'yellow',
      dayAfter(addWorkdays(on, 10)),
      'delivered on working day 11',
    );
  return on;
}

function deniedNotDelivered(c: CaseDraft): void {
  toAcceptance(c);
  finish(c, c.used(4), { outcome: 'denied' });
}

function neverDelivered(c: CaseDraft): void {
  toAcceptance(c);
  const on = c.used(3);
  const decided = finish(c, on, { deliverAfter: null });
  c.trips('OD-11', decided, 'yellow', dayAfter(addWorkdays(on, 10)), 'never delivered');
}

// OD-08 即办件未当场办结 and IR-18 决定未公开 stand with the other clocks of their own in overdue-filing.ts.

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

const UPWARD = ['forest', 'mine'];

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
  hit('OD-09', 'a-day-late', UPWARD, upwardLate),
  hit('OD-09', 'after-20-days', UPWARD, upwardVeryLate),
  near('OD-09', 'sent upward on the last day', UPWARD, upwardOnLastDay),
  near('OD-09', 'withdrawn on the last day', UPWARD, upwardReturnedInTime),
  hit('OD-10', 'near', ['factory', 'mall'], jointNear),
  hit('OD-10', 'a-day-late', ['factory', 'mall'], jointLate),
  near('OD-10', 'decided on the day before the notice', ['factory', 'mall'], jointDayBeforeNear),
  near('OD-10', 'X1: extended by the government head', ['mall'], jointExtended),
  hit('OD-24', 'asked-late', [...L10, ...L15], extensionAskedLate),
  near('OD-24', 'asked on the last day', [...L10, ...L15], extensionAskedOnLastDay),
  near('OD-24', 'asked early', L15, extensionAskedEarly),
  hit('OD-16', 'undecided-at-expiry', L20, renewalMissed),
  near('OD-16', 'decided on the day of expiry', L20, renewalOnExpiry),
  near('OD-16', 'filed 29 days before expiry', L20, renewalFiledLate),
  near('OD-16', 'X7: withdrawn', L20, renewalRefusalServed),
  hit('OD-11', 'delivered-on-day-11', [...L10, ...L15], (c) => delivered(c, 11, false)),
  hit('OD-11', 'never-delivered', L15, neverDelivered),
  near('OD-11', 'delivered on day 10', [...L10, ...L15], (c) => delivered(c, 10, false)),
  near('OD-11', 'X3: told on day 10 that it is ready', L15, (c) => delivered(c, 15, true)),
  near('OD-11', 'denied: nothing to deliver', L15, deniedNotDelivered),
];
