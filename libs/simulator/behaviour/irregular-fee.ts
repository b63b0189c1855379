import type { CaseDraft } from '../draft/case-draft.js';
import { dayAfter } from '../draft/case-draft.js';
import { finish } from '../draft/closing.js';
import { serve, toAcceptance } from '../draft/filing.js';
import { assign, doStep, inspect, lawfulPause } from '../draft/handling.js';
import { L10, L15, L20 } from '../lawful/scenario.js';
import { hearing, holdHearing } from '../lawful/unusual.js';
import { addWorkdays } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { nextVersionDay } from './shirking.js';

// IR-09 收费异常 (行政许可法 58, 59, 75) and IR-10 违规减免.

function charge(c: CaseDraft, on: number, fee: Record<string, unknown>) {
  return c.say('fee-charged', on, { billNo: `PJ${c.index}`, ...fee });
}

function firstFee(c: CaseDraft) {
  const fee = c.place.item.spec.fees[0];
  if (!fee) throw new Error(`item ${c.place.item.spec.key} has no fee`);
  return { feeCode: fee.feeCode, amount: fee.standard };
}

function charged(c: CaseDraft, fee: Record<string, unknown>) {
  toAcceptance(c);
  const fact = charge(c, c.used(2), fee);
  finish(c, c.used(5));
  return fact;
}

function chargedFreeItem(c: CaseDraft): void {
  const fact = charged(c, { feeCode: 'F-FW', amount: 200 });
  c.trips('IR-09', fact, 'red', fact.at, 'fee that the catalogue does not know');
}

function chargedWrong(c: CaseDraft): void {
  const { feeCode, amount } = firstFee(c);
  const wrong = c.random.pick([{ amount: amount + 1 }, { amount: amount - 1 }, { billNo: '' }]);
  const fact = charged(c, { feeCode, amount, ...wrong });
  c.trips('IR-09', fact, 'red', fact.at, 'one yuan off the standard, or no bill');
}

function chargedRight(c: CaseDraft): void {
  charged(c, firstFee(c));
}

function waive(c: CaseDraft, on: number, waived: Record<string, unknown>) {
  const { feeCode, amount } = firstFee(c);
  return c.say('fee-waived', on, {
    feeCode,
    amount: amount / 2,
    approver: c.crew.approver,
    legalBasis: '小微企业减免',
    ...waived,
  });
}

function chargedAfterWaiver(c: CaseDraft): void {
  toAcceptance(c);
  waive(c, c.used(1), {});
  const { feeCode, amount } = firstFee(c);
  charge(c, c.used(2), { feeCode, amount: amount / 2 });
  finish(c, c.used(5));
}

/** On the day a new standard begins, the old one is still charged. */
function chargedOnChangeDay(c: CaseDraft): void {
  const change = nextVersionDay(c, 4);
  c.filedOn = addWorkdays(change, -2);
  toAcceptance(c);
  const fees = c.place.item.versions.filter(({ from }) => from === change);
  charge(c, change, { feeCode: 'F-EV', amount: fees[0]?.fee ?? 100 });
  finish(c, c.used(5));
}

function waived(c: CaseDraft, data: Record<string, unknown>) {
  toAcceptance(c);
  const fact = waive(c, c.used(2), data);
  finish(c, c.used(5));
  return fact;
}

function waivedWithoutBasis(c: CaseDraft): void {
  const fact = waived(c, { legalBasis: c.random.pick(['', ' ']) });
  c.trips('IR-10', fact, 'red', fact.at, 'waived without a legal basis');
}

function waivedWithoutAuthority(c: CaseDraft): void {
  const fact = waived(c, { approver: c.crew.handler, legalBasis: '领导批示' });
  c.trips('IR-10', fact, 'red', fact.at, 'waived by a handler, on no listed ground');
}

// IR-11 核查不足两人 (行政许可法 34(3), 55).

function inspectedBy(c: CaseDraft, count: number, sameTwice = false) {
  toAcceptance(c);
  const { inspectors } = c.place.agency.staff;
  const first = inspectors[0];
  const team = sameTwice && first ? [first, first] : inspectors.slice(0, count);
  assign(c, c.used(1), 'site', inspectors.slice(0, 3));
  const fact = inspect(c, c.used(2), team);
  finish(c, c.used(6));
  return fact;
}

function inspectedAlone(c: CaseDraft): void {
  const min = c.place.item.spec.inspectorsMin;
  const fact = inspectedBy(c, min - 1, min === 2 && c.random.chance(0.4));
  c.trips('IR-11', fact, 'yellow', fact.at, 'one inspector fewer than the item demands');
}

// IR-12 应听证未听证 (行政许可法 46, 47).

function noHearing(c: CaseDraft): void {
  toAcceptance(c);
  const decided = finish(c, c.used(6));
  c.trips('IR-12', decided, 'red', decided.at, 'decided without the hearing that the item demands');
}

/** The request of an interested party passed over; the hearing never comes, so OD-12 follows. */
function requestPassedOver(c: CaseDraft): void {
  toAcceptance(c);
  serve(c, 'hearing-right', c.used(1));
  const asked = addWorkdays(c.used(1), c.random.between(1, 5));
  const requested = c.say('hearing-requested', asked, { requester: c.applicant });
  const decided = finish(c, addWorkdays(asked, 3));
  c.trips(
    'IR-12',
    decided,
    'red',
    decided.at,
    'decided although a hearing had been asked for in time',
  );
  c.trips(
    'OD-12',
    requested,
    'yellow',
    dayAfter(addWorkdays(asked, 20)),
    'the hearing asked for was never held',
  );
}

function neighboursUntold(c: CaseDraft): void {
  toAcceptance(c);
  const decided = finish(c, c.used(8));
  c.trips('IR-12', decided, 'red', decided.at, 'interested parties never told of their right');
}

function heardFirst(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const from = c.used(2);
  const held = addWorkdays(from, 10);
  serve(c, 'hearing', addWorkdays(held, -8));
  holdHearing(c, held);
  lawfulPause(c, from, held, { ground: 'hearing', limit: { value: 20, unit: 'G' } });
  finish(c, c.used(8));
}

/** Article 47: the right told, no request within five working days. */
function noRequest(c: CaseDraft): void {
  toAcceptance(c);
  serve(c, 'hearing-right', c.used(1));
  finish(c, c.used(8));
}

function requestOnDaySix(c: CaseDraft): void {
  toAcceptance(c);
  serve(c, 'hearing-right', c.used(1));
  c.say('hearing-requested', addWorkdays(c.used(1), 6), { requester: c.applicant });
  finish(c, c.used(10));
}

export const IRREGULAR_FEE: readonly Behaviour[] = [
  hit('IR-09', 'free-item', [...L10, ...L15], chargedFreeItem),
  hit('IR-09', 'one-yuan-off', ['excavate', 'waste'], chargedWrong),
  near('IR-09', 'exactly the standard', ['excavate', 'waste'], chargedRight),
  near('IR-09', 'lawful waiver before it', ['waste'], chargedAfterWaiver),
  near('IR-09', 'the standard changed on that day', ['evolve'], chargedOnChangeDay),
  hit('IR-10', 'no-basis', ['waste'], waivedWithoutBasis),
  hit('IR-10', 'no-authority', ['waste', 'excavate'], waivedWithoutAuthority),
  near('IR-10', 'approver in post, basis named', ['waste'], (c) => void waived(c, {})),
  near(
    'IR-10',
    'waiver list of the catalogue',
    ['waste'],
    (c) => void waived(c, { approver: c.crew.handler, legalBasis: '应急抢险免征' }),
  ),
  hit('IR-11', 'one-too-few', ['hr', 'pharmacy', 'blast'], inspectedAlone),
  near('IR-11', 'exactly as many as needed', ['hr', 'pharmacy'], (c) => void inspectedBy(c, 2)),
  near('IR-11', 'three of three', ['blast'], (c) => void inspectedBy(c, 3)),
  near('IR-11', 'remote check allowed', ['remote'], (c) => void inspectedBy(c, 1)),
  hit('IR-12', 'hearing-required', ['planning'], noHearing),
  hit('IR-12', 'request-passed-over', L20, requestPassedOver),
  hit('IR-12', 'neighbours-untold', ['neighbour'], neighboursUntold),
  near('IR-12', 'hearing held', ['planning'], heardFirst),
  near('IR-12', 'hearing asked for and held', L20, hearing),
  near('IR-12', 'article 47: told, no request', ['eia', 'neighbour'], noRequest),
  near('IR-12', 'request on day 6', [...L20, 'eia'], requestOnDaySix),
];
