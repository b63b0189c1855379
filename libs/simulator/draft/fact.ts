import type { EventRef, FeedConfig, Instant } from '#core/event/event.js';
import type { Officer } from '../city/officers.js';

/** One event in the making. Whatever it shares with its case is taken from there when it is written out. */
export interface Fact {
  readonly id: string;
  type: string;
  at: Instant;
  recordedAt: Instant;
  receivedAt: Instant;
  precision: 'second' | 'day';
  operator: Officer;
  responsible: Officer | null;
  docNo: string | null;
  dataVersion: number;
  data: Record<string, unknown>;
  correctionOf: EventRef | null;
  /** Envelope fields that differ from the case's. */
  envelope: Record<string, unknown> | null;
}

/** What all events of one case share. */
export interface CaseEnvelope {
  readonly feed: FeedConfig;
  readonly subject: string;
  readonly agencyCode: string;
  readonly regionCode: string;
  readonly itemCode: string;
  readonly itemVersion: string;
  readonly vocabularyVersion: string;
}
