import type { Calendar } from './calendar/calendar.js';
import { parseInstant, readDate } from './calendar/local-time.js';
import { CALENDAR_TYPES } from './calendar/published.js';
import type { Day, Event, FeedConfig, Instant, Limit } from './event/event.js';
import type {
  CatalogFee,
  CatalogItem,
  CatalogMaterial,
  CatalogStep,
  Outage,
  Posting,
  ReferenceFacts,
  RegionSettings,
} from './reference.js';

export interface ReferenceSettings {
  readonly feeds?: ReadonlyMap<string, FeedConfig>;
  /** Settings per jurisdiction prefix; the longest that fits a region code decides. */
  readonly regions?: ReadonlyMap<string, RegionSettings>;
  /** Region codes that exist; empty = no table loaded, nothing is said of regions. */
  readonly regionCodes?: ReadonlySet<string>;
}

const DEFAULT_REGION: RegionSettings = { pauseKindA: false, refusalFiling: true };
const DEFAULT_DELAY_HOURS = 24;

/** Types whose events are reference facts: they decide nothing by themselves but are read by every evaluation. */
export const REFERENCE_TYPES: ReadonlySet<string> = new Set([
  'catalog.item-published',
  'catalog.item-retired',
  'org.posting-changed',
  'org.relation-declared',
  'feed.outage-declared',
  ...CALENDAR_TYPES,
]);

/**
 * Snapshot of the reference facts received by `knownAt` (included). Of one item version, or one posting of a person
 * from one day, the latest received wins; order of arrival does not matter otherwise.
 */
export function buildReferences(
  events: Iterable<Event>,
  around: { readonly knownAt: Instant; readonly calendar: Calendar },
  settings: ReferenceSettings = {},
): ReferenceFacts {
  const known = [...events]
    .filter((event) => event.receivedAt <= around.knownAt)
    .sort((a, b) => a.receivedAt - b.receivedAt || (a.id < b.id ? -1 : 1));
  const tables = new ReferenceTables(around.calendar);
  for (const event of known) tables.add(event);
  return tables.seal(settings);
}

class ReferenceTables {
  private readonly items = new Map<string, Map<string, CatalogItem>>();
  private readonly retired = new Map<string, Day>();
  private readonly people = new Map<string, Map<string, Posting>>();
  private readonly outages = new Map<string, Outage[]>();

  constructor(private readonly calendar: Calendar) {}

  add(event: Event): void {
    if (event.type === 'catalog.item-published') this.addItem(event);
    if (event.type === 'catalog.item-retired')
      this.retired.set(
        String(event.data.itemCode ?? event.subject),
        readDate(String(event.data.validTo ?? '')) ?? this.calendar.dayOf(event.occurredAt),
      );
    if (event.type === 'org.posting-changed') this.addPosting(event);
    if (event.type === 'feed.outage-declared') this.addOutage(event);
  }

  private addItem(event: Event): void {
    const item = itemOf(event);
    if (item === null) return;
    const versions = this.items.get(item.itemCode) ?? new Map<string, CatalogItem>();
    versions.set(item.itemVersion, item);
    this.items.set(item.itemCode, versions);
  }

  private addPosting(event: Event): void {
    const person = event.data.person as { staffNo: string; unitCode: string } | null;
    const from = readDate(String(event.data.from ?? ''));
    if (person === null || person === undefined || from === null) return;
    const key = `${person.unitCode}/${person.staffNo}`;
    const postings = this.people.get(key) ?? new Map<string, Posting>();
    const post = String(event.data.post ?? '');
    postings.set(`${post}@${from}`, {
      unitCode: person.unitCode,
      staffNo: person.staffNo,
      post,
      from,
      to: readDate(String(event.data.to ?? '')),
      powers: (event.data.powers as readonly string[] | null) ?? [],
    });
    this.people.set(key, postings);
  }

  private addOutage(event: Event): void {
    const from = parseInstant(String(event.data.from ?? ''));
    const to = parseInstant(String(event.data.to ?? ''));
    if (from === null || to === null) return;
    const feed = event.subject;
    const outages = this.outages.get(feed) ?? [];
    outages.push({ from: from.at, to: to.at, id: event.id });
    this.outages.set(feed, outages);
  }

  seal(settings: ReferenceSettings): ReferenceFacts {
    const items = new Map(
      [...this.items].map(([code, versions]) => [
        code,
        closeVersions(versions, this.retired.get(code)),
      ]),
    );
    const people = new Map(
      [...this.people].map(([key, postings]) => [key, closePostings(postings)]),
    );
    return referencesOf(items, people, { outages: this.outages, settings });
  }
}

/** A version without an end is in force until the day before the next begins; a retired item until its retirement. */
function closeVersions(
  versions: ReadonlyMap<string, CatalogItem>,
  retired: Day | undefined,
): CatalogItem[] {
  const sorted = [...versions.values()].sort((a, b) => a.validFrom - b.validFrom);
  return sorted.map((item, index) => {
    const next = sorted[index + 1];
    let to = item.validTo;
    if (to === null && next !== undefined) to = next.validFrom - 1;
    if (retired !== undefined && (to === null || to > retired)) to = retired;
    return { ...item, validTo: to };
  });
}

/** A posting to the same post without an end lasts until the day before the next begins. */
function closePostings(postings: ReadonlyMap<string, Posting>): Posting[] {
  const sorted = [...postings.values()].sort((a, b) => a.from - b.from);
  return sorted.map((posting, index) => {
    if (posting.to !== null) return posting;
    const next = sorted.slice(index + 1).find((other) => other.post === posting.post);
    return next === undefined ? posting : { ...posting, to: next.from - 1 };
  });
}

function referencesOf(
  items: ReadonlyMap<string, readonly CatalogItem[]>,
  people: ReadonlyMap<string, readonly Posting[]>,
  rest: {
    readonly outages: ReadonlyMap<string, readonly Outage[]>;
    readonly settings: ReferenceSettings;
  },
): ReferenceFacts {
  const { settings, outages } = rest;
  const inForce = (one: { from: Day; to: Day | null }, on: Day) =>
    one.from <= on && (one.to === null || on <= one.to);
  return {
    item: (code, on) =>
      items.get(code)?.find((item) => inForce({ from: item.validFrom, to: item.validTo }, on)) ??
      null,
    itemIsKnown: (code) => items.has(code),
    itemChangesOn: (code, on) => items.get(code)?.some((item) => item.validFrom === on) ?? false,
    hasCatalog: items.size > 0,
    postings: (unitCode, staffNo, on) =>
      people.get(`${unitCode}/${staffNo}`)?.filter((posting) => inForce(posting, on)) ?? null,
    hasPostings: people.size > 0,
    regionIsKnown: (code) =>
      settings.regionCodes === undefined ||
      settings.regionCodes.size === 0 ||
      settings.regionCodes.has(code.slice(0, 6)),
    outages: (source) => outages.get(source) ?? [],
    region: (code) => regionSettings(settings.regions, code),
    feed: (source) =>
      settings.feeds?.get(source) ?? {
        source,
        authority: source,
        agreedDelayHours: DEFAULT_DELAY_HOURS,
        batch: false,
      },
  };
}

function regionSettings(
  regions: ReadonlyMap<string, RegionSettings> | undefined,
  code: string,
): RegionSettings {
  if (regions === undefined) return DEFAULT_REGION;
  for (let length = code.length; length >= 2; length -= 2) {
    const settings = regions.get(code.slice(0, length));
    if (settings !== undefined) return settings;
  }
  return DEFAULT_REGION;
}

/** The catalogue version that an event publishes, absent flags false and absent lists empty; null where it has no valid start. */
export function itemOf(event: Event): CatalogItem | null {
  const { data } = event;
  const validFrom = readDate(String(data.validFrom ?? ''));
  if (validFrom === null) return null;
  const list = <T>(name: string): readonly T[] => (data[name] as readonly T[] | null) ?? [];
  return {
    itemCode: String(data.itemCode ?? event.itemCode ?? event.subject),
    itemVersion: String(data.itemVersion ?? event.itemVersion ?? ''),
    name: String(data.name ?? ''),
    kind: data.kind as CatalogItem['kind'],
    agencyCode: String(data.agencyCode ?? event.agencyCode),
    regionCode: String(data.regionCode ?? event.regionCode),
    validFrom,
    validTo: readDate(String(data.validTo ?? '')),
    statutoryLimit: data.statutoryLimit as Limit,
    promisedLimit: data.promisedLimit as Limit,
    stopGrounds: list<string>('stopGrounds'),
    steps: list<CatalogStep>('steps').map((step) => ({
      ...step,
      parallel: step.parallel === true,
      autoApproval: step.autoApproval === true,
    })),
    materials: list<CatalogMaterial>('materials').map((material) => ({
      ...material,
      source: material.source ?? 'applicant',
      tolerable: material.tolerable === true,
      originalRequired: material.originalRequired === true,
    })),
    fees: list<CatalogFee>('fees').map((fee) => ({
      ...fee,
      standard: Number(fee.standard),
      waivers: fee.waivers ?? [],
    })),
    hearingRequired: data.hearingRequired === true,
    selectionRequired: data.selectionRequired === true,
    inspectionRequired: data.inspectionRequired === true,
    siteVisitRequired: data.siteVisitRequired === true,
    inspectorsMin: typeof data.inspectorsMin === 'number' ? data.inspectorsMin : 2,
    autoApproval: data.autoApproval === true,
    approverPosts: list<string>('approverPosts'),
    channels: list<string>('channels'),
    tags: list<string>('tags'),
  };
}
