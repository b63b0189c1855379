import type { CaseDraft } from '../draft/case-draft.js';
import { afterGrant, conclude, decide, finish, settle } from '../draft/closing.js';
import {
  accept,
  apply,
  askSupplement,
  dayIn,
  file,
  materialFact,
  materialList,
  receive,
  serve,
  supplement,
  toAcceptance,
} from '../draft/filing.js';
import {
  assign,
  complete,
  doRole,
  doStep,
  enter,
  extend,
  inspect,
  lawfulPause,
  stepOf,
} from '../draft/handling.js';
import { addWorkdays, instantOn, isWorkday, startOf, workdayFrom } from '../workdays.js';
import {
  AUTO,
  INSTANT,
  idleDays,
  L10,
  L15,
  L20,
  PLAIN,
  quietDays,
  type Scenario,
  SHORT,
} from './scenario.js';

/** Filing day and, at times, up to three working days for the answer (行政许可法 32 allows five). */
function acceptDay(c: CaseDraft): number {
  return c.random.chance(0.6) ? c.filedOn : addWorkdays(c.filedOn, c.random.between(1, 3));
}

/** A handling step that stays open for some days, within its limit and never idle too long. */
function handleSlowly(c: CaseDraft, from: number): number {
  const step = stepOf(c, 'handle');
  const ownDays = step.limit.unit === 'G' ? step.limit.value : 0;
  const days = Math.min(ownDays, idleDays(c), quietDays(c) - 1);
  const done = addWorkdays(from, c.random.between(0, Math.max(0, days)));
  enter(c, step, from);
  complete(c, step, done);
  return done;
}

/** The plain way of a promised item, decided before anything is near due. */
export function plain(c: CaseDraft): void {
  const accepted = acceptDay(c);
  toAcceptance(c, accepted);
  if (c.random.chance(0.7)) handleSlowly(c, accepted);
  const earliest = Math.min(idleDays(c) + 1, quietDays(c));
  finish(c, workdayFrom(c.used(c.random.between(earliest, quietDays(c)))));
}

function instant(c: CaseDraft): void {
  file(c);
  accept(c, c.filedOn);
  finish(c, c.filedOn, { deliverAfter: 0 });
}

/** 补正: asked once, handed in within its date, accepted the same or the next working day. */
function supplemented(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  const asked = addWorkdays(c.filedOn, c.random.between(0, 3));
  askSupplement(c, asked, [materialFact(c, '-03', 'missing')], { dueOn: addWorkdays(asked, 10) });
  const handedIn = addWorkdays(asked, c.random.between(1, 9));
  supplement(c, handedIn, [materialFact(c, '-03', 'received')]);
  c.clockFrom = handedIn;
  accept(c, c.random.chance(0.5) ? handedIn : addWorkdays(handedIn, 1));
  finish(c, c.used(c.random.between(2, quietDays(c))));
}

/** Online filing at any hour, rest days too; pre-checked or received by the end of the next working day. */
function online(c: CaseDraft): void {
  const shift = c.random.between(0, 6);
  const day = c.filedOn + shift;
  const at = instantOn(day, c.random.between(6, 22), c.random.between(0, 59));
  apply(c, { channel: 'online', appliedAt: at });
  const receivedOn = isWorkday(day) && at < instantOn(day, 15) ? day : addWorkdays(day, 1);
  c.notBefore(Math.max(at + 600_000, instantOn(receivedOn, 9)), receivedOn);
  if (c.random.chance(0.6))
    c.say('prechecked', receivedOn, { result: 'pass' }, { operator: c.crew.clerk });
  receive(c, { receivedOn });
  accept(c, c.random.chance(0.5) ? receivedOn : addWorkdays(receivedOn, 1));
  finish(c, c.used(c.random.between(1, quietDays(c))));
}

/** A lawful pause for a statutory procedure, ended before its own limit is near. */
function paused(c: CaseDraft): void {
  const accepted = acceptDay(c);
  toAcceptance(c, accepted);
  doStep(c, 'handle', accepted);
  const from = c.used(c.random.between(1, 3));
  const ground = c.random.pick(['expert-review', 'testing', 'appraisal', 'inspection']);
  const to = addWorkdays(from, c.random.between(2, 8));
  lawfulPause(c, from, to, { ground });
  finish(c, c.used(c.random.between(5, quietDays(c))));
}

/** Extension by the agency head before anything is near due, decided long before the new limit is. */
function extended(c: CaseDraft): void {
  const accepted = acceptDay(c);
  toAcceptance(c, accepted);
  doStep(c, 'handle', accepted);
  extend(c, c.used(c.random.between(3, 6)));
  finish(c, c.used(c.promised.value + c.random.between(-2, 5)));
}

/** Counter of another region takes the case in (跨省通办). */
function forAnotherRegion(c: CaseDraft): void {
  const others = c.place.world.agencies.filter((agency) => agency !== c.place.agency);
  const handlingRegionCode = c.random.pick(others).regionCode;
  file(c, { channel: 'counter', applied: { handlingRegionCode } });
  accept(c, addWorkdays(c.filedOn, 1), { accepted: { handlingRegionCode } });
  finish(c, c.used(c.random.between(2, quietDays(c))));
}

function automatic(c: CaseDraft): void {
  const at = startOf(c.filedOn) + c.random.between(0, 86_000) * 1000;
  c.notBefore(at, c.filedOn);
  apply(c, { channel: 'online', appliedAt: at });
  const received = receive(c, { receivedOn: at + 40_000 });
  accept(c, received.at + 40_000, { notice: false });
  serve(c, 'acceptance', received.at + 60_000);
  const decided = decide(c, received.at + 120_000);
  conclude(c, decided.at + 5_000, 'granted');
  afterGrant(c, decided, { deliverAfter: 1 });
}

function joint(c: CaseDraft): void {
  toAcceptance(c, acceptDay(c));
  const first = c.used(c.random.between(1, 5));
  doRole(c, 'handle', first);
  const second = c.used(c.random.between(6, 12));
  doRole(c, 'review', second);
  finish(c, c.used(c.random.between(14, Math.min(26, quietDays(c)))));
}

function upward(c: CaseDraft): void {
  const accepted = acceptDay(c);
  toAcceptance(c, accepted);
  doStep(c, 'handle', accepted);
  const sent = c.used(c.random.between(2, 8));
  sendUpward(c, sent);
  finish(c, c.used(c.random.between(9, quietDays(c))));
}

/** 上报上级机关. */
export function sendUpward(c: CaseDraft, on: number): void {
  c.say('submitted-upward', on, {
    upperAgency: '省自然资源厅',
    reviewOpinion: '初步审查合格,全部申请材料随文上报。',
    materials: materialList(c),
  });
}

function withFee(c: CaseDraft): void {
  toAcceptance(c, acceptDay(c));
  const day = c.used(2);
  const fee = c.place.item.spec.fees[0];
  if (fee)
    c.say('fee-charged', day, {
      feeCode: fee.feeCode,
      amount: fee.standard,
      billNo: `PJ${c.index}`,
    });
  finish(c, c.used(c.random.between(3, quietDays(c))));
}

function siteVisit(c: CaseDraft): void {
  toAcceptance(c, acceptDay(c));
  assign(c, c.used(1));
  inspect(c, c.used(c.random.between(2, 3)));
  finish(c, c.used(c.random.between(4, quietDays(c))));
}

function inspection(c: CaseDraft): void {
  toAcceptance(c, acceptDay(c));
  assign(c, c.used(c.random.between(1, 5)), 'testing');
  inspect(c, c.used(c.random.between(6, 9)));
  finish(c, c.used(c.random.between(10, quietDays(c))));
}

function selection(c: CaseDraft): void {
  toAcceptance(c, acceptDay(c));
  const day = c.used(c.random.between(3, 8));
  c.say('selection-held', day, { method: 'tender', resultDocNo: c.docNo('标') });
  finish(c, c.used(c.random.between(9, quietDays(c))));
}

function consulted(c: CaseDraft): void {
  toAcceptance(c, acceptDay(c));
  const asked = c.used(1);
  const dueOn = addWorkdays(asked, 4);
  consult(c, asked, dueOn);
  answer(c, addWorkdays(asked, c.random.between(1, 4)));
  finish(c, c.used(c.random.between(6, quietDays(c))));
}

/** 征求意见 of one unit. */
export function consult(c: CaseDraft, on: number, dueOn: number, no = 1) {
  return c.say('consulted', on, {
    consultId: `ZX-${c.index}-${no}`,
    consultedUnit: `${c.place.agency.regionCode}-STJ`,
    dueOn: dateText(dueOn),
  });
}

export function answer(c: CaseDraft, on: number, no = 1) {
  return c.say('opinion-given', on, {
    consultId: `ZX-${c.index}-${no}`,
    result: 'agree',
    opinion: '经研究,对该项目选址无不同意见。',
  });
}

function dateText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/** A limit in natural days; the office works on working days all the same. */
function natural(c: CaseDraft): void {
  toAcceptance(c, acceptDay(c));
  const counted = c.used(c.random.between(5, quietDays(c) - 2));
  const on = workdayFrom(counted) === counted ? counted : addWorkdays(counted, -1);
  doStep(c, 'handle', on);
  finish(c, on);
}

/** Filed shortly before the run ends and still open: no threshold is near. */
function openAtEnd(c: CaseDraft): void {
  c.filedOn = addWorkdays(c.place.world.endOn, -c.random.between(1, 4));
  file(c);
  accept(c, c.filedOn);
  doStep(c, 'handle', c.filedOn);
}

function granted(c: CaseDraft): void {
  toAcceptance(c, c.filedOn);
  for (const role of ['handle', 'review', 'approve']) doRole(c, role, c.used(1));
  const day = c.used(2);
  settle(c, day, { publishAfter: 0, deliverAfter: 2 });
  c.say(
    'rated',
    dayIn(c.find('delivered').at),
    { subjectType: 'approval', score: c.random.between(3, 5), realName: true },
    { operator: c.crew.clerk },
  );
}

export const ORDINARY: readonly Scenario[] = [
  { name: 'plain', weight: 36, items: PLAIN, make: plain },
  { name: 'instant', weight: 16, items: INSTANT, make: instant },
  { name: 'supplemented', weight: 8, items: [...L10, ...L15, ...L20], make: supplemented },
  { name: 'online', weight: 8, items: [...L10, ...L15, ...L20], make: online },
  { name: 'paused', weight: 5, items: [...L10, ...L15, ...L20], make: paused },
  { name: 'extended', weight: 3, items: L10, make: extended },
  { name: 'another-region', weight: 3, items: L15, make: forAnotherRegion },
  { name: 'automatic', weight: 3, items: AUTO, make: automatic },
  { name: 'joint', weight: 2, items: ['factory', 'mall'], make: joint },
  { name: 'upward', weight: 2, items: ['forest', 'mine'], make: upward },
  { name: 'fee', weight: 3, items: ['excavate', 'waste'], make: withFee },
  { name: 'site-visit', weight: 2, items: ['hospital', 'oilshop'], make: siteVisit },
  { name: 'inspection', weight: 2, items: ['lift', 'seed'], make: inspection },
  { name: 'selection', weight: 1, items: ['taxi'], make: selection },
  { name: 'consulted', weight: 2, items: [...L15, ...L20], make: consulted },
  { name: 'natural-days', weight: 2, items: ['water'], make: natural },
  { name: 'open-at-end', weight: 0.4, items: L20, make: openAtEnd },
  { name: 'rated', weight: 3, items: [...L10, ...SHORT], make: granted },
  {
    name: 'tagged',
    weight: 2,
    items: [
      'secret',
      'weapon',
      'fireworks',
      'remote',
      'blast',
      'publish',
      'special',
      'heritage',
      'event',
    ],
    make: (c) => plain(c),
  },
];
