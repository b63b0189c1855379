import type { Day, FeedConfig, Instant } from '#core/event/event.js';
import type { Limit, MaterialSpec, StepSpec } from '../city/item-spec.js';
import type { Officer } from '../city/officers.js';
import { type Agency, type Item, versionOn, type World } from '../city/world.js';
import type { Random } from '../random.js';
import type { Label, NearMiss } from '../truth.js';
import {
  addWorkdays,
  dateOf,
  instantOn,
  isoOf,
  isWorkday,
  startOf,
  workdayFrom,
} from '../workdays.js';
import type { CaseEnvelope, Fact } from './fact.js';

/** Where and about what a case is. */
export interface CasePlace {
  readonly world: World;
  readonly agency: Agency;
  readonly feed: FeedConfig;
  readonly item: Item;
}

/** The officers of one case: no two of them the same. */
export interface Crew {
  readonly clerk: Officer;
  readonly handler: Officer;
  readonly second: Officer;
  readonly reviewer: Officer;
  readonly approver: Officer;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How records of a case reach the city: at once, or hours later but within the agreed delay. */
export type Delivery = 'prompt' | 'late';

/**
 * One case in the making: its events in the order in which they are said, and the labels that follow from how it is
 * made. Days that a lawful pause or an outage stops are kept in `stopped`, for the case's own due days only.
 */
export class CaseDraft {
  readonly facts: Fact[] = [];
  readonly labels: Label[] = [];
  readonly nearMisses: NearMiss[] = [];
  /** Records sent again as they are: the fact and the time of the second arrival. */
  readonly repeats: { readonly fact: Fact; readonly receivedAt: Instant }[] = [];
  /** Days that a lawful pause or an outage stops. */
  readonly stopped = new Set<Day>();
  readonly crew: Crew;
  readonly applicant: Readonly<Record<string, unknown>>;
  readonly subject: string;
  delivery: Delivery = 'prompt';
  filedOn: Day;
  /** Day 0 of the decision clocks and the event that it rests on. */
  clockFrom: Day = 0;
  anchor: Fact | null = null;
  /** Limits stated at acceptance. */
  promised: Limit;
  statutory: Limit;
  readonly completed = new Set<string>();
  private readonly cursors = new Map<Day, Instant>();
  /** Facts said so far, those dropped again included: numbers the event ids. */
  private said = 0;

  constructor(
    readonly place: CasePlace,
    readonly random: Random,
    readonly index: number,
    readonly behaviour: string,
    day: Day,
  ) {
    this.filedOn = workdayFrom(day);
    this.subject = `SP${dateOf(this.filedOn).replaceAll('-', '').slice(2)}${String(index).padStart(7, '0')}`;
    const { staff } = place.agency;
    const first = random.between(0, staff.handlers.length - 1);
    this.crew = {
      clerk: random.pick(staff.clerks),
      handler: staff.handlers[first] as Officer,
      second: staff.handlers[(first + 1) % staff.handlers.length] as Officer,
      reviewer: random.pick(staff.reviewers),
      approver: random.pick(staff.approvers),
    };
    this.applicant = applicantOf(random);
    if (place.feed === place.world.legacy)
      for (const outage of place.world.outages) this.stopped.add(outage);
    const version = versionOn(place.item, this.filedOn) ?? place.item.versions[0];
    this.promised = version?.promised ?? place.item.spec.promised;
    this.statutory = version?.statutory ?? place.item.spec.statutory;
  }

  get source(): string {
    return this.place.feed.source;
  }

  get envelope(): CaseEnvelope {
    const { agency, item, feed } = this.place;
    return {
      feed,
      subject: this.subject,
      agencyCode: agency.agencyCode,
      regionCode: agency.regionCode,
      itemCode: item.code,
      itemVersion: versionOn(item, this.filedOn)?.no ?? item.versions.at(-1)?.no ?? '1',
      vocabularyVersion: this.index % 3 === 0 ? '1.1' : '1.0',
    };
  }

  get steps(): readonly StepSpec[] {
    return this.place.item.spec.steps;
  }

  material(no: string): MaterialSpec {
    const found = this.place.item.spec.materials.find(({ code }) => code.endsWith(no));
    if (!found) throw new Error(`item ${this.place.item.spec.key} has no material ${no}`);
    return found;
  }

  /** The next free instant of a day: office hours from nine, some minutes after the case's last fact of that day. */
  time(day: Day): Instant {
    const last = this.cursors.get(day);
    const next =
      last === undefined
        ? instantOn(day, 9, this.random.between(0, 25)) + this.random.between(0, 59) * 1000
        : last + this.random.between(180, 540) * 1000;
    this.cursors.set(day, next);
    return next;
  }

  /** Lets the next free instant of the day be not before the one given. */
  notBefore(at: Instant, day: Day): void {
    this.cursors.set(day, Math.max(at, this.cursors.get(day) ?? 0));
  }

  docNo(word: string): string {
    return `云审${word}〔${dateOf(this.filedOn).slice(0, 4)}〕${this.index % 100_000}-${this.facts.length + 1}号`;
  }

  /** Says one fact of the case. `when` is a day (next free instant of it) or an instant (above 10⁹). */
  say(
    type: string,
    when: Day | Instant,
    data: Record<string, unknown>,
    by: Partial<Fact> = {},
  ): Fact {
    const at = when > 1e9 ? when : this.time(when);
    const recordedAt = by.recordedAt ?? at + this.random.between(15, 150) * 1000;
    const operator = by.operator ?? this.crew.handler;
    this.said += 1;
    const fact: Fact = {
      id: `${this.subject}-${String(this.said).padStart(2, '0')}`,
      type: `approval.${type}`,
      precision: 'second',
      responsible: operator,
      docNo: null,
      dataVersion: 1,
      correctionOf: null,
      envelope: null,
      ...by,
      at,
      recordedAt,
      receivedAt: by.receivedAt ?? this.arrival(at, recordedAt),
      operator,
      data,
    };
    this.facts.push(fact);
    return fact;
  }

  /** A feed that delivers late stays within 23 hours of the fact, so that no agreed delay is passed. */
  private arrival(at: Instant, recordedAt: Instant): Instant {
    if (this.delivery === 'prompt') return recordedAt + this.random.between(2, 45) * 1000;
    const wish = recordedAt + this.random.between(1, 18 * 60) * MINUTE;
    return Math.max(recordedAt + 2000, Math.min(wish, at + 23 * HOUR));
  }

  find(type: string): Fact {
    const fact = this.facts.find((other) => other.type === `approval.${type}`);
    if (!fact) throw new Error(`${this.behaviour}: the case has no ${type}`);
    return fact;
  }

  drop(type: string): void {
    const fact = this.find(type);
    this.facts.splice(this.facts.indexOf(fact), 1);
  }

  /** Day on which `n` units of the case's limits are used, lawful stops left out; n >= 1. */
  used(n: number): Day {
    return countedDay(this.clockFrom, n, this.promised.unit, this.stopped);
  }

  /** Last day of a limit of `n` units: a natural-day limit never ends on a rest day (民法典 203). */
  last(n: number): Day {
    const day = this.used(n);
    return this.promised.unit === 'Z' ? workdayFrom(day) : day;
  }

  /** States that the case trips a rule; `since` null where the reading leaves the instant open. */
  trips(
    ruleId: string,
    anchor: Fact | null,
    level: Label['level'],
    since: Instant | null,
    note: string,
  ): void {
    this.labels.push({
      kind: 'hit',
      source: this.source,
      subject: this.subject,
      ruleId,
      occurrenceHint: anchor?.id ?? null,
      level,
      since: since === null ? null : isoOf(since),
      behaviour: this.behaviour,
      note,
    });
  }

  /** States that the case comes close to a rule and must not trip it. */
  clears(ruleId: string, why: string): void {
    this.nearMisses.push({
      kind: 'near-miss',
      source: this.source,
      subject: this.subject,
      ruleId,
      behaviour: this.behaviour,
      why,
    });
  }
}

/** The n-th counted day after `from`, days in `stopped` left out. */
export function countedDay(
  from: Day,
  n: number,
  unit: 'G' | 'Z' | 'H',
  stopped: ReadonlySet<Day>,
): Day {
  if (stopped.size === 0) return unit === 'G' ? addWorkdays(from, n) : from + n;
  let day = from;
  let left = n;
  while (left > 0) {
    day += 1;
    if (!stopped.has(day) && (unit !== 'G' || isWorkday(day))) left -= 1;
  }
  return day;
}

/** Midnight after a day: the instant at which a limit that ended on it has been passed. */
export function dayAfter(day: Day): Instant {
  return startOf(day + 1);
}

const COMPANIES = [
  '恒源',
  '鑫达',
  '瑞丰',
  '华泰',
  '顺康',
  '金桥',
  '宏图',
  '安泰',
  '盛世',
  '嘉和',
  '百川',
  '永信',
];
const TRADES = ['餐饮管理', '建筑工程', '商贸', '物流', '教育咨询', '医药', '农业科技', '文化传播'];

function applicantOf(random: Random): Readonly<Record<string, unknown>> {
  const token = `tok-${random.between(0x10000000, 0xffffffff).toString(16)}${random.between(0x1000, 0xffff).toString(16)}`;
  return {
    kind: 'legal',
    name: `云川${random.pick(COMPANIES)}${random.pick(TRADES)}有限公司`,
    idType: '统一社会信用代码',
    idNo: token,
  };
}
