import type { Event, Instant } from '#core/event/event.js';
import type { FindingChange, Level } from '#core/finding.js';
import type { Reach } from '#core/reach.js';

/** Place of one record in the event log. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/**
 * Compare-and-set of one partition's position: it must stand at `fromOffset` (a partition never read stands at 0) and
 * is moved to `nextOffset`, the offset of the next record to read.
 */
export interface StreamAdvance {
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly nextOffset: bigint;
  /** Log time up to which this partition is read to its end; never moved back. */
  readonly consumedThrough: Instant;
}

export interface EventToSave extends RecordPlace {
  readonly event: Event;
  /** Bytes exactly as received (text is stored as UTF-8). */
  readonly raw: Uint8Array | string;
  /** `duplicate`: same identity, same bytes: counted, otherwise without effect. */
  readonly outcome: 'accepted' | 'duplicate';
}

/**
 * A version that stands in another case and concerns this one, because a chain of corrections moves its fact between
 * them. Saved once per case and version; the event itself, with its bytes and identity, stands in its own case. The
 * writer sorts by `afterEvents` as it does changes.
 */
export interface MovedToSave {
  readonly caseId: string;
  readonly event: Event;
  /** Partition of the record that brought it here. */
  readonly partition: number;
  /** How many of the step's events stand before it in the record of the case. */
  readonly afterEvents: number;
}

export interface RejectedToSave extends RecordPlace {
  readonly raw: Uint8Array | null;
  /** Key of the reason, e.g. `not-json`. */
  readonly reason: string;
  readonly field: string | null;
  /** Anything JSON can carry. */
  readonly detail: unknown;
  readonly source: string | null;
  readonly id: string | null;
  readonly receivedAt: Instant;
  /** Hex SHA-256 of the bytes. */
  readonly digest: string;
}

export interface CaseToSave {
  readonly caseId: string;
  /** Version that was evaluated; 0 for a case that has no row yet. Saved as version + 1. */
  readonly version: number;
  readonly asOf: Instant;
  /** Next instant at which an answer can change; null: nothing is awaited. */
  readonly nextDueAt: Instant | null;
  readonly regionCode: string;
  readonly handlingRegionCode?: string | null;
  readonly agencyCode: string;
  readonly itemCode: string | null;
  readonly itemName?: string | null;
  readonly openState: 'open' | 'closed';
  readonly isTest: boolean;
}

/**
 * A change of a finding. In the chain of its case it stands at `afterEvents`, among others of that place in the order
 * given. Changes of different cases may come in any order: the writer sorts them.
 */
export interface ChangeToSave {
  readonly caseId: string;
  readonly change: FindingChange;
  /**
   * How many of the step's events stand before it in the record of the case: what fell due before an event precedes
   * it, what the event changed follows it, whatever was saved together. All of them where absent.
   */
  readonly afterEvents?: number;
}

/** State codes of domain/workflow.md section 5 that the engine itself can reach; people's decisions add theirs. */
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
  /** Broader alert that already covers this one (gate X10). */
  readonly groupedInto: string | null;
  /** Empty unless held. */
  readonly awaited: readonly AwaitedSource[];
  readonly regionCode: string;
  readonly agencyCode: string;
  /** Item of the case as of this change; the last one known where the case has none any more. */
  readonly itemCode: string | null;
  /** Unit that receives the alert. */
  readonly recipientUnit: string;
  /** `unitCode/staffNo` of everyone the alert is about. */
  readonly subjectPersons: readonly string[];
  /** False for what must not be seen on the shared platform (leads, officials managed by a higher level). */
  readonly sharedSpace: boolean;
  readonly isTest: boolean;
}

/** One `alert.*` event. The writer numbers it, chains it and records it. */
export interface AlertChange {
  /** Digest of the finding's identity. */
  readonly alertId: string;
  readonly findingId: string;
  readonly caseId: string;
  /** 1 for the first life of the alert; 2 when true again after an end or a retraction … */
  readonly revision: number;
  readonly kind: AlertChangeKind;
  readonly at: Instant;
  /** Key of the gate or cause, e.g. `coverage`, `broader-alert`, `silence`, `test-data`; null where none applied. */
  readonly reason: string | null;
  readonly after: AlertAfter;
  /** Further facts for the screen; text, truth, safe integers, null, lists and objects of these. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** One version of one reference fact, as its source published it. */
export interface ReferenceToSave {
  /** item, calendar, posting, relation, outage … */
  readonly kind: string;
  readonly code: string;
  readonly version: string;
  /** Local dates as `YYYY-MM-DD`, both included; null `validTo`: until further notice. */
  readonly validFrom: string;
  readonly validTo: string | null;
  /** Instant at which it became known to us (receivedAt of its record). */
  readonly knownFrom: Instant;
  readonly body: unknown;
  /** Hex digest of the record that carried it. */
  readonly digest: string;
  /** Event that carried it. */
  readonly source: string;
  readonly eventId: string;
}

/** An item of which a version became known at `at`: its cases are to be asked again. */
export interface TouchedItem {
  readonly itemCode: string;
  readonly at: Instant;
}

/** Cases for which something became known otherwise at `at`: those within reach are to be asked again. */
export interface TouchedRegion {
  /** Of the event that says so: the same event touches once. */
  readonly touchId: string;
  readonly at: Instant;
  readonly reach: Reach;
}

/** What a batch teaches about one source. */
export interface CoverageToSave {
  readonly source: string;
  /** Instant through which the source has been evaluated; never moved back. Null: unchanged. */
  readonly evaluatedThrough: Instant | null;
  /** Counts to add. */
  readonly late: number;
  readonly quarantined: number;
  /** Opens a gap, or widens the one that is open; null closes it, undefined leaves it. */
  readonly gap?: { readonly from: Instant; readonly reason: string } | null;
  /** Why a gap may be closed, in the words of whoever closes it. */
  readonly reasonText?: string;
  readonly at: Instant;
}

/** A message to send after the commit; `messageId` makes sending idempotent. */
export interface MessageToSave {
  readonly messageId: string;
  /** alert-topic, quarantine-topic, mail, webhook … */
  readonly channel: string;
  readonly key: string;
  readonly payload: unknown;
  readonly notBefore: Instant;
}

/** A decision on a quarantined record. `repairedBy` names the place of the corrected record. */
export interface QuarantineDecision {
  readonly quarantineId: string;
  readonly to: 'repaired' | 'released';
  readonly reasonText: string;
  readonly repairedBy: string | null;
  readonly at: Instant;
}

/** Everything one step has to say. Saved in one transaction, or not at all. */
export interface StepToSave {
  /** Null for ticks and people's decisions. */
  readonly stream: StreamAdvance | null;
  readonly events: readonly EventToSave[];
  /** Their cases are among `cases`. */
  readonly moved: readonly MovedToSave[];
  readonly rejected: readonly RejectedToSave[];
  readonly cases: readonly CaseToSave[];
  readonly changes: readonly ChangeToSave[];
  readonly alerts: readonly AlertChange[];
  readonly references: readonly ReferenceToSave[];
  /** One entry per item at most. */
  readonly touchedItems: readonly TouchedItem[];
  readonly touchedRegions: readonly TouchedRegion[];
  readonly coverage: readonly CoverageToSave[];
  readonly messages: readonly MessageToSave[];
  readonly quarantineDecisions: readonly QuarantineDecision[];
  readonly actor: string;
  readonly traceId: string | null;
  /** Supervising authority; default `main`. */
  readonly tenant: string;
  /** Instant of saving: stamped once by the caller, so that a retry writes the same bytes. */
  readonly savedAt: Instant;
}

/** A step without anything in it, to be filled by spreading. */
export function emptyStep(actor: string, savedAt: Instant): StepToSave {
  return {
    stream: null,
    events: [],
    moved: [],
    rejected: [],
    cases: [],
    changes: [],
    alerts: [],
    references: [],
    touchedItems: [],
    touchedRegions: [],
    coverage: [],
    messages: [],
    quarantineDecisions: [],
    actor,
    traceId: null,
    tenant: 'main',
    savedAt,
  };
}
