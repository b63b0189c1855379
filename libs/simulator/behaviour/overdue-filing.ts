import { type CaseDraft, dayAfter } from '../draft/case-draft.js';
import { fileRefusal, finish, refuse, withdraw } from '../draft/closing.js';
import { lateClosing } from '../draft/consequence.js';
import {
  accept,
  apply,
  askSupplement,
  file,
  materialFact,
  materialList,
  receive,
  serve,
  supplement,
} from '../draft/filing.js';
import { assign, eveOfRest, inspect } from '../draft/handling.js';
import { INSTANT, L10, L15, L20, quietDays } from '../lawful/scenario.js';
import { addWorkdays, instantOn } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { beforeOutage } from './overdue-decision.js';

// OD-06 收件五日未告知 (行政许可法 32(4)): notice after day 4, red after day 5; silence means accepted on receipt.

function answeredOnDayFive(c: CaseDraft): void {
  const received = file(c);
  accept(c, addWorkdays(c.filedOn, 5));
  c.trips('OD-06', received, 'notice', dayAfter(addWorkdays(c.filedOn, 4)), 'accepted on day 5');
  finish(c, c.used(c.random.between(2, quietDays(c))));
}

function answeredOnDaySix(c: CaseDraft): void {
  const received = file(c);
  c.clockFrom = c.filedOn;
  c.anchor = received;
  c.trips(
    'OD-06',
    received,
    'red',
    dayAfter(addWorkdays(c.filedOn, 4)),
    'accepted on day 6: deemed accepted on receipt',
  );
  accept(c, addWorkdays(c.filedOn, 6), { keepClock: true });
  finish(c, c.used(12));
}

/** Deemed accepted, then decided in the limit as the handler counts it but late from the receipt. */
function answeredLateCountedFromReceipt(c: CaseDraft): void {
  const received = file(c);
  c.clockFrom = c.filedOn;
  c.anchor = received;
  c.trips('OD-06', received, 'red', dayAfter(addWorkdays(c.filedOn, 4)), 'accepted on day 7');
  accept(c, addWorkdays(c.filedOn, 7), { keepClock: true });
  const on = addWorkdays(c.filedOn, c.promised.value + 2);
  finish(c, on);
  lateClosing(c, on);
}

function neverAnswered(c: CaseDraft): void {
  const received = file(c);
  c.clockFrom = c.filedOn;
  c.anchor = received;
  c.trips('OD-06', received, 'red', dayAfter(addWorkdays(c.filedOn, 4)), 'never answered');
  lateClosing(c, null);
}

function answeredOnDayFour(c: CaseDraft): void {
  file(c);
  accept(c, addWorkdays(c.filedOn, 4));
  finish(c, c.used(quietDays(c)));
}

function supplementAskedOnDayFour(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  const asked = addWorkdays(c.filedOn, 4);
  askSupplement(c, asked, [materialFact(c, '-03', 'missing')], { dueOn: addWorkdays(asked, 10) });
  c.clockFrom = addWorkdays(asked, 6);
  supplement(c, c.clockFrom, [materialFact(c, '-03', 'received')]);
  accept(c, c.clockFrom);
  finish(c, c.used(quietDays(c)));
}

/** X6: a special law gives ten days for the answer. */
function answeredUnderSpecialLaw(c: CaseDraft): void {
  file(c);
  accept(c, addWorkdays(c.filedOn, 7));
  finish(c, c.used(5));
}

function withdrawnOnDayFour(c: CaseDraft): void {
  file(c);
  withdraw(c, addWorkdays(c.filedOn, 4));
}

/** X8: one of the first four working days is an outage. */
function answerAfterOutage(c: CaseDraft): void {
  beforeOutage(c, 2);
  file(c);
  accept(c, addWorkdays(c.filedOn, 5));
  finish(c, c.used(6));
}

// OD-07 应即时告知未即时 (行政许可法 32(1)(2)).

/** A refusal of an incomplete filing, reported beforehand and served with its document. */
function refuseOn(c: CaseDraft, on: number, kind: string) {
  fileRefusal(c, on);
  serve(c, 'decision', on);
  return refuse(c, on, {
    reasonKind: kind,
    reasonText: '该事项依法不需要取得行政许可或不属于本机关职权。',
  });
}

function toldNextDay(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '02': 'missing' }) });
  const kind = c.random.pick(['no-permit-needed', 'not-our-competence']);
  const refused = refuseOn(c, addWorkdays(c.filedOn, 1), kind);
  c.trips('OD-07', refused, 'yellow', null, 'told the next working day');
}

function toldSameDay(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '02': 'missing' }) });
  refuseOn(c, c.filedOn, 'no-permit-needed');
}

function toldAfterClose(c: CaseDraft): void {
  const materials = materialList(c, { '02': 'missing' });
  apply(c, { channel: 'online', appliedAt: instantOn(c.filedOn, 17, 40), materials });
  receive(c, { receivedOn: instantOn(c.filedOn, 17, 45), materials });
  refuseOn(c, addWorkdays(c.filedOn, 1), 'not-our-competence');
}

function toldAfterRestDay(c: CaseDraft): void {
  c.filedOn = eveOfRest(c.filedOn) + 1;
  const materials = materialList(c, { '02': 'missing' });
  apply(c, { channel: 'online', appliedAt: instantOn(c.filedOn, 10), materials });
  receive(c, { receivedOn: instantOn(c.filedOn, 10, 5), materials });
  refuseOn(c, addWorkdays(c.filedOn, 1), 'no-permit-needed');
}

function otherReasonNextDay(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '02': 'missing' }) });
  refuseOn(c, addWorkdays(c.filedOn, 1), 'not-eligible');
}

// OD-08 即办件未当场办结 (行政许可法 34): acceptance too comes on the next day, so that no decision clock is touched.

function keptOvernight(c: CaseDraft): void {
  const received = file(c);
  const next = addWorkdays(c.filedOn, 1);
  accept(c, next);
  finish(c, next, { deliverAfter: 0 });
  c.trips(
    'OD-08',
    received,
    'yellow',
    dayAfter(c.filedOn),
    'complete filing closed the next working day',
  );
}

function closedOnTheSpot(c: CaseDraft): void {
  file(c);
  accept(c, c.filedOn);
  finish(c, c.filedOn, { deliverAfter: 0 });
}

function incompleteKept(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '02': 'missing' }) });
  askSupplement(c, c.filedOn, [materialFact(c, '-02', 'missing')]);
  const next = addWorkdays(c.filedOn, 1);
  supplement(c, next, [materialFact(c, '-02', 'received')]);
  c.clockFrom = next;
  accept(c, next);
  finish(c, next, { deliverAfter: 0 });
}

function substanceChecked(c: CaseDraft): void {
  file(c);
  assign(c, c.filedOn);
  const next = addWorkdays(c.filedOn, 1);
  inspect(c, next);
  accept(c, next);
  finish(c, next, { deliverAfter: 0 });
}

function filedOnRestDay(c: CaseDraft): void {
  c.filedOn = eveOfRest(c.filedOn) + 1;
  apply(c, { channel: 'online', appliedAt: instantOn(c.filedOn, 9, 30) });
  receive(c, { receivedOn: instantOn(c.filedOn, 9, 31) });
  const next = addWorkdays(c.filedOn, 1);
  accept(c, next);
  finish(c, next, { deliverAfter: 0 });
}

export const OVERDUE_FILING: readonly Behaviour[] = [
  hit('OD-06', 'answered-on-day-5', L15, answeredOnDayFive),
  hit('OD-06', 'answered-on-day-6', L20, answeredOnDaySix),
  hit('OD-06', 'late-from-receipt', [...L10, ...L15], answeredLateCountedFromReceipt),
  hit('OD-06', 'never-answered', [...L10, ...L20], neverAnswered),
  near('OD-06', 'accepted on day 4', [...L10, ...L15], answeredOnDayFour),
  near('OD-06', 'supplement asked on day 4', [...L10, ...L15], supplementAskedOnDayFour),
  near('OD-06', 'X6: a special law sets another limit', ['fireworks'], answeredUnderSpecialLaw),
  near('OD-06', 'X7: withdrawn on day 4', L15, withdrawnOnDayFour),
  near('OD-06', 'X8: an outage among the first four days', L15, answerAfterOutage, {
    feed: 'legacy',
  }),
  hit('OD-07', 'told-the-next-day', [...L10, ...L15], toldNextDay),
  near('OD-07', 'told on the same day', L15, toldSameDay),
  near('OD-07', 'received after close of business', L15, toldAfterClose),
  near('OD-07', 'received on a rest day', L15, toldAfterRestDay),
  near('OD-07', 'another reason than the two of article 32', L15, otherReasonNextDay),
  hit('OD-08', 'kept-overnight', INSTANT, keptOvernight),
  near('OD-08', 'closed on the spot', INSTANT, closedOnTheSpot),
  near('OD-08', 'materials incomplete', INSTANT, incompleteKept),
  near('OD-08', 'substance check ordered (34(3))', INSTANT, substanceChecked),
  near('OD-08', 'filed on a rest day, closed the next working day', INSTANT, filedOnRestDay),
];
