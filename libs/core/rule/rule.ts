import type { Limit } from '../event/event.js';
import type { Level } from '../finding.js';

/** A text in both languages; Chinese first. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

export interface LegalBasis {
  /** Law or measure with its year, e.g. 行政许可法 (2019). */
  readonly law: Text;
  /** Article, paragraph, item: '32(4)'. */
  readonly article: string;
  /** True for a local practice or a default of ours: the duty is not in a law. */
  readonly local?: boolean;
}

/** A number, or a predicate that yields one. */
export type Amount = number | string;

export interface LimitSource {
  readonly value: Amount;
  readonly unit: Limit['unit'];
}

/**
 * When a level of a deadline begins. Exactly one of: `share` (used >= share of the limit, 00:00 of that day),
 * `remaining` (limit - used <= n, 00:00 of that day), `after` (n units after the limit's last day, 00:00 of the next day),
 * `afterDays` (n counted units from day 0, 00:00 of the next day), `times` (that many times the limit), `limit` (a limit of its own).
 */
export interface DeadlineLevel {
  readonly level: Level;
  readonly share?: number;
  readonly remaining?: number;
  readonly after?: number;
  readonly afterDays?: number;
  readonly times?: number;
  readonly limit?: LimitSource;
  /** The level exists only for limits of at least this many units. */
  readonly minLimit?: number;
}

export interface CountLevel {
  readonly level: Level;
  readonly atLeast: number;
  readonly when?: string;
}

export interface ConditionLevel {
  readonly level: Level;
  readonly when: string;
}

interface WindowBase {
  /** Tells the windows of one rule apart; part of the occurrence where a rule has more than one. */
  readonly name?: string;
  /** Predicate on the anchor: the window opens only where it is true. */
  readonly when?: string;
  /** Day counting, named as time.md section 7 demands. */
  readonly counting?: 'workday' | 'calendar-date' | 'elapsed' | 'item';
}

export interface ClockSettingsSource {
  readonly restDayStart?: 'calendar' | 'next-working-day';
  readonly afterHours?: 'same-day' | 'next-working-day';
  readonly postpone?: boolean;
  readonly graceMinutes?: number;
}

/** From an anchor until a fact, within a limit. Holds from each level's instant until the fact. */
export interface DeadlineWindow extends WindowBase {
  readonly kind: 'deadline';
  readonly from: 'acceptance' | readonly string[];
  /** Event types; 'closing' stands for the facts that end a case. */
  readonly until: readonly string[];
  /** Own fields in which the ending event must equal the anchor. */
  readonly match?: readonly string[];
  readonly untilWhen?: string;
  readonly order?: 'after' | 'any';
  /** The case's promised or statutory clock; otherwise `limit` or `dueOn`. */
  readonly clock?: 'promised' | 'statutory';
  readonly limit?: LimitSource | string;
  /** Day 0 where it is not the anchor's own date: a predicate yielding 'YYYY-MM-DD', or '' for none. */
  readonly startOn?: string;
  /** Last day by date instead of by count: a predicate yielding 'YYYY-MM-DD', or '' for none. */
  readonly dueOn?: string;
  readonly settings?: ClockSettingsSource;
  /** 'open' (default): holds while the fact is missing; 'completed': judged only when it comes, late. */
  readonly judge?: 'open' | 'completed';
  readonly levels: readonly DeadlineLevel[];
}

/** Nothing relevant for so long: a gap after each event of the kinds named. */
export interface AbsenceWindow extends WindowBase {
  readonly kind: 'absence';
  readonly of: '*' | readonly string[];
  readonly limit: LimitSource;
  readonly judge?: 'open' | 'completed';
  readonly levels: readonly DeadlineLevel[];
}

/** n matching events in the case, or within a sliding span. */
export interface CountWindow extends WindowBase {
  readonly kind: 'count';
  readonly of: readonly string[];
  /** Groups the events: a predicate yielding a string. */
  readonly key?: string;
  readonly withinMinutes?: number;
  readonly by?: 'occurredAt' | 'recordedAt';
  readonly levels: readonly CountLevel[];
}

/** One fact then another: too close (`fewerThan`), or there and back again (`path`). */
export interface SequenceWindow extends WindowBase {
  readonly kind: 'sequence';
  readonly first?: readonly string[];
  readonly firstWhen?: string;
  readonly then: readonly string[];
  /** Dates compared: predicates yielding 'YYYY-MM-DD'. */
  readonly firstOn?: string;
  readonly thenOn?: string;
  readonly fewerThan?: LimitSource;
  readonly moreThan?: LimitSource;
  /** Places on a path, A then B then A: predicates yielding where the event comes from and goes to. */
  readonly pathFrom?: string;
  readonly pathTo?: string;
  /** Types that begin the path anew. */
  readonly reset?: readonly string[];
  readonly level: Level;
}

/** B before A. Instants are compared; dates where either fact has day precision, and the same date then says nothing. */
export interface OrderWindow extends WindowBase {
  readonly kind: 'order';
  /** What must come first. */
  readonly earlier: readonly string[];
  readonly earlierWhen?: string;
  readonly later: readonly string[];
  readonly level: Level;
}

/** One person in all parts. */
export interface SameActorWindow extends WindowBase {
  readonly kind: 'same-actor';
  readonly parts: readonly { readonly of: readonly string[]; readonly when?: string }[];
  /** Who acted: a predicate yielding a string; '' for nobody. */
  readonly actor: string;
  readonly level: Level;
}

/** A predicate on one event and the case as it stood. */
export interface ConditionWindow extends WindowBase {
  readonly kind: 'condition';
  /** Event types, or '*' for every event. */
  readonly on: '*' | readonly string[];
  /** Judged at 00:00 of the day after so many working days, leaving time for companion facts. 0 = at once. */
  readonly settleDays?: number;
  /** When the condition began to hold; 'versioned' = when the latest version of the identity came. */
  readonly since?: 'occurredAt' | 'recordedAt' | 'receivedAt' | 'versioned';
  /** True: also events dated later than the instant asked about (times that cannot be). */
  readonly future?: boolean;
  /** One finding per case instead of one per event. */
  readonly once?: boolean;
  /**
   * True where the predicate speaks of a fact that is not there. Facts may come out of order: until the feed's agreed
   * delay is covered too, the finding is held and no alert.
   */
  readonly absence?: boolean;
  readonly levels: readonly ConditionLevel[];
}

/** Raised by a person with reason and evidence; no data can decide it. */
export interface ManualWindow extends WindowBase {
  readonly kind: 'manual';
  readonly level: Level;
}

export type WindowSource =
  | DeadlineWindow
  | AbsenceWindow
  | CountWindow
  | SequenceWindow
  | OrderWindow
  | SameActorWindow
  | ConditionWindow
  | ManualWindow;

/**
 * How an exception is examined. `when`: a predicate that suppresses the finding. `clock`: the window's clock already
 * leaves the time out. `closing`: the fact closes the window. `person`: no event can prove it; the screener is asked.
 */
export interface ExceptionSource {
  readonly code: string;
  readonly by: 'when' | 'clock' | 'closing' | 'person';
  readonly when?: string;
  readonly windows?: readonly string[];
  readonly text: Text;
}

/** One version of a rule as its author writes it (docs/rules.md). */
export interface RuleSource {
  readonly id: string;
  readonly version: number;
  readonly family: string;
  readonly effective: { readonly from: string; readonly to?: string };
  readonly name: Text;
  readonly text: Text;
  readonly basis: readonly LegalBasis[];
  readonly answerable: readonly string[];
  readonly points?: number;
  readonly params?: Readonly<Record<string, number | string | boolean | readonly string[]>>;
  readonly windows: readonly WindowSource[];
  readonly exceptions: readonly ExceptionSource[];
  readonly examples: readonly ExampleSource[];
}

/** An example: a history, the instant asked about, and what this rule must say. Written from the article. */
export interface ExampleSource {
  readonly is: string;
  readonly item?: Readonly<Record<string, unknown>>;
  readonly references?: Readonly<Record<string, unknown>>;
  readonly region?: Readonly<Record<string, boolean>>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly asOf: string;
  readonly expect: readonly {
    readonly level: Level;
    readonly since?: string;
    readonly until?: string;
  }[];
}
