import { type CaseDraft, dayAfter } from '../draft/case-draft.js';
import {
  conclude,
  fileRefusal,
  finish,
  giveBack,
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
import { doRole, doStep, lawfulPause, opinionOf } from '../draft/handling.js';
import { addWorkdays, isoOf, startOf } from '../workdays.js';
import { plain } from './plain.js';
import { L10, L15, L20, PLAIN, quietDays, type Scenario, SHORT } from './scenario.js';

/** Hearing as the law has it: right told, asked for within 5 days, 7 days' notice, held within 20, clock stopped meanwhile. */
export function hearing(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const told = c.used(1);
  serve(c, 'hearing-right', told);
  const asked = addWorkdays(told, c.random.between(1, 4));
  c.say('hearing-requested', asked, { requester: c.applicant });
  const from = addWorkdays(asked, 1);
  const held = addWorkdays(from, c.random.between(9, 12));
  serve(c, 'hearing', addWorkdays(held, -c.random.between(7, 8)));
  holdHearing(c, held);
  lawfulPause(c, from, held, { ground: 'hearing', limit: { value: 20, unit: 'G' } });
  finish(c, c.used(c.random.between(8, quietDays(c))));
}

/** 听证举行. */
export function holdHearing(c: CaseDraft, on: number) {
  const at = c.time(on);
  return c.say('hearing-held', at, {
    heldAt: isoOf(at),
    chair: c.place.agency.staff.head,
    minutesDocNo: c.docNo('听'),
  });
}

/** 不予受理 of an incomplete filing on the day of receipt, reported beforehand. */
function lawfulRefusal(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '02': 'missing' }) });
  fileRefusal(c, c.filedOn);
  serve(c, 'decision', c.filedOn);
  refuse(c, c.filedOn, {
    reasonKind: c.random.pick(['no-permit-needed', 'not-our-competence', 'not-eligible']),
  });
}

function lawfulDenial(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  finish(c, c.used(c.random.between(2, quietDays(c))), { outcome: 'denied' });
}

function withdrawn(c: CaseDraft): void {
  toAcceptance(c);
  withdraw(c, c.used(c.random.between(1, quietDays(c))));
}

function returnedUncured(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  const asked = addWorkdays(c.filedOn, 2);
  const dueOn = addWorkdays(asked, 10);
  askSupplement(c, asked, [materialFact(c, '-03', 'missing')], { dueOn });
  giveBack(c, addWorkdays(dueOn, c.random.between(1, 9)), 'before-acceptance');
}

/** 容缺受理: the tolerated material is handed in before its date and before the decision. */
function tolerated(c: CaseDraft): void {
  toleranceAcceptance(c, addWorkdays(c.filedOn, 6));
  supplement(c, addWorkdays(c.filedOn, c.random.between(2, 6)), [
    materialFact(c, '-03', 'received'),
  ]);
  finish(c, addWorkdays(c.filedOn, c.random.between(7, 8)));
}

/** Acceptance with material 03 tolerated until a date. */
export function toleranceAcceptance(c: CaseDraft, toleranceDueOn: number) {
  const materials = materialList(c, { '03': 'tolerated' });
  file(c, { materials });
  return accept(c, c.filedOn, {
    materials,
    accepted: {
      toleratedMaterials: [materialFact(c, '-03', 'tolerated')],
      toleranceDueOn: isoOf(startOf(toleranceDueOn)).slice(0, 10),
    },
  });
}

/** 延续 filed in time and decided well before the licence expires. */
function renewal(c: CaseDraft): void {
  const expires = c.filedOn + c.random.between(35, 90);
  toAcceptance(c, c.filedOn, {
    type: 'renewal',
    applied: {
      licenceNo: `YC${c.index - 1}`,
      licenceExpiresOn: isoOf(startOf(expires)).slice(0, 10),
    },
  });
  finish(c, c.used(c.random.between(2, quietDays(c))));
}

/** A conclusion that hands the case on, with notice. */
function handedOn(c: CaseDraft): void {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  conclude(c, c.used(2), c.random.pick(['merged', 'transferred-out']));
}

function transferredOnce(c: CaseDraft): void {
  toAcceptance(c);
  c.say('transferred', c.used(1), {
    fromUnit: `${c.place.agency.unitCode}-1`,
    toUnit: `${c.place.agency.unitCode}-2`,
    reasonText: '按职责分工由二科办理。',
  });
  finish(c, c.used(c.random.between(2, quietDays(c))));
}

/** Records that come hours late and out of order, within the agreed delay. */
function lateFeed(c: CaseDraft): void {
  c.delivery = 'late';
  plain(c);
}

/** The same records once more: without effect. */
function duplicated(c: CaseDraft): void {
  plain(c);
  for (const fact of c.facts)
    if (c.random.chance(0.3))
      c.repeats.push({ fact, receivedAt: fact.receivedAt + c.random.between(1, 7200) * 1000 });
}

/** A typing error in an opinion put right within hours (更正). */
function corrected(c: CaseDraft): void {
  toAcceptance(c);
  const step = doStep(c, 'handle', c.filedOn);
  correct(c, step, { ...step.data, opinion: opinionOf(c) });
  finish(c, c.used(c.random.between(2, quietDays(c))));
}

/** Says a correction of a fact, recorded two hours after it. */
export function correct(
  c: CaseDraft,
  target: CaseDraft['facts'][number],
  data: Record<string, unknown>,
) {
  return c.say(
    'corrected',
    target.at,
    { correctedType: target.type, ...data },
    {
      recordedAt: target.recordedAt + 7_200_000,
      operator: target.operator,
      responsible: target.responsible,
      docNo: target.docNo,
      correctionOf: { source: c.source, id: target.id },
    },
  );
}

/** A record keyed into the wrong case and taken back (撤回数据). */
function revoked(c: CaseDraft): void {
  toAcceptance(c);
  const day = c.used(1);
  const wrong = serve(c, 'supplement', day);
  revoke(c, wrong);
  finish(c, c.used(c.random.between(2, quietDays(c))));
}

export function revoke(c: CaseDraft, target: CaseDraft['facts'][number]) {
  return c.say(
    'revoked',
    target.at + 1_200_000,
    {},
    { correctionOf: { source: c.source, id: target.id }, operator: target.operator },
  );
}

/** One identity sent with other bytes a little later: lawful, but DQ-05 by events.md section 8. */
function secondVersion(c: CaseDraft): void {
  plain(c);
  const delivered = c.find('delivered');
  resend(c, delivered, { ...delivered.data, method: '邮政特快' });
}

/** Sends a fact again under its own identity as the next data version; labels DQ-05. */
export function resend(
  c: CaseDraft,
  fact: CaseDraft['facts'][number],
  data: Record<string, unknown>,
): void {
  const recordedAt = fact.recordedAt + 3_600_000;
  const receivedAt = Math.max(fact.receivedAt, recordedAt) + 20_000;
  c.facts.push({ ...fact, data, dataVersion: 2, recordedAt, receivedAt });
  c.trips('DQ-05', fact, 'data', null, 'one identity was sent with two contents');
}

/** Decided on a near-due day on purpose. */
function nearDue(c: CaseDraft): void {
  toAcceptance(c);
  const on = c.used(c.random.between(quietDays(c) + 1, c.promised.value));
  finish(c, on);
  lateClosing(c, on);
}

/** Answered on the fifth working day: lawful, with the notice of the fourth. */
function answeredOnDayFive(c: CaseDraft): void {
  file(c);
  const received = c.find('received');
  accept(c, addWorkdays(c.filedOn, 5));
  c.trips(
    'OD-06',
    received,
    'notice',
    dayAfter(addWorkdays(c.filedOn, 4)),
    'answered on working day 5',
  );
  finish(c, c.used(c.random.between(2, quietDays(c))));
}

/** Silence until the sixth working day: deemed accepted on the receipt date, decided in time from there. */
function deemedAccepted(c: CaseDraft): void {
  file(c);
  const received = c.find('received');
  c.clockFrom = c.filedOn;
  c.anchor = received;
  accept(c, addWorkdays(c.filedOn, c.random.between(6, 8)), { keepClock: true });
  c.trips(
    'OD-06',
    received,
    'red',
    dayAfter(addWorkdays(c.filedOn, 4)),
    'no answer within five working days',
  );
  finish(c, c.used(c.random.between(10, 16)));
}

/** A licence already reported complete, granted and published on paper: facts with dates only. */
function onPaper(c: CaseDraft): void {
  toAcceptance(c);
  for (const role of ['handle', 'review', 'approve']) doRole(c, role, c.used(2));
  const on = c.used(3);
  settle(c, on, { deliverAfter: 2, publishAfter: 3 });
  for (const type of ['delivered', 'published']) {
    const fact = c.find(type);
    fact.precision = 'day';
    fact.at -= (fact.at + 28_800_000) % 86_400_000;
  }
}

export const UNUSUAL: readonly Scenario[] = [
  { name: 'hearing', weight: 1.5, items: L20, make: hearing },
  { name: 'lawful-refusal', weight: 2, items: [...L10, ...L15], make: lawfulRefusal },
  { name: 'lawful-denial', weight: 2, items: [...L10, ...L15], make: lawfulDenial },
  { name: 'withdrawn', weight: 2, items: PLAIN, make: withdrawn },
  { name: 'returned-uncured', weight: 1, items: [...L10, ...L15], make: returnedUncured },
  { name: 'tolerated', weight: 2, items: [...L15, ...L10], make: tolerated },
  { name: 'renewal', weight: 2, items: [...L15, ...L20], make: renewal },
  { name: 'handed-on', weight: 0.6, items: L15, make: handedOn },
  { name: 'transferred-once', weight: 1, items: L15, make: transferredOnce },
  { name: 'late-feed', weight: 4, items: PLAIN, make: lateFeed },
  { name: 'duplicated', weight: 1.5, items: PLAIN, make: duplicated },
  { name: 'corrected', weight: 1, items: [...L10, ...L15], make: corrected },
  { name: 'revoked', weight: 0.6, items: L15, make: revoked },
  { name: 'second-version', weight: 0.5, items: PLAIN, make: secondVersion },
  { name: 'near-due', weight: 1, items: [...SHORT, ...L10, ...L20], make: nearDue },
  { name: 'answered-on-day-five', weight: 0.6, items: L15, make: answeredOnDayFive },
  { name: 'deemed-accepted', weight: 0.4, items: L20, make: deemedAccepted },
  { name: 'on-paper', weight: 2, items: [...L10, ...SHORT], make: onPaper },
];
