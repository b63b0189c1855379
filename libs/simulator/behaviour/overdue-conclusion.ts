import type { CaseDraft } from '../draft/case-draft.js';
import { dayAfter } from '../draft/case-draft.js';
import { finish, withdraw } from '../draft/closing.js';
import { lateClosing } from '../draft/consequence.js';
import { serve, toAcceptance } from '../draft/filing.js';
import { doStep, extend, lawfulPause } from '../draft/handling.js';
import { sendUpward } from '../lawful/plain.js';
import { L10, L15, L20, quietDays } from '../lawful/scenario.js';
import { addWorkdays, isoOf, startOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { decidedAfter } from './overdue-decision.js';

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

const UPWARD = ['forest', 'mine'];

export const OVERDUE_CONCLUSION: readonly Behaviour[] = [
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
