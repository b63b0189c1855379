import { type CaseDraft } from '../draft/case-draft.js';
import { finish, giveBack } from '../draft/closing.js';
import type { Fact } from '../draft/fact.js';
import { accept, file, receive, toAcceptance } from '../draft/filing.js';
import { doStep, pause, resume } from '../draft/handling.js';
import { plain } from '../lawful/plain.js';
import { L10, L15, PLAIN } from '../lawful/scenario.js';
import { resend } from '../lawful/unusual.js';
import { addWorkdays, dateOf, dayOf, startOf } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';

export const HOUR = 3_600_000;

// DQ-01 迟报: received more than the agreed delay after the fact.

/** A publication that reaches the city so much later than it happened; keyed at once. */
function publishedLate(c: CaseDraft, delay: number): Fact {
  toAcceptance(c);
  finish(c, c.used(4), { publishAfter: 2 });
  const published = c.find('published');
  published.receivedAt = published.at + delay;
  return published;
}

function lateByASecond(c: CaseDraft): void {
  const fact = publishedLate(c, 24 * HOUR + c.random.pick([1000, 60_000, 30 * HOUR]));
  c.trips('DQ-01', fact, 'data', null, 'more than 24 hours on the way');
}

function exactlyADay(c: CaseDraft): void {
  publishedLate(c, 24 * HOUR);
}

function batchLate(c: CaseDraft): void {
  publishedLate(c, 90 * HOUR);
}

function slowInTime(c: CaseDraft): void {
  publishedLate(c, 72 * HOUR);
}

function slowLate(c: CaseDraft): void {
  const fact = publishedLate(c, 72 * HOUR + 1000);
  c.trips('DQ-01', fact, 'data', null, 'more than the agreed 72 hours on the way');
}

function datedOnly(c: CaseDraft): void {
  const fact = publishedLate(c, 40 * HOUR);
  fact.precision = 'day';
  fact.at = startOf(addWorkdays(c.used(4), 2));
}

// DQ-02 时间矛盾.

/** Returned before acceptance, concluded, and then accepted: also work after the conclusion (IR-21). */
function acceptedAfterConclusion(c: CaseDraft): void {
  file(c);
  const on = addWorkdays(c.filedOn, 2);
  giveBack(c, on, 'before-acceptance');
  const accepted = accept(c, addWorkdays(on, 1), { notice: false });
  c.trips('DQ-02', null, 'data', null, 'accepted after the conclusion');
  c.trips('IR-21', null, 'red', accepted.at, 'accepted after the conclusion');
}

function resumedBeforePause(c: CaseDraft, before: number) {
  toAcceptance(c);
  doStep(c, 'handle', c.filedOn);
  const from = c.used(3);
  pause(c, from, { ground: 'testing' });
  const resumed = resume(c, from);
  resumed.data.endOn = dateOf(before === 0 ? from : addWorkdays(from, -before));
  finish(c, c.used(5));
  return resumed;
}

function endBeforeStart(c: CaseDraft): void {
  resumedBeforePause(c, 1);
  c.trips('DQ-02', null, 'data', null, 'pause ends before it begins');
}

/** A publication that arrives before it happens. */
function fromTheFuture(c: CaseDraft, minutes: number) {
  toAcceptance(c);
  finish(c, c.used(4), { publishAfter: 3 });
  const published = c.find('published');
  published.receivedAt = published.at - minutes * 60_000;
  published.recordedAt = published.receivedAt - 5_000;
  return published;
}

function sixMinutesAhead(c: CaseDraft): void {
  fromTheFuture(c, 6);
  c.trips('DQ-02', null, 'data', null, 'six minutes in the future when received');
}

/** A paper notice dated long ago, keyed as if on the same day. */
function datedIn(c: CaseDraft, date: string): void {
  toAcceptance(c);
  const on = c.used(2);
  const at = startOf(dayOf(date));
  c.say(
    'notice-served',
    at,
    { noticeKind: 'supplement', servedAt: `${date}T00:00:00+08:00`, method: 'mail' },
    { precision: 'day', recordedAt: at + 10 * HOUR, receivedAt: c.time(on), docNo: c.docNo('告') },
  );
  finish(c, c.used(5));
}

function beforeNinety(c: CaseDraft): void {
  datedIn(c, '1989-12-31');
  c.trips('DQ-02', null, 'data', null, 'dated before 1990');
}

// DQ-03 必填缺失.

function withoutResponsible(c: CaseDraft, type: string): Fact {
  toAcceptance(c);
  finish(c, c.used(4));
  const fact = c.find(type);
  fact.responsible = null;
  return fact;
}

function nobodyAnswers(c: CaseDraft): void {
  const fact = withoutResponsible(c, c.random.pick(['accepted', 'step-completed', 'decided']));
  c.trips('DQ-03', fact, 'data', fact.at, 'nobody answers for the act');
}

function concludedWithoutFiling(c: CaseDraft): void {
  giveBack(c, c.filedOn, 'before-acceptance');
  const concluded = c.find('concluded');
  c.trips('DQ-03', concluded, 'data', concluded.at, 'concluded without a filing');
}

function othersWithoutResponsible(c: CaseDraft): void {
  withoutResponsible(c, c.random.pick(['delivered', 'published', 'received', 'step-entered']));
}

function receiptOnly(c: CaseDraft): void {
  receive(c);
  accept(c, c.filedOn);
  finish(c, c.used(4));
}

// DQ-05 版本冲突.

function sentTwice(c: CaseDraft): void {
  plain(c);
  const published = c.find('published');
  resend(c, published, { ...published.data, place: '云川市政务服务网公示栏' });
}

function sameBytesAgain(c: CaseDraft): void {
  plain(c);
  const published = c.find('published');
  c.repeats.push({ fact: published, receivedAt: published.receivedAt + 5000 });
  c.repeats.push({ fact: published, receivedAt: published.receivedAt + 2 * HOUR });
}

export const DATA_QUALITY: readonly Behaviour[] = [
  hit('DQ-01', 'a-second-late', [...L10, ...L15], lateByASecond),
  hit('DQ-01', 'past-the-agreed-72-hours', L15, slowLate, { feed: 'slow' }),
  near('DQ-01', 'exactly 24 hours', [...L10, ...L15], exactlyADay),
  near('DQ-01', 'agreed batch feed', L15, batchLate, { feed: 'batch' }),
  near('DQ-01', 'exactly the agreed 72 hours', L15, slowInTime, { feed: 'slow' }),
  near('DQ-01', 'known by its date only', L15, datedOnly),
  hit('DQ-02', 'accepted-after-the-conclusion', L15, acceptedAfterConclusion),
  hit('DQ-02', 'pause-ends-before-it-begins', L15, endBeforeStart),
  hit('DQ-02', 'six-minutes-ahead', [...L10, ...L15], sixMinutesAhead),
  hit('DQ-02', 'before-1990', L15, beforeNinety),
  near('DQ-02', 'pause ends on the day it begins', L15, (c) => void resumedBeforePause(c, 0)),
  near('DQ-02', 'five minutes ahead', [...L10, ...L15], (c) => void fromTheFuture(c, 5)),
  near('DQ-02', 'dated on the first day of 1990', L15, (c) => datedIn(c, '1990-01-01')),
  hit('DQ-03', 'nobody-answers', [...L10, ...L15], nobodyAnswers),
  hit('DQ-03', 'concluded-without-filing', L15, concludedWithoutFiling),
  near('DQ-03', 'facts that need nobody to answer', [...L10, ...L15], othersWithoutResponsible),
  near('DQ-03', 'a receipt stands for the filing', L15, receiptOnly),
  hit('DQ-05', 'sent-twice', PLAIN, sentTwice),
  near('DQ-05', 'the same bytes again', PLAIN, sameBytesAgain),
];
