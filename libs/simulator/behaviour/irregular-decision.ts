import type { CaseDraft } from '../draft/case-draft.js';
import { dayAfter } from '../draft/case-draft.js';
import { afterGrant, conclude, decide, finish, serveDecision } from '../draft/closing.js';
import {
  accept,
  file,
  materialFact,
  materialList,
  supplement,
  toAcceptance,
} from '../draft/filing.js';
import { doRole, doStep, stepOf } from '../draft/handling.js';
import { AUTO, L10, L15 } from '../lawful/scenario.js';
import { correct, toleranceAcceptance } from '../lawful/unusual.js';
import { addWorkdays } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';

// IR-13 越权审批 (行政许可法 69(2), 74(1)): steps stay with officers in post, only the decision's approver differs.

function approvedBy(c: CaseDraft, on: number, approver: CaseDraft['crew']['approver']) {
  doRole(c, 'handle', on);
  doRole(c, 'review', on);
  doRole(c, 'approve', on);
  const decided = decide(c, on, { decided: { approver } });
  serveDecision(c, on);
  conclude(c, on, 'granted');
  afterGrant(c, decided);
  return decided;
}

function approvedWithoutPowers(c: CaseDraft): void {
  toAcceptance(c);
  const { staff } = c.place.agency;
  const decided = approvedBy(c, c.used(5), c.random.pick([staff.withoutPowers, c.crew.reviewer]));
  c.trips('IR-13', decided, 'red', decided.at, 'approver has no power for the item');
}

/** Decided so many working days after the last day of an approver on secondment. */
function approvedAtTermEnd(c: CaseDraft, after: number) {
  const term = nextTerm(c.place.agency, addWorkdays(c.filedOn, 6));
  const on = after === 0 ? term.to : addWorkdays(term.to, after);
  c.filedOn = addWorkdays(term.to, -5);
  toAcceptance(c);
  return approvedBy(c, on, term.officer);
}

function nextTerm(agency: CaseDraft['place']['agency'], from: number) {
  const term = agency.staff.terms.find(({ to }) => to >= from);
  if (!term) throw new Error(`no secondment of ${agency.name} ends after the day asked for`);
  return term;
}

const WITH_TERM = {
  where: (world: CaseDraft['place']['world'], random: CaseDraft['random'], day: number) => {
    const from = addWorkdays(day, 8);
    return random.pick(
      world.agencies.filter(({ staff }) => staff.terms.some(({ to }) => to >= from)),
    );
  },
};

function approvedAfterTerm(c: CaseDraft): void {
  const decided = approvedAtTermEnd(c, 1);
  c.trips(
    'IR-13',
    decided,
    'red',
    decided.at,
    'the approver had left the post the working day before',
  );
}

// IR-19 缺件准予 (行政许可法 74(1)).

function grantedWithGap(c: CaseDraft): void {
  const materials = materialList(c, { '03': 'missing' });
  file(c, { materials });
  accept(c, c.filedOn, { materials });
  const decided = finish(c, c.used(5));
  c.trips('IR-19', decided, 'red', decided.at, 'a required material was missing');
}

/** Tolerated, but its date had passed at the decision; handed in afterwards. */
function grantedPastTolerance(c: CaseDraft): void {
  const due = addWorkdays(c.filedOn, 3);
  const accepted = toleranceAcceptance(c, due);
  const on = addWorkdays(due, 1);
  const decided = finish(c, on);
  supplement(c, addWorkdays(due, 2), [materialFact(c, '-03', 'received')]);
  c.trips('IR-19', decided, 'red', decided.at, 'the tolerated material was overdue');
  c.trips('OD-18', accepted, 'notice', dayAfter(due), 'handed in two working days after its date');
}

function grantedOnToleranceDay(c: CaseDraft): void {
  const due = addWorkdays(c.filedOn, 5);
  toleranceAcceptance(c, due);
  finish(c, due);
  supplement(c, due, [materialFact(c, '-03', 'received')]);
}

function grantedWithout(c: CaseDraft, no: '04' | '05'): void {
  const materials = materialList(c, { [no]: 'missing' });
  file(c, { materials });
  accept(c, c.filedOn, { materials });
  finish(c, c.used(5));
}

// IR-20 擅改已生效许可 (行政许可法 8).

function amended(c: CaseDraft, data: Record<string, unknown>, docNo: string | null = null) {
  toAcceptance(c);
  const on = c.used(4);
  finish(c, on);
  return c.say(
    'amended',
    addWorkdays(on, 3),
    { changes: { address: { before: '松河路1号', after: '松河路11号' } }, ...data },
    { docNo },
  );
}

function amendedBare(c: CaseDraft): void {
  const full = { approver: c.crew.approver, legalBasis: '行政许可法第四十九条' };
  const broken = c.random.pick([
    { legalBasis: '' },
    { legalBasis: undefined },
    { approver: undefined },
  ]);
  const fact = amended(c, { ...full, ...broken });
  c.trips('IR-20', fact, 'red', fact.at, 'changed after the conclusion without basis or approver');
}

function amendedLawfully(c: CaseDraft): void {
  amended(c, { approver: c.crew.approver, legalBasis: '行政许可法第四十九条' });
}

function amendedByTwo(c: CaseDraft): void {
  amended(c, { approver: c.crew.approver, legalBasis: '' }, c.docNo('更'));
}

function amendedBefore(c: CaseDraft): void {
  toAcceptance(c);
  c.say('amended', c.used(2), { changes: { phone: { before: '1', after: '2' } } });
  finish(c, c.used(4));
}

// IR-22 应招未招 (行政许可法 53, 54, 74(3)).

function grantedUnselected(c: CaseDraft): void {
  toAcceptance(c);
  const decided = finish(c, c.used(8));
  c.trips('IR-22', decided, 'red', decided.at, 'granted without tender or exam');
}

function grantedSelected(c: CaseDraft): void {
  toAcceptance(c);
  c.say('selection-held', c.used(8), {
    method: c.random.pick(['tender', 'auction', 'exam']),
    resultDocNo: c.docNo('标'),
  });
  finish(c, c.used(8));
}

function deniedUnselected(c: CaseDraft): void {
  toAcceptance(c);
  finish(c, c.used(8), { outcome: 'denied' });
}

// IR-27 签批无意见.

function opinion(c: CaseDraft, role: string, completed: Record<string, unknown>) {
  toAcceptance(c);
  doRole(c, 'handle', c.used(1));
  const fact = doStep(c, stepOf(c, role).code, c.used(2), { completed });
  finish(c, c.used(5));
  return fact;
}

const STOCK = ['', ' ', '同意', '同意。', '已阅'];

function signedBlank(c: CaseDraft): void {
  const fact = opinion(c, c.random.pick(['SH', 'approve']), {
    opinion: c.random.pick(STOCK),
    signed: true,
  });
  c.trips('IR-27', fact, 'notice', fact.at, 'signed with no opinion of its own');
}

function handledBlank(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.used(1), { completed: { opinion: c.random.pick(STOCK), signed: true } });
  finish(c, c.used(5));
}

function unsignedBlank(c: CaseDraft): void {
  opinion(c, 'SH', { opinion: '', signed: false });
}

function opinionWithReason(c: CaseDraft): void {
  opinion(c, 'SH', { opinion: '同意,选址与规划相符。', signed: true });
}

function automaticBlank(c: CaseDraft): void {
  toAcceptance(c);
  doRole(c, 'handle', c.filedOn);
  doStep(c, 'SH', c.filedOn, { completed: { opinion: '', signed: true } });
  finish(c, c.filedOn);
}

function opinionCorrected(c: CaseDraft): void {
  toAcceptance(c);
  const fact = doStep(c, 'SH', c.used(2), { completed: { opinion: '', signed: true } });
  correct(c, fact, { ...fact.data, opinion: '材料与现场一致,建议批准。' });
  finish(c, c.used(5));
}

export const IRREGULAR_DECISION: readonly Behaviour[] = [
  hit('IR-13', 'no-powers', [...L10, ...L15], approvedWithoutPowers),
  hit('IR-13', 'after-the-term', L15, approvedAfterTerm, WITH_TERM),
  near(
    'IR-13',
    'on the last day of the posting',
    L15,
    (c) => void approvedAtTermEnd(c, 0),
    WITH_TERM,
  ),
  near('IR-13', 'the head approves', L15, (c) => {
    toAcceptance(c);
    approvedBy(c, c.used(5), c.place.agency.staff.head);
  }),
  hit('IR-19', 'granted-with-gap', [...L10, ...L15], grantedWithGap),
  hit('IR-19', 'past-tolerance', L15, grantedPastTolerance),
  near('IR-19', 'tolerated, on the last day of its date', L15, grantedOnToleranceDay),
  near('IR-19', 'a shared material', L15, (c) => grantedWithout(c, '04')),
  near('IR-19', 'an optional material', [...L10, ...L15], (c) => grantedWithout(c, '05')),
  hit('IR-20', 'bare', [...L10, ...L15], amendedBare),
  near('IR-20', 'basis and approver', [...L10, ...L15], amendedLawfully),
  near('IR-20', 'clerical error by two persons', L15, amendedByTwo),
  near('IR-20', 'before the conclusion', L15, amendedBefore),
  hit('IR-22', 'unselected', ['taxi'], grantedUnselected),
  near('IR-22', 'selected minutes before', ['taxi'], grantedSelected),
  near('IR-22', 'denied', ['taxi'], deniedUnselected),
  hit('IR-27', 'blank-or-stock', [...L10, ...L15], signedBlank),
  near('IR-27', 'a handling step', [...L10, ...L15], handledBlank),
  near('IR-27', 'not signed', L15, unsignedBlank),
  near('IR-27', 'agrees and says why', L15, opinionWithReason),
  near('IR-27', 'X4: automatic item', AUTO, automaticBlank),
  near('IR-27', 'corrected the same day', L15, opinionCorrected),
];
