import { type CaseDraft, dayAfter } from '../draft/case-draft.js';
import { finish, giveBack } from '../draft/closing.js';
import {
  accept,
  apply,
  askSupplement,
  file,
  materialFact,
  materialList,
  receive,
  supplement,
} from '../draft/filing.js';
import { AUTO, L10, L15, quietDays } from '../lawful/scenario.js';
import { addWorkdays } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { beforeOutage } from './overdue-decision.js';

// OD-17 补正期满未处置: ten working days after the date given for the supplement.

function supplementedAfterDue(c: CaseDraft, n: number) {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  const asked = addWorkdays(c.filedOn, 1);
  const dueOn = addWorkdays(asked, 5);
  const fact = askSupplement(c, asked, [materialFact(c, '-03', 'missing')], { dueOn });
  c.clockFrom = addWorkdays(dueOn, n);
  supplement(c, c.clockFrom, [materialFact(c, '-03', 'received')]);
  accept(c, c.clockFrom);
  finish(c, c.used(5));
  return { fact, dueOn };
}

function lapsedEleven(c: CaseDraft): void {
  const { fact, dueOn } = supplementedAfterDue(c, 11);
  c.trips(
    'OD-17',
    fact,
    'notice',
    dayAfter(addWorkdays(dueOn, 10)),
    'supplement came on day 11 after its date',
  );
}

function lapsedTen(c: CaseDraft): void {
  supplementedAfterDue(c, 10);
}

function returnedOnDayTen(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }) });
  const dueOn = addWorkdays(c.filedOn, 6);
  askSupplement(c, addWorkdays(c.filedOn, 1), [materialFact(c, '-03', 'missing')], { dueOn });
  giveBack(c, addWorkdays(dueOn, 10), 'before-acceptance');
}

// OD-20 预审超时: notice after one working day, yellow after two.

function onlineAnswered(c: CaseDraft, n: number, prechecked = false) {
  const applied = apply(c, { channel: 'online' });
  const day = addWorkdays(c.filedOn, n);
  if (prechecked) {
    c.say('prechecked', day, { result: 'pass' }, { operator: c.crew.clerk });
    receive(c, { receivedOn: addWorkdays(day, 3) });
    accept(c, addWorkdays(day, 3));
  } else {
    receive(c, { receivedOn: day });
    accept(c, day);
  }
  finish(c, c.used(quietDays(c)));
  return applied;
}

function onlineDayTwo(c: CaseDraft): void {
  const applied = onlineAnswered(c, 2);
  c.trips('OD-20', applied, 'notice', dayAfter(addWorkdays(c.filedOn, 1)), 'answered on day 2');
}

function onlineDayThree(c: CaseDraft): void {
  const applied = onlineAnswered(c, 3);
  c.trips('OD-20', applied, 'yellow', dayAfter(addWorkdays(c.filedOn, 1)), 'answered on day 3');
}

function counterDayThree(c: CaseDraft): void {
  apply(c, { channel: 'counter' });
  receive(c, { receivedOn: addWorkdays(c.filedOn, 3) });
  accept(c, addWorkdays(c.filedOn, 3));
  finish(c, c.used(quietDays(c)));
}

function automaticDayThree(c: CaseDraft): void {
  onlineAnswered(c, 3);
}

/** X8: the day after the filing is an outage. */
function onlineAcrossOutage(c: CaseDraft): void {
  beforeOutage(c, 1);
  onlineAnswered(c, 2);
}

// SH-17 收件压件 and the off-list demand SH-15 that goes with it (行政许可法 31, 32).

const DEMAND = '另须提供所在街道出具的无信访证明';

/** Extra demand at receipt and a supplement asked on day 1; handed in on day `handedIn`, accepted on day `n`. */
function heldFor(c: CaseDraft, handedIn: number, n: number): void {
  const received = file(c, {
    materials: materialList(c, { '03': 'missing' }),
    extraDemand: DEMAND,
  });
  askSupplement(c, addWorkdays(c.filedOn, 1), [materialFact(c, '-03', 'missing')]);
  c.clockFrom = addWorkdays(c.filedOn, handedIn);
  supplement(c, c.clockFrom, [materialFact(c, '-03', 'received')]);
  accept(c, addWorkdays(c.filedOn, n));
  c.trips('SH-15', received, 'yellow', received.at, 'demand outside the catalogue at receipt');
  finish(c, c.used(8));
}

/** Nothing answers until day 6: the silence of OD-06 and the acceptance that it derives come with it. */
function heldSixDays(c: CaseDraft): void {
  const received = file(c, { extraDemand: DEMAND });
  c.clockFrom = c.filedOn;
  c.anchor = received;
  const answered = addWorkdays(c.filedOn, c.random.between(6, 7));
  accept(c, answered, { keepClock: true });
  finish(c, c.used(8));
  c.trips('SH-15', received, 'yellow', received.at, 'demand outside the catalogue at receipt');
  c.trips(
    'SH-17',
    received,
    'red',
    dayAfter(addWorkdays(c.filedOn, 5)),
    'held past day 5 with an extra demand',
  );
  c.trips(
    'OD-06',
    received,
    'red',
    dayAfter(addWorkdays(c.filedOn, 4)),
    'no answer within five working days',
  );
}

function slowWithoutDemand(c: CaseDraft): void {
  file(c, { materials: materialList(c, { '03': 'missing' }), extraDemand: '' });
  askSupplement(c, addWorkdays(c.filedOn, 1), [materialFact(c, '-03', 'missing')]);
  c.clockFrom = addWorkdays(c.filedOn, 2);
  supplement(c, c.clockFrom, [materialFact(c, '-03', 'received')]);
  accept(c, addWorkdays(c.filedOn, 6));
  finish(c, c.used(8));
}

function demandReturnedOnDayFive(c: CaseDraft): void {
  const received = file(c, {
    materials: materialList(c, { '03': 'missing' }),
    extraDemand: DEMAND,
  });
  askSupplement(c, addWorkdays(c.filedOn, 1), [materialFact(c, '-03', 'missing')]);
  giveBack(c, addWorkdays(c.filedOn, 5), 'before-acceptance');
  c.trips('SH-15', received, 'yellow', received.at, 'demand outside the catalogue at receipt');
}

// IR-18 决定未公开 (行政许可法 40): notice after 7, yellow after 20 working days.

function publishedAfter(c: CaseDraft, n: number | null, level: 'notice' | 'yellow' | null): void {
  file(c);
  accept(c, c.filedOn);
  const on = c.used(4);
  const decided = finish(c, on, { publishAfter: n });
  if (level)
    c.trips(
      'IR-18',
      decided,
      level,
      dayAfter(addWorkdays(on, 7)),
      `published after ${n ?? 'no'} working days`,
    );
}

function exemptOnDaySeven(c: CaseDraft): void {
  file(c);
  accept(c, c.filedOn);
  const on = c.used(4);
  finish(c, on, { publishAfter: null });
  c.say('published', addWorkdays(on, 7), { place: '不予公开登记', exemptGround: 'trade-secret' });
}

function deniedUnpublished(c: CaseDraft): void {
  file(c);
  accept(c, c.filedOn);
  finish(c, c.used(4), { outcome: 'denied' });
}

export const OVERDUE_ANSWER: readonly Behaviour[] = [
  hit('OD-17', 'lapsed-11-days', [...L10, ...L15], lapsedEleven),
  near('OD-17', 'supplement on day 10 after its date', [...L10, ...L15], lapsedTen),
  near('OD-17', 'returned on day 10 after its date', L15, returnedOnDayTen),
  hit('OD-20', 'answered-on-day-2', [...L10, ...L15], onlineDayTwo),
  hit('OD-20', 'answered-on-day-3', [...L10, ...L15], onlineDayThree),
  near('OD-20', 'received on day 1', [...L10, ...L15], (c) => void onlineAnswered(c, 1)),
  near('OD-20', 'pre-checked on day 1', L15, (c) => void onlineAnswered(c, 1, true)),
  near('OD-20', 'filed at the counter', L15, counterDayThree),
  near('OD-20', 'X4: automatic item', AUTO, automaticDayThree),
  near('OD-20', 'X8: an outage on day 1', L15, onlineAcrossOutage, { feed: 'legacy' }),
  hit('SH-17', 'held-six-days', [...L10, ...L15], heldSixDays),
  near('SH-17', 'accepted on day 5', [...L10, ...L15], (c) => heldFor(c, 2, 5)),
  near('SH-17', 'X3: waiting for the supplement until day 4', L15, (c) => heldFor(c, 4, 6)),
  near('SH-17', 'an empty demand', L15, slowWithoutDemand),
  near('SH-17', 'returned on day 5', L15, demandReturnedOnDayFive),
  hit('IR-18', 'published-on-day-8', [...L10, ...L15], (c) => publishedAfter(c, 8, 'notice')),
  hit('IR-18', 'published-on-day-20', L15, (c) => publishedAfter(c, 20, 'notice')),
  hit('IR-18', 'published-on-day-21', L15, (c) => publishedAfter(c, 21, 'yellow')),
  hit('IR-18', 'never-published', L10, (c) => publishedAfter(c, null, 'yellow')),
  near('IR-18', 'published on day 7', [...L10, ...L15], (c) => publishedAfter(c, 7, null)),
  near('IR-18', 'X9: exemption recorded on day 7', L15, exemptOnDaySeven),
  near('IR-18', 'denied', L15, deniedUnpublished),
];
