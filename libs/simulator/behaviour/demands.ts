import type { CaseDraft } from '../draft/case-draft.js';
import { fileRefusal, finish, refuse } from '../draft/closing.js';
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
  toAcceptance,
} from '../draft/filing.js';
import { doStep } from '../draft/handling.js';
import { plain } from '../lawful/plain.js';
import { L10, L15, quietDays } from '../lawful/scenario.js';
import { addWorkdays, dateOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';

// SH-11 互相推诿: A to B and straight back.

function transfer(c: CaseDraft, on: number, from: number, to: number, docNo: string | null = null) {
  const unit = (n: number) => `${c.place.agency.unitCode}-${n}`;
  return c.say(
    'transferred',
    on,
    { fromUnit: unit(from), toUnit: unit(to), reasonText: '不属于本科职责,请贵科办理。' },
    { docNo },
  );
}

function thereAndBack(c: CaseDraft): void {
  toAcceptance(c);
  transfer(c, c.used(1), 1, 2);
  const back = transfer(c, c.used(2), 2, 1);
  c.trips('SH-11', back, 'yellow', back.at, 'handed back with nothing done');
  finish(c, c.used(5));
}

function thereAndBackTwice(c: CaseDraft): void {
  toAcceptance(c);
  transfer(c, c.used(1), 1, 2);
  const back = transfer(c, c.used(2), 2, 1);
  const again = transfer(c, c.used(3), 1, 2);
  c.trips('SH-11', back, 'yellow', back.at, 'handed back with nothing done');
  c.trips('SH-11', again, 'yellow', again.at, 'handed over again with nothing done');
  finish(c, c.used(6));
}

function backAfterWork(c: CaseDraft): void {
  toAcceptance(c);
  transfer(c, c.used(1), 1, 2);
  doStep(c, 'handle', c.used(2));
  transfer(c, c.used(3), 2, 1);
  finish(c, c.used(5));
}

function backByAllocation(c: CaseDraft): void {
  toAcceptance(c);
  transfer(c, c.used(1), 1, 2);
  transfer(c, c.used(2), 2, 1, c.docNo('派'));
  finish(c, c.used(5));
}

function onToAThird(c: CaseDraft): void {
  toAcceptance(c);
  transfer(c, c.used(1), 1, 2);
  transfer(c, c.used(2), 2, 3);
  finish(c, c.used(5));
}

// SH-13 否定未报备: to both leaders, before the negative act.

function negative(c: CaseDraft, persons: number): ReturnType<typeof refuse> {
  if (c.random.chance(0.5)) {
    file(c, { materials: materialList(c, { '02': 'missing' }) });
    if (persons > 0) fileRefusal(c, c.filedOn, 'refuse', persons);
    return refuse(c, c.filedOn);
  }
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const on = c.used(5);
  const decided = finish(c, on, { outcome: 'denied' });
  c.drop('refusal-filed');
  if (persons > 0) fileRefusal(c, c.used(3), 'deny', persons);
  return decided;
}

function negativeUnreported(c: CaseDraft): void {
  const act = negative(c, c.random.pick([0, 1]));
  c.trips('SH-13', act, 'yellow', act.at, 'reported to fewer than two leaders');
}

function latenessUnreported(c: CaseDraft, reported: boolean): void {
  toAcceptance(c);
  const on = c.used(c.promised.value + 1);
  if (reported) fileRefusal(c, c.used(c.promised.value), 'late');
  const served = serve(c, 'overdue-reason', on);
  finish(c, on);
  lateClosing(c, on);
  if (!reported)
    c.trips(
      'SH-13',
      served,
      'yellow',
      served.at,
      'lateness told to the applicant, not to the leaders',
    );
}

// SH-14 重复索要材料 (行政许可法 35; 优化营商环境条例 44).

/** One supplement before acceptance for one material, handed in three days later. */
function asksFor(
  c: CaseDraft,
  no: string,
  filed: Record<string, unknown>[],
  more: Record<string, unknown> = {},
) {
  file(c, { materials: filed });
  const asked = askSupplement(c, addWorkdays(c.filedOn, 1), [materialFact(c, no, 'missing', more)]);
  c.clockFrom = addWorkdays(c.filedOn, 4);
  supplement(c, c.clockFrom, [materialFact(c, no, 'received')]);
  accept(c, c.clockFrom);
  finish(c, c.used(5));
  return asked;
}

function askedAgain(c: CaseDraft): void {
  const asked = asksFor(c, c.random.pick(['-01', '-02', '-03']), materialList(c));
  c.trips('SH-14', asked, 'yellow', asked.at, 'material already held');
}

function sharedAsked(c: CaseDraft): void {
  const asked = asksFor(c, '-04', materialList(c, { '04': null }));
  c.trips('SH-14', asked, 'yellow', asked.at, 'material shared by data');
}

/** The material held had run out the day before the request. */
function expiredAsked(c: CaseDraft): void {
  const materials = materialList(c, { '03': null });
  materials.push(materialFact(c, '-03', 'received', { dueOn: dateOf(c.filedOn) }));
  asksFor(c, '-03', materials);
}

function originalAsked(c: CaseDraft): void {
  asksFor(c, '-02', materialList(c), { form: 'paper' });
}

function missingAsked(c: CaseDraft): void {
  asksFor(c, '-03', materialList(c, { '03': 'missing' }));
}

// SH-15 清单外材料 (行政许可法 31).

const OFF_LIST = {
  code: 'WZ-99',
  name: '社区居委会盖章同意书',
  required: true,
  form: 'paper',
  status: 'missing',
};

function offListAsked(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  const asked = askSupplement(c, addWorkdays(c.filedOn, 1), [
    materialFact(c, '-03', 'missing'),
    OFF_LIST,
  ]);
  c.trips('SH-15', asked, 'yellow', asked.at, 'material outside the catalogue');
  c.clockFrom = addWorkdays(c.filedOn, 5);
  supplement(c, c.clockFrom, [
    materialFact(c, '-03', 'received'),
    { ...OFF_LIST, status: 'received' },
  ]);
  accept(c, c.clockFrom);
  finish(c, c.used(5));
}

function extraDemand(c: CaseDraft): void {
  const received = file(c, { extraDemand: '须先缴纳协会会费' });
  c.trips('SH-15', received, 'yellow', received.at, 'condition outside the catalogue at receipt');
  accept(c, addWorkdays(c.filedOn, 2));
  finish(c, c.used(5));
}

function offListRefused(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  const asked = askSupplement(c, addWorkdays(c.filedOn, 1), [OFF_LIST]);
  c.trips('SH-15', asked, 'red', asked.at, 'refused as incomplete after an off-list demand');
  const on = addWorkdays(c.filedOn, 3);
  fileRefusal(c, on);
  serve(c, 'decision', on);
  refuse(c, on, { reasonKind: 'incomplete' });
}

function optionalAsked(c: CaseDraft): void {
  asksFor(c, '-05', materialList(c));
}

function emptyDemand(c: CaseDraft): void {
  file(c, { extraDemand: '' });
  accept(c, addWorkdays(c.filedOn, 2));
  finish(c, c.used(quietDays(c)));
}

function listedThenRefused(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  askSupplement(c, addWorkdays(c.filedOn, 1), [materialFact(c, '-03', 'missing')]);
  const on = addWorkdays(c.filedOn, 3);
  fileRefusal(c, on);
  serve(c, 'decision', on);
  refuse(c, on, { reasonKind: 'incomplete' });
}

// SH-16 限定渠道 (优化营商环境条例 36, 37).

function throughChannel(c: CaseDraft, channel: string) {
  const applied = apply(c, { channel });
  receive(c);
  accept(c, c.filedOn);
  finish(c, c.used(6));
  return applied;
}

function outsideTheList(c: CaseDraft): void {
  const applied = throughChannel(c, c.random.pick(['mail', 'proxy']));
  c.trips('SH-16', applied, 'yellow', applied.at, 'channel outside the catalogue');
}

function onlyOneChannel(c: CaseDraft): void {
  const applied = throughChannel(c, 'counter');
  c.trips('SH-16', applied, 'yellow', applied.at, 'the item has one channel only');
}

const REPORTING_ELSEWHERE = {
  where: (world: CaseDraft['place']['world'], random: CaseDraft['random']) =>
    random.pick(world.agencies.filter(({ refusalFiling }) => !refusalFiling)),
};
const REPORTING = {
  where: (world: CaseDraft['place']['world'], random: CaseDraft['random']) =>
    random.pick(world.agencies.filter(({ refusalFiling }) => refusalFiling)),
};

export const DEMANDS: readonly Behaviour[] = [
  hit('SH-11', 'there-and-back', [...L10, ...L15], thereAndBack),
  hit('SH-11', 'there-and-back-twice', L15, thereAndBackTwice),
  near('SH-11', 'a step completed between', [...L10, ...L15], backAfterWork),
  near('SH-11', 'written allocation decision', L15, backByAllocation),
  near('SH-11', 'on to a third unit', L15, onToAThird),
  hit('SH-13', 'unreported', [...L10, ...L15], negativeUnreported, REPORTING),
  hit('SH-13', 'lateness-unreported', L15, (c) => latenessUnreported(c, false), REPORTING),
  near('SH-13', 'reported to exactly two leaders', [...L10, ...L15], (c) => void negative(c, 2)),
  near(
    'SH-13',
    'the region has not adopted it',
    L15,
    (c) => void negative(c, 0),
    REPORTING_ELSEWHERE,
  ),
  near('SH-13', 'lateness reported before it was told', L15, (c) => latenessUnreported(c, true)),
  hit('SH-14', 'already-held', [...L10, ...L15], askedAgain),
  hit('SH-14', 'shared', [...L10, ...L15], sharedAsked),
  near('SH-14', 'the one held had expired', [...L10, ...L15], expiredAsked),
  near('SH-14', 'the original is required by law', ['heritage'], originalAsked),
  near('SH-14', 'listed as missing', L15, missingAsked),
  hit('SH-15', 'off-list-material', [...L10, ...L15], offListAsked),
  hit('SH-15', 'extra-demand', [...L10, ...L15], extraDemand),
  hit('SH-15', 'refused-for-it', [...L10, ...L15], offListRefused),
  near('SH-15', 'an optional material of the catalogue', [...L10, ...L15], optionalAsked),
  near('SH-15', 'an empty demand', L15, emptyDemand),
  near('SH-15', 'refused as incomplete for a listed material', L15, listedThenRefused),
  hit('SH-16', 'outside-the-list', [...L10, ...L15], outsideTheList),
  hit('SH-16', 'one-channel', ['bank'], onlyOneChannel),
  near(
    'SH-16',
    'last channel of the list',
    [...L10, ...L15],
    (c) => void throughChannel(c, 'self-service'),
  ),
  near('SH-16', 'secret item, or one channel by law', ['secret', 'weapon'], plain),
];
