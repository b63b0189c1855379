import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { FeedConfig } from '#core/event/event.js';
import type { RegionSettings } from '#core/reference.js';
import type { CitySettings } from './settings.js';

interface Written {
  readonly anyFeed?: boolean;
  readonly feeds?: readonly Partial<FeedConfig>[];
  readonly regions?: Readonly<Record<string, Partial<RegionSettings>>>;
  readonly regionCodes?: readonly string[];
}

/**
 * Reads the city's configuration (YAML), the same file that the monitor reads: feeds with their numbering authorities,
 * regions with their choices, region codes that exist. @throws Error naming the file and what is wrong.
 */
export function readCityFile(path: string): CitySettings {
  const written = (parse(readFileSync(path, 'utf8')) ?? {}) as Written;
  const feeds = new Map<string, FeedConfig>();
  for (const feed of written.feeds ?? []) {
    if (typeof feed.source !== 'string' || feed.source === '')
      throw new Error(`${path}: a feed has no source; give each feed the source that it sends`);
    feeds.set(feed.source, {
      source: feed.source,
      authority: feed.authority ?? feed.source,
      agreedDelayHours: feed.agreedDelayHours ?? 24,
      batch: feed.batch ?? false,
    });
  }
  const regions = Object.entries(written.regions ?? {}).map(
    ([code, { pauseKindA = false, refusalFiling = true }]) =>
      [code, { pauseKindA, refusalFiling }] as const,
  );
  return {
    feeds,
    anyFeed: written.anyFeed ?? feeds.size === 0,
    regions: new Map(regions),
    regionCodes: new Set(written.regionCodes ?? []),
  };
}

/** How a source is read: as configured, else (where any feed is taken) under its own authority; null: unknown. */
export function feedOf(city: CitySettings, source: string): FeedConfig | null {
  const configured = city.feeds.get(source);
  if (configured !== undefined || !city.anyFeed) return configured ?? null;
  return { source, authority: source, agreedDelayHours: 24, batch: false };
}
