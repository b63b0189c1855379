import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { FeedConfig } from '#core/event/event.js';
import type { RegionSettings } from '#core/reference.js';

/** A city's configuration: its feeds, what its regions have decided, and what regions and units are called. */
export interface City {
  readonly feeds: ReadonlyMap<string, FeedConfig>;
  /** True: a source without configuration is read as a feed that numbers its own cases; false: it is quarantined. */
  readonly anyFeed: boolean;
  readonly regions: ReadonlyMap<string, RegionSettings>;
  /** Region codes that exist; empty = nothing is said of regions. */
  readonly regionCodes: ReadonlySet<string>;
  readonly regionNames: ReadonlyMap<string, string>;
  /** Names of agencies and of units, by the code that events give. */
  readonly unitNames: ReadonlyMap<string, string>;
}

interface CityFile {
  readonly anyFeed?: boolean;
  readonly feeds?: readonly Partial<FeedConfig>[];
  readonly regions?: readonly ({
    readonly regionCode?: string | number;
    readonly name?: string;
  } & Partial<RegionSettings>)[];
  readonly units?: readonly { readonly unitCode?: string | number; readonly name?: string }[];
}

export const ANY_CITY: City = {
  feeds: new Map(),
  anyFeed: true,
  regions: new Map(),
  regionCodes: new Set(),
  regionNames: new Map(),
  unitNames: new Map(),
};

/** Defaults of a feed that says nothing else of itself (DQ-01: 24 hours). */
export function plainFeed(source: string): FeedConfig {
  return { source, authority: source, agreedDelayHours: 24, batch: false };
}

/** How a source is read, or null where it is not configured and unconfigured ones are refused. */
export function feedOf(city: City, source: string): FeedConfig | null {
  return city.feeds.get(source) ?? (city.anyFeed ? plainFeed(source) : null);
}

/** Reads a city file (YAML). @throws Error naming the file and what is wrong with it. */
export function readCity(path: string): City {
  let city: CityFile;
  try {
    city = (parse(readFileSync(path, 'utf8')) ?? {}) as CityFile;
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const feeds = new Map<string, FeedConfig>();
  for (const feed of city.feeds ?? []) {
    if (typeof feed.source !== 'string' || feed.source === '')
      throw new Error(`${path}: feeds: a feed has no source; give each its code`);
    feeds.set(feed.source, { ...plainFeed(feed.source), ...feed });
  }
  const regions = new Map<string, RegionSettings>();
  const regionNames = new Map<string, string>();
  for (const { regionCode, name, pauseKindA, refusalFiling } of city.regions ?? []) {
    if (regionCode === undefined)
      throw new Error(`${path}: regions: a region has no regionCode; give each its code`);
    regions.set(String(regionCode), {
      pauseKindA: pauseKindA ?? false,
      refusalFiling: refusalFiling ?? true,
    });
    if (name !== undefined) regionNames.set(String(regionCode), String(name));
  }
  return {
    feeds,
    anyFeed: city.anyFeed ?? feeds.size === 0,
    regions,
    regionCodes: new Set(regions.keys()),
    regionNames,
    unitNames: unitNamesOf(path, city),
  };
}

function unitNamesOf(path: string, city: CityFile): Map<string, string> {
  const names = new Map<string, string>();
  for (const { unitCode, name } of city.units ?? []) {
    if (unitCode === undefined || name === undefined)
      throw new Error(`${path}: units: a unit has no unitCode or no name; give each both`);
    names.set(String(unitCode), String(name));
  }
  return names;
}
