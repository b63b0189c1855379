import type { Instant } from '../event/event.js';
import type { Finding, Level } from '../finding.js';

/** States of workflow.md section 5 that the engine itself sets; the others follow from people's decisions. */
export type AlertState =
  | 'held'
  | 'raised'
  | 'signed-for'
  | 'screening'
  | 'dismissed'
  | 'explained'
  | 'reminded'
  | 'oversight'
  | 'rectifying'
  | 'under-review'
  | 'struck-off'
  | 'handed-over'
  | 'ended'
  | 'retracted'
  | 'covered'
  | 'silenced';

export type AlertChangeKind =
  | 'raised'
  | 'held'
  | 'released'
  | 'grouped'
  | 'silenced'
  | 'level-raised'
  | 'level-lowered'
  | 'revised'
  | 'ended'
  | 'retracted';

/** A source that must be covered through `until` before a held alert may be released. */
export interface AwaitedSource {
  readonly source: string;
  readonly until: Instant;
}

/** The alert as it stands after a change. */
export interface AlertAfter {
  readonly state: AlertState;
  readonly level: Level;
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly held: boolean;
  readonly ended: boolean;
  readonly retracted: boolean;
  /** Alert that already covers this one (gate X10). */
  readonly groupedInto: string | null;
  /** Empty unless held for want of coverage. */
  readonly awaited: readonly AwaitedSource[];
  readonly regionCode: string;
  readonly agencyCode: string;
  /** Item of the case as of this change; the last one known where the case has none any more. */
  readonly itemCode: string | null;
  readonly recipientUnit: string;
  /** `unitCode/staffNo` of everyone the alert is about. */
  readonly subjectPersons: readonly string[];
  /** False for what is not seen on the shared platform (leads). */
  readonly sharedSpace: boolean;
  readonly isTest: boolean;
}

/** One `alert.*` event of the engine. */
export interface AlertChange {
  readonly alertId: string;
  readonly findingId: string;
  readonly caseId: string;
  /** 1, 2, 3 … within the alert, through all its revisions. */
  readonly eventNo: number;
  /** 1 for the first life of the alert; the next after an end or a retraction. */
  readonly revision: number;
  readonly kind: AlertChangeKind;
  readonly at: Instant;
  /** Gate or cause: coverage, doubtful-times, same-rule, test-data … ; null where none applied. */
  readonly reason: string | null;
  readonly after: AlertAfter;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What is kept of one alert between steps: enough to fold the next change. */
export interface AlertRecord {
  readonly alertId: string;
  readonly findingId: string;
  readonly revision: number;
  /** Number of its last change. */
  readonly eventNo: number;
  /** Instant of its last change. */
  readonly changedAt: Instant;
  readonly after: AlertAfter;
  /** The finding as last seen; null once retracted. */
  readonly finding: Finding | null;
}
