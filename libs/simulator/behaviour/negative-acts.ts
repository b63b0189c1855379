import type { CaseDraft } from '../draft/case-draft.js';
import {
  fileRefusal,
  finish,
  giveBack,
  publish,
  refuse,
  settle,
  withdraw,
} from '../draft/closing.js';
import { lateClosing } from '../draft/consequence.js';
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
import { doRole, doStep } from '../draft/handling.js';
import { L10, L15, L20 } from '../lawful/scenario.js';
import { correct, toleranceAcceptance } from '../lawful/unusual.js';
import { addWorkdays } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { refusedOnTheSpot } from './shirking.js';

// SH-04 不说明理由 (行政许可法 38, 72(7)).

/** Denied after proper handling; `decided` replaces the reason or the remedy. */
function denied(c: CaseDraft, decided: Record<string, unknown>) {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  return finish(c, c.used(4), { outcome: 'denied', decided });
}

function deniedWithout(c: CaseDraft): void {
  const broken = c.random.pick([
    { reasonText: '' },
    { reasonText: undefined },
    { remedyNotice: false },
  ]);
  const decided = denied(c, broken);
  c.trips('SH-04', decided, 'yellow', decided.at, 'denied without reason or remedy');
}

function refusedWithout(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '02': 'missing' }) });
  const broken = c.random.pick([{ reasonText: ' ' }, { remedyNotice: false }]);
  const refused = refusedOnTheSpot(c, { reasonKind: 'not-eligible', ...broken });
  c.trips('SH-04', refused, 'yellow', refused.at, 'refused without reason or remedy');
}

function returnedWithout(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  askSupplement(c, c.filedOn, [materialFact(c, '-03', 'missing')]);
  const returned = giveBack(c, addWorkdays(c.filedOn, 3), 'before-acceptance', '  ');
  c.trips('SH-04', returned, 'yellow', returned.at, 'returned without reason');
}

function deniedBriefly(c: CaseDraft): void {
  denied(c, { reasonText: '间距不足。' });
}

/** X9: the exemption is on record when the denial is dated. */
function deniedExempt(c: CaseDraft): void {
  toAcceptance(c);
  for (const role of ['handle', 'review', 'approve']) doRole(c, role, c.used(3));
  publish(c, c.used(4), c.random.pick(['trade-secret', 'state-secret', 'privacy']));
  settle(c, c.used(4), { outcome: 'denied', decided: { reasonText: '' } });
}

// SH-05 未出书面凭证 (行政许可法 32).

function blankNumber(c: CaseDraft): void {
  file(c);
  const accepted = accept(c, c.filedOn, { accepted: { acceptanceNo: c.random.pick(['', ' ']) } });
  c.trips('SH-05', accepted, 'yellow', accepted.at, 'acceptance without a number');
  finish(c, c.used(5));
}

function refusedBlankNumber(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '02': 'missing' }) });
  const next = addWorkdays(c.filedOn, 1);
  fileRefusal(c, next);
  serve(c, 'decision', next);
  const refused = refuse(c, next, {}, { docNo: '' });
  c.trips('SH-05', refused, 'yellow', refused.at, 'refusal without a number');
}

function neverServed(c: CaseDraft): void {
  file(c);
  accept(c, c.filedOn, { notice: false });
  const on = c.used(4);
  for (const role of ['handle', 'review', 'approve']) doRole(c, role, on);
  const decided = settle(c, on);
  c.trips('SH-05', null, 'yellow', decided.at, 'acceptance never served');
}

function onTheSpot(c: CaseDraft): void {
  file(c);
  accept(c, c.filedOn, { notice: false });
  finish(c, c.filedOn);
}

function servedAtTheLast(c: CaseDraft): void {
  file(c);
  accept(c, c.filedOn, { notice: false });
  const on = c.used(4);
  for (const role of ['handle', 'review', 'approve']) doRole(c, role, on);
  serve(c, 'acceptance', on);
  settle(c, on);
}

function numberCorrected(c: CaseDraft): void {
  file(c);
  const accepted = accept(c, c.filedOn, { accepted: { acceptanceNo: '' } });
  correct(c, accepted, { ...accepted.data, acceptanceNo: `SL-${c.index}` });
  finish(c, c.used(5));
}

// SH-08 临期退件: returned or voided with nine tenths of the promised limit used.

function endedAt(c: CaseDraft, used: number, how: 'returned' | 'voided', reason: string) {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const on = c.used(used);
  if (how === 'returned') return giveBack(c, on, 'after-acceptance', reason);
  return c.say('voided', on, { approver: c.crew.approver, reasonText: reason });
}

const nineTenths = (c: CaseDraft) => Math.ceil((c.promised.value * 9) / 10);

function endedNearTheLimit(c: CaseDraft): void {
  const how = c.random.pick(['returned', 'voided'] as const);
  const ended = endedAt(c, nineTenths(c), how, '材料存在瑕疵,退回重新申请。');
  lateClosing(c, c.used(nineTenths(c)));
  c.trips('SH-08', ended, 'yellow', ended.at, 'ended with nine tenths used');
}

function endedJustBefore(c: CaseDraft): void {
  endedAt(
    c,
    nineTenths(c) - 1,
    c.random.pick(['returned', 'voided'] as const),
    '材料存在瑕疵,退回重新申请。',
  );
}

function endedForFraud(c: CaseDraft): void {
  const reason = c.random.pick([
    '依据《行政许可法》第七十八条,提供虚假材料,予以退回。',
    '申请人以欺骗手段申请,查实后退回。',
    '申请人隐瞒真实情况,退回申请。',
  ]);
  endedAt(c, nineTenths(c), 'returned', reason);
  lateClosing(c, c.used(nineTenths(c)));
}

function returnedAfterWithdrawal(c: CaseDraft): void {
  toAcceptance(c);
  const on = c.used(nineTenths(c));
  withdraw(c, on);
  c.say('returned', on, {
    stage: 'after-acceptance',
    reasonText: '申请人撤回,材料退还。',
    remedyNotice: true,
  });
  lateClosing(c, on);
}

// SH-09 受理后补正.

function askedAfterAcceptance(c: CaseDraft, asked: (on: number) => CaseDraft['facts'][number]) {
  toAcceptance(c);
  const fact = asked(c.used(3));
  supplement(c, c.used(5), [materialFact(c, '-05', 'received')]);
  finish(c, c.used(7));
  return fact;
}

function supplementAfterAcceptance(c: CaseDraft): void {
  const asked = askedAfterAcceptance(c, (on) =>
    askSupplement(c, on, [materialFact(c, '-05', 'missing')]),
  );
  c.trips('SH-09', asked, 'yellow', asked.at, 'supplement asked for after acceptance');
}

function newLegalFact(c: CaseDraft): void {
  askedAfterAcceptance(c, (on) =>
    askSupplement(c, on, [materialFact(c, '-05', 'missing')], {
      reasonText: '新事实:审查中发现经营场所权属发生变更,已记录在案。',
    }),
  );
}

function toleratedAsked(c: CaseDraft): void {
  toleranceAcceptance(c, addWorkdays(c.filedOn, 8));
  askSupplement(c, c.used(2), [materialFact(c, '-03', 'missing')]);
  supplement(c, c.used(5), [materialFact(c, '-03', 'received')]);
  finish(c, c.used(7));
}

function askedJustBefore(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  askSupplement(c, c.filedOn, [materialFact(c, '-03', 'missing')]);
  supplement(c, c.filedOn, [materialFact(c, '-03', 'received')]);
  accept(c, c.filedOn);
  finish(c, c.used(6));
}

export const NEGATIVE_ACTS: readonly Behaviour[] = [
  hit('SH-04', 'denied', [...L10, ...L15], deniedWithout),
  hit('SH-04', 'refused', [...L10, ...L15], refusedWithout),
  hit('SH-04', 'returned', L15, returnedWithout),
  near('SH-04', 'a short reason and the remedy', [...L10, ...L15], deniedBriefly),
  near('SH-04', 'X9: exemption on record', L15, deniedExempt),
  hit('SH-05', 'blank-number', [...L10, ...L15], blankNumber),
  hit('SH-05', 'refusal-without-number', L15, refusedBlankNumber),
  hit('SH-05', 'never-served', [...L10, ...L15], neverServed),
  near('SH-05', 'decided on the spot', ['card', 'seal', 'stamp'], onTheSpot),
  near('SH-05', 'served minutes before the decision', L15, servedAtTheLast),
  near('SH-05', 'the number corrected the same day', L15, numberCorrected),
  hit('SH-08', 'ended-near-the-limit', [...L10, ...L20], endedNearTheLimit),
  near('SH-08', 'ended on the day before', [...L10, ...L20], endedJustBefore),
  near('SH-08', 'fraud found', [...L10, ...L20], endedForFraud),
  near('SH-08', 'after a signed withdrawal', L20, returnedAfterWithdrawal),
  hit('SH-09', 'asked-after-acceptance', [...L10, ...L15], supplementAfterAcceptance),
  near('SH-09', 'a new legal fact, recorded', L15, newLegalFact),
  near('SH-09', 'tolerated material', [...L10, ...L15], toleratedAsked),
  near('SH-09', 'asked and answered minutes before acceptance', L15, askedJustBefore),
];
