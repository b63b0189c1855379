import { withWrongCheck } from '../city/credit-code.js';
import { type CaseDraft, dayAfter } from '../draft/case-draft.js';
import { conclude, decide, deliver, finish, publish, serveDecision } from '../draft/closing.js';
import type { Fact } from '../draft/fact.js';
import { accept, apply, file, receive, toAcceptance } from '../draft/filing.js';
import { complete, doRole, doStep, stepOf } from '../draft/handling.js';
import { L10, L15, L20 } from '../lawful/scenario.js';
import { correct } from '../lawful/unusual.js';
import { addWorkdays, startOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { HOUR } from './data-quality.js';
import { nextVersionDay } from './shirking.js';

// DQ-06 时限配置不符 and DQ-07 单位错: facts about the acceptance alone; decided long before any limit.

function acceptedWith(c: CaseDraft, accepted: Record<string, unknown>): Fact {
  file(c);
  const fact = accept(c, c.filedOn, { accepted });
  doStep(c, 'handle', c.used(1));
  finish(c, c.used(3));
  return fact;
}

function otherLimit(c: CaseDraft): void {
  const { promised, statutory } = c;
  const wrong = c.random.pick([
    { promisedLimit: { ...promised, value: promised.value + 1 } },
    { promisedLimit: { ...promised, value: promised.value - 1 } },
    { statutoryLimit: { ...statutory, value: statutory.value + 1 } },
    { promisedLimit: { ...promised, value: statutory.value + 5 } },
  ]);
  const fact = acceptedWith(c, wrong);
  c.trips('DQ-06', fact, 'data', fact.at, 'limit of the acceptance is not that of the catalogue');
  const fifth = addWorkdays(c.filedOn, 5);
  c.trips('DQ-06', fact, 'yellow', dayAfter(fifth), 'and not put right within five working days');
}

function sameLimit(c: CaseDraft): void {
  acceptedWith(c, {});
}

/** On the first day of a new version the old limit is still printed. */
function limitOnChangeDay(c: CaseDraft): void {
  c.filedOn = nextVersionDay(c, 1);
  const { item } = c.place;
  const before = item.versions.find(({ to }) => to === c.filedOn - 1);
  acceptedWith(c, { promisedLimit: before?.promised ?? item.spec.promised });
}

function limitCorrected(c: CaseDraft): void {
  file(c);
  const right = c.promised;
  const fact = accept(c, c.filedOn, {
    accepted: { promisedLimit: { ...right, value: right.value + 2 } },
  });
  correct(c, fact, { ...fact.data, promisedLimit: right });
  finish(c, c.used(3));
}

function wrongUnit(c: CaseDraft): void {
  const { promised, statutory } = c;
  const unit = promised.unit === 'Z' ? 'G' : 'Z';
  const wrong = c.random.pick([
    { promisedLimit: { ...promised, unit } },
    { statutoryLimit: { ...statutory, unit } },
  ]);
  const fact = acceptedWith(c, wrong);
  c.trips(
    'DQ-07',
    fact,
    'data',
    fact.at,
    'day unit of the acceptance is not that of the catalogue',
  );
}

function unitCorrected(c: CaseDraft): void {
  file(c);
  const right = c.promised;
  const fact = accept(c, c.filedOn, { accepted: { promisedLimit: { ...right, unit: 'Z' } } });
  correct(c, fact, { ...fact.data, promisedLimit: right });
  finish(c, c.used(3));
}

function naturalDays(c: CaseDraft): void {
  file(c);
  accept(c, c.filedOn);
  finish(c, addWorkdays(c.filedOn, 2));
}

// DQ-08 孤儿事件: nothing filed within 24 hours after the record came in.

function orphan(c: CaseDraft): void {
  const fact = complete(c, stepOf(c, 'handle'), c.filedOn);
  c.trips(
    'DQ-08',
    fact,
    'data',
    fact.receivedAt + 24 * HOUR + 1,
    'a step of a case that nobody filed',
  );
}

/** The filing arrives 24 hours and a minute after the step; both its facts are known by date only. */
function filedTooLate(c: CaseDraft, minutes: number): Fact {
  const dated = { precision: 'day' as const };
  const at = startOf(c.filedOn);
  const applied = apply(c, { channel: 'counter', appliedAt: at });
  const received = receive(c, { receivedOn: at });
  const fact = complete(c, stepOf(c, 'handle'), c.filedOn);
  for (const one of [applied, received]) {
    Object.assign(one, dated, { recordedAt: at + 9 * HOUR });
    one.receivedAt = fact.receivedAt + minutes * 60_000;
  }
  accept(c, addWorkdays(c.filedOn, 2));
  finish(c, c.used(4));
  return fact;
}

function filedADayLater(c: CaseDraft): void {
  const fact = filedTooLate(c, 24 * 60 + 1);
  c.trips(
    'DQ-08',
    fact,
    'data',
    fact.receivedAt + 24 * HOUR + 1,
    'the filing came 24 h 1 min after the step',
  );
}

function filedWithinADay(c: CaseDraft): void {
  filedTooLate(c, 24 * 60 - 1);
}

// DQ-10 编码无效: one record of the case carries the code.

function onPublication(c: CaseDraft, envelope: Record<string, unknown>): Fact {
  toAcceptance(c);
  finish(c, c.used(4));
  const fact = c.find('published');
  fact.envelope = envelope;
  return fact;
}

function invalidCode(c: CaseDraft): void {
  const { agencyCode } = c.place.agency;
  const bad = c.random.pick([
    { agencyCode: withWrongCheck(agencyCode) },
    { regionCode: '130699' },
    { itemCode: `${c.place.agency.regionCode}-XK-9999` },
  ]);
  const fact = onPublication(c, bad);
  c.trips('DQ-10', fact, 'data', fact.at, 'a code that fails its check or that nobody knows');
}

function unknownOfficer(c: CaseDraft): void {
  toAcceptance(c);
  doRole(c, 'handle', c.used(2));
  const fact = c.find('step-completed');
  fact.responsible = {
    staffNo: '0000999',
    name: '查无此人',
    post: '承办人',
    unitCode: c.place.agency.unitCode,
  };
  finish(c, c.used(4));
  c.trips('DQ-10', fact, 'data', fact.at, 'responsible officer without a posting');
}

function otherValidCode(c: CaseDraft): void {
  const other = c.random.pick(c.place.world.agencies);
  onPublication(c, { agencyCode: other.agencyCode, regionCode: other.regionCode });
}

function lastDayInPost(c: CaseDraft): void {
  const least = addWorkdays(c.filedOn, 6);
  const term = c.place.agency.staff.terms.find(({ to }) => to >= least);
  if (!term) throw new Error('no secondment ends after the filing');
  c.filedOn = addWorkdays(term.to, -3);
  toAcceptance(c);
  doRole(c, 'handle', c.used(1));
  doRole(c, 'review', c.used(2));
  doStep(c, 'approve', term.to, { by: { operator: term.officer, responsible: term.officer } });
  decide(c, term.to);
  serveDecision(c, term.to);
  conclude(c, term.to, 'granted');
  deliver(c, term.to);
  publish(c, addWorkdays(term.to, 1));
}

export const DATA_CODES: readonly Behaviour[] = [
  hit('DQ-06', 'other-limit', [...L10, ...L15, ...L20], otherLimit),
  near('DQ-06', "the catalogue's own limit", [...L10, ...L15], sameLimit),
  near('DQ-06', 'a version begins on that day', ['evolve', 'evolvelong'], limitOnChangeDay),
  near('DQ-06', 'corrected the same day', L15, limitCorrected),
  hit('DQ-07', 'wrong-unit', [...L10, ...L15], wrongUnit),
  near('DQ-07', 'natural days where the catalogue says so', ['water'], naturalDays),
  near('DQ-07', 'corrected the same day', L15, unitCorrected),
  hit('DQ-08', 'never-filed', L15, orphan),
  hit('DQ-08', 'filed-a-day-later', L15, filedADayLater),
  near('DQ-08', 'filed within 24 hours', L15, filedWithinADay),
  hit('DQ-10', 'invalid-code', [...L10, ...L15], invalidCode),
  hit('DQ-10', 'unknown-officer', [...L10, ...L15], unknownOfficer),
  near('DQ-10', "another agency's valid code", [...L10, ...L15], otherValidCode),
  near('DQ-10', 'last day in post', L15, lastDayInPost, {
    where: (world, random, day) =>
      random.pick(
        world.agencies.filter(({ staff }) =>
          staff.terms.some(({ to }) => to >= addWorkdays(day, 8)),
        ),
      ),
  }),
];
