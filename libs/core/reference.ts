import type { Calendar } from './calendar/calendar.js';
import type { Day, FeedConfig, Instant, Limit } from './event/event.js';

export interface CatalogStep {
  readonly stepCode: string;
  readonly name: string;
  readonly role: 'handle' | 'review' | 'approve';
  readonly limit: Limit | null;
  readonly mandatory: boolean;
  readonly order: number;
  readonly responsiblePost: string;
  readonly parallel: boolean;
  readonly autoApproval: boolean;
}

export interface CatalogMaterial {
  readonly code: string;
  readonly name: string;
  readonly required: boolean;
  readonly source: 'applicant' | 'shared';
  readonly tolerable: boolean;
  readonly originalRequired: boolean;
}

export interface CatalogFee {
  readonly feeCode: string;
  readonly standard: number;
  readonly basis: string;
  readonly waivers: readonly string[];
}

/** One version of a catalogue item (events.md section 5); absent flags are false, absent lists empty. */
export interface CatalogItem {
  readonly itemCode: string;
  readonly itemVersion: string;
  readonly name: string;
  readonly kind: 'instant' | 'promised' | 'joint' | 'upward';
  readonly agencyCode: string;
  readonly regionCode: string;
  readonly validFrom: Day;
  /** Last day of validity, included; null while in force. */
  readonly validTo: Day | null;
  readonly statutoryLimit: Limit;
  readonly promisedLimit: Limit;
  readonly stopGrounds: readonly string[];
  readonly steps: readonly CatalogStep[];
  readonly materials: readonly CatalogMaterial[];
  readonly fees: readonly CatalogFee[];
  readonly hearingRequired: boolean;
  readonly selectionRequired: boolean;
  readonly inspectionRequired: boolean;
  readonly siteVisitRequired: boolean;
  readonly inspectorsMin: number;
  readonly autoApproval: boolean;
  readonly approverPosts: readonly string[];
  readonly channels: readonly string[];
  readonly tags: readonly string[];
}

export interface Posting {
  readonly unitCode: string;
  readonly staffNo: string;
  readonly post: string;
  readonly from: Day;
  readonly to: Day | null;
  readonly powers: readonly string[];
}

export interface Outage {
  readonly from: Instant;
  readonly to: Instant;
  readonly id: string;
}

/** What a region has decided for itself; defaults: kind A pauses not allowed, refusals filed upward. */
export interface RegionSettings {
  readonly pauseKindA: boolean;
  readonly refusalFiling: boolean;
}

/**
 * Immutable snapshot of the reference facts known at one instant. An evaluation names the versions that it used.
 * "Empty" tables (no postings, no regions loaded at all) say nothing, so that a feed without them accuses nobody.
 */
export interface ReferenceFacts {
  /** Version of the item valid on that day, or null. */
  item(itemCode: string, on: Day): CatalogItem | null;
  itemIsKnown(itemCode: string): boolean;
  /** True if any version of the item begins on that day. */
  itemChangesOn(itemCode: string, on: Day): boolean;
  readonly hasCatalog: boolean;
  /** Postings of a person in force on that day; null where the person was never posted. */
  postings(unitCode: string, staffNo: string, on: Day): readonly Posting[] | null;
  readonly hasPostings: boolean;
  regionIsKnown(regionCode: string): boolean;
  outages(source: string): readonly Outage[];
  region(regionCode: string): RegionSettings;
  feed(source: string): FeedConfig;
}

/** Everything besides the events and the rules that an evaluation reads. */
export interface Surroundings {
  /** Every list a predicate may name, empty: the shape that each case begins with. */
  readonly emptyLists: Readonly<Record<string, readonly never[]>>;
  readonly calendar: Calendar;
  readonly references: ReferenceFacts;
  /** The same with the calendar of a region, where one was published for it; absent: there is none. */
  readonly inRegion?: (regionCode: string) => Surroundings;
}
