/** An instant: whole milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** A local date as the number of days since 1970-01-01; the zone is that of the calendar that made it. */
export type Day = number;

/** Duration limit as the catalogue writes it: G working days, Z natural days, H hours. Never converted. */
export interface Limit {
  readonly value: number;
  readonly unit: 'G' | 'Z' | 'H';
}

export interface Person {
  readonly staffNo: string;
  readonly name: string | null;
  readonly post: string | null;
  readonly unitCode: string;
}

/** Identity of an event: unique within its feed. */
export interface EventRef {
  readonly source: string;
  readonly id: string;
}

/**
 * One version of one fact, decoded. Three times are kept apart (events.md section 1):
 * `occurredAt` drives legal clocks, `recordedAt` shows back-entry, `receivedAt` shows a slow feed.
 */
export interface Event extends EventRef {
  readonly type: string;
  /** Case number as its authority gave it. */
  readonly subject: string;
  /** Numbering authority + '/' + subject. */
  readonly caseId: string;
  readonly occurredAt: Instant;
  readonly recordedAt: Instant;
  readonly receivedAt: Instant;
  readonly precision: 'second' | 'day';
  readonly vocabularyVersion: string;
  readonly agencyCode: string;
  readonly regionCode: string;
  readonly itemCode: string | null;
  readonly itemVersion: string | null;
  readonly operator: Person;
  readonly responsible: Person | null;
  readonly dataVersion: number;
  readonly correctionOf: EventRef | null;
  readonly correctionReason: string | null;
  readonly docNo: string | null;
  /** Hex SHA-256 of the bytes as received. */
  readonly rawDigest: string;
  readonly isTest: boolean;
  /** Own fields of the type; every field that the vocabulary declares is present, absent ones are null. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** How one feed is read; configured, never guessed. */
export interface FeedConfig {
  readonly source: string;
  /** Numbering authority of its case numbers; default: the source itself. */
  readonly authority: string;
  /** Agreed delay in hours before DQ-01 speaks of a late feed. */
  readonly agreedDelayHours: number;
  /** True where records arrive in agreed batches (back-entry is then not off-system handling). */
  readonly batch: boolean;
}
