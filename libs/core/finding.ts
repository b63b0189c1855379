import type { DayLine } from './calendar/clock.js';
import type { EventRef, Instant } from './event/event.js';

export const LEVELS = ['data', 'lead', 'notice', 'yellow', 'red'] as const;
/** `data` goes to the data owner, `lead` to discipline reviewers only; notice < yellow < red are cards. */
export type Level = (typeof LEVELS)[number];

/** Explanation: keys and parameters, never sentences; rendered in either language from language files. */
export interface Explanation {
  readonly key: string;
  readonly params: Readonly<Record<string, string | number | boolean | null>>;
  readonly children?: readonly Explanation[];
  readonly days?: readonly DayLine[];
}

export interface Answerable {
  /** Role of rules.md section 1: handler, reviewer, approver, counter-clerk, head, unit … */
  readonly role: string;
  readonly unitCode: string;
  /** Null where the person is unknown: the alert then goes to the unit. */
  readonly staffNo: string | null;
}

/**
 * What a rule says of one subject: true at some instant t <= asOf under what is known at knownAt.
 * `since` is the first such instant; `until` the instant at which the condition was over, or null while it lasts.
 */
export interface Finding {
  /** Hex digest of (ruleId, subject, occurrence): the same finding has the same id for ever. */
  readonly id: string;
  readonly ruleId: string;
  readonly ruleVersion: number;
  /** Case id, or the scope's name. */
  readonly subject: string;
  readonly occurrence: string;
  readonly level: Level;
  readonly since: Instant;
  readonly until: Instant | null;
  readonly answerable: readonly Answerable[];
  readonly evidence: readonly EventRef[];
  readonly explanation: Explanation;
  readonly calendarVersion: string;
  /** Versions of reference facts used, e.g. item:XK-01@3. */
  readonly referenceVersions: readonly string[];
  /** Digest of all inputs: the same inputs give the same digest. */
  readonly inputsDigest: string;
  /** For findings that rest on an absence: the instant through which the sources must be covered; else null. */
  readonly restsOnAbsenceUntil: Instant | null;
  readonly sources: readonly string[];
  readonly isTest: boolean;
}

export type FindingChangeKind =
  | 'raised'
  | 'level-raised'
  | 'level-lowered'
  | 'revised'
  | 'ended'
  | 'retracted';

/** One difference between two evaluations. `before` is null only for `raised`, `after` only for `retracted`. */
export interface FindingChange {
  readonly kind: FindingChangeKind;
  readonly at: Instant;
  readonly before: Finding | null;
  readonly after: Finding | null;
}
