import type { CaseDraft } from '../draft/case-draft.js';
import { fileRefusal, finish, refuse } from '../draft/closing.js';
import {
  accept,
  askSupplement,
  file,
  materialFact,
  materialList,
  supplement,
} from '../draft/filing.js';
import { L10, L15, L20, quietDays } from '../lawful/scenario.js';
import { correct, revoke } from '../lawful/unusual.js';
import { addWorkdays } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';

// SH-01 应受理不受理 (行政许可法 32(5), 72(1)): complete, the agency's own item, and still refused.

/** Refused on the day of receipt, reported beforehand, with reason and remedy: nothing else is wrong with it. */
export function refusedOnTheSpot(c: CaseDraft, refused: Record<string, unknown>, by = {}) {
  fileRefusal(c, c.filedOn);
  return refuse(c, c.filedOn, refused, by);
}

function refusedComplete(c: CaseDraft): void {
  file(c);
  const kind = c.random.pick(['not-eligible', 'other', 'incomplete']);
  const refused = refusedOnTheSpot(c, {
    reasonKind: kind,
    reasonText: '暂不具备受理条件,请另行择期申请。',
  });
  c.trips('SH-01', refused, 'red', refused.at, 'complete filing refused');
}

function refusedOneMissing(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  refusedOnTheSpot(c, {
    reasonKind: 'incomplete',
    reasonText: '缺少管理制度文件,申请人书面表示不再补正。',
  });
}

function refusedBarred(c: CaseDraft): void {
  file(c);
  const article = c.random.pick(['第七十八条', '第七十九条']);
  refusedOnTheSpot(c, {
    reasonKind: 'not-eligible',
    reasonText: `依据《行政许可法》${article},申请人在一年内不得再次申请该许可。`,
  });
}

/** The item belongs to the bureau of another region. */
function refusedNotOwn(c: CaseDraft): void {
  const other = c.place.world.agencies.find((agency) => agency !== c.place.agency);
  const item = other?.items.get(c.place.item.spec.key);
  if (!item) throw new Error('no other bureau offers the item');
  const envelope = { itemCode: item.code };
  file(c);
  refusedOnTheSpot(c, {
    reasonKind: 'not-our-competence',
    reasonText: '该事项由市级部门负责受理。',
  });
  for (const fact of c.facts) fact.envelope = envelope;
}

/** A correction of the same day shows that a required material was missing. */
function refusedCorrected(c: CaseDraft): void {
  const received = file(c);
  refusedOnTheSpot(c, {
    reasonKind: 'incomplete',
    reasonText: '缺少管理制度文件,申请人书面表示不再补正。',
  });
  correct(c, received, { ...received.data, materials: materialList(c, { '03': 'missing' }) });
}

// SH-02 多次补正 (行政许可法 32(4), 72(4)): yellow at the second round, red at the third.

const ROUND_MATERIALS = ['-02', '-03', '-01'];

/** Rounds of supplement notices before acceptance, each for another material that was missing from the first. */
function rounds(c: CaseDraft, n: number): CaseDraft['facts'] {
  file(c, { materials: materialList(c, { '02': 'missing', '03': 'missing', '01': 'missing' }) });
  const asked: CaseDraft['facts'] = [];
  let day = c.filedOn;
  for (let round = 1; round <= n; round += 1) {
    const no = ROUND_MATERIALS[round - 1] ?? '-01';
    asked.push(
      askSupplement(c, day, [materialFact(c, no, 'missing')], {
        round,
        dueOn: addWorkdays(day, 10),
      }),
    );
    day = addWorkdays(day, 3);
    const rest = round === n ? ROUND_MATERIALS.slice(n) : [];
    supplement(
      c,
      day,
      [no, ...rest].map((one) => materialFact(c, one, 'received')),
    );
  }
  c.clockFrom = day;
  accept(c, day);
  finish(c, c.used(quietDays(c)));
  return asked;
}

function twoRounds(c: CaseDraft): void {
  const second = rounds(c, 2)[1];
  c.trips('SH-02', null, 'yellow', second?.at ?? null, 'second round');
}

function threeRounds(c: CaseDraft): void {
  const second = rounds(c, 3)[1];
  c.trips('SH-02', null, 'red', second?.at ?? null, 'third round');
}

/** The second round asks only for what the applicant had handed in since the first, and that had run out. */
function roundForNewMaterial(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  askSupplement(c, c.filedOn, [materialFact(c, '-03', 'missing')]);
  const first = addWorkdays(c.filedOn, 3);
  const dueOn = c.time(addWorkdays(c.filedOn, 1));
  const expired = new Date(dueOn).toISOString().slice(0, 10);
  supplement(c, first, [materialFact(c, '-03', 'received', { dueOn: expired })], false);
  askSupplement(c, addWorkdays(c.filedOn, 4), [materialFact(c, '-03', 'missing')], { round: 2 });
  c.clockFrom = addWorkdays(c.filedOn, 6);
  supplement(c, c.clockFrom, [materialFact(c, '-03', 'received')]);
  accept(c, c.clockFrom);
  finish(c, c.used(5));
}

/** A new version of the catalogue between the two rounds. */
function roundAfterNewVersion(c: CaseDraft): void {
  const change = nextVersionDay(c, 3);
  c.filedOn = addWorkdays(change, -2);
  file(c, { materials: materialList(c, { '02': 'missing', '03': 'missing' }) });
  askSupplement(c, c.filedOn, [materialFact(c, '-02', 'missing')]);
  supplement(c, addWorkdays(c.filedOn, 1), [materialFact(c, '-02', 'received')]);
  askSupplement(c, addWorkdays(change, 1), [materialFact(c, '-03', 'missing')], { round: 2 });
  c.clockFrom = addWorkdays(change, 3);
  supplement(c, c.clockFrom, [materialFact(c, '-03', 'received')]);
  accept(c, c.clockFrom);
  finish(c, c.used(4));
}

/** First day of a new version that lies at least `ahead` working days after the filing. */
export function nextVersionDay(c: CaseDraft, ahead: number): number {
  const least = addWorkdays(c.filedOn, ahead);
  const day = c.place.world.versionDays.find((one) => one >= least);
  if (day === undefined) throw new Error('the run has no further version of the catalogue');
  return day;
}

function secondRoundRevoked(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  askSupplement(c, c.filedOn, [materialFact(c, '-03', 'missing')]);
  const wrong = askSupplement(c, addWorkdays(c.filedOn, 1), [materialFact(c, '-05', 'missing')], {
    round: 2,
  });
  revoke(c, wrong);
  c.clockFrom = addWorkdays(c.filedOn, 4);
  supplement(c, c.clockFrom, [materialFact(c, '-03', 'received')]);
  accept(c, c.clockFrom);
  finish(c, c.used(5));
}

// SH-03 补正告知无清单 (行政许可法 32(4)).

function noticeOf(c: CaseDraft, materials: Record<string, unknown>[], reasonText: string) {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  const asked = askSupplement(c, addWorkdays(c.filedOn, 1), materials, { reasonText });
  c.clockFrom = addWorkdays(c.filedOn, 5);
  supplement(c, c.clockFrom, [materialFact(c, '-03', 'received')]);
  accept(c, c.clockFrom);
  finish(c, c.used(5));
  return asked;
}

function noticeWithoutList(c: CaseDraft): void {
  const asked = noticeOf(c, [], '材料不齐,请补正。');
  c.trips('SH-03', asked, 'yellow', asked.at, 'no list of materials');
}

function noticeWithoutReason(c: CaseDraft): void {
  const asked = noticeOf(c, [materialFact(c, '-03', 'missing')], c.random.pick(['', '   ']));
  c.trips('SH-03', asked, 'yellow', asked.at, 'no reason');
}

function noticeShort(c: CaseDraft): void {
  noticeOf(c, [materialFact(c, '-03', 'missing')], '缺');
}

export const SHIRKING: readonly Behaviour[] = [
  hit('SH-01', 'complete-and-refused', [...L10, ...L15, ...L20], refusedComplete),
  near('SH-01', 'one required material missing', [...L10, ...L15], refusedOneMissing),
  near('SH-01', 'applicant barred by article 78 or 79', L15, refusedBarred),
  near('SH-01', 'not an item of this agency', L15, refusedNotOwn, {
    where: (world, random) => random.pick(world.agencies.slice(1)),
  }),
  near('SH-01', 'a correction shows a missing material', L15, refusedCorrected),
  hit('SH-02', 'two-rounds', [...L10, ...L15], twoRounds),
  hit('SH-02', 'three-rounds', [...L10, ...L15], threeRounds),
  near('SH-02', 'one round for everything', [...L10, ...L15], (c) => void rounds(c, 1)),
  near('SH-02', "new round only for the applicant's new material", L15, roundForNewMaterial),
  near(
    'SH-02',
    'the catalogue changed between the rounds',
    ['evolve', 'evolvelong'],
    roundAfterNewVersion,
  ),
  near('SH-02', 'second round revoked', L15, secondRoundRevoked),
  hit('SH-03', 'no-list', [...L10, ...L15], noticeWithoutList),
  hit('SH-03', 'no-reason', [...L10, ...L15], noticeWithoutReason),
  near('SH-03', 'one material and one character of reason', [...L10, ...L15], noticeShort),
];
