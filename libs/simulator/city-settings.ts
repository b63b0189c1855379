import type { FeedConfig } from '#core/event/event.js';
import { REFERENCE_SOURCES } from './city/reference-events.js';
import { buildWorld, feed, feedsOf } from './city/world.js';
import type { SimulateOptions } from './simulate.js';
import { isoOf } from './workdays.js';

export interface RegionOfCity {
  readonly regionCode: string;
  readonly name: string;
  /** Kind A pauses are allowed here. */
  readonly pauseKindA: boolean;
  /** Negative outcomes are reported to both leaders beforehand here. */
  readonly refusalFiling: boolean;
}

/** What the city has configured and what no event says: its feeds, its regions and the instant at which the run ends. */
export interface CitySettings {
  readonly feeds: readonly FeedConfig[];
  readonly regions: readonly RegionOfCity[];
  /** RFC 3339; everything is known by then. */
  readonly asOf: string;
}

/** Settings under which the records of a run are to be read. */
export function citySettings(
  options: Pick<SimulateOptions, 'seed' | 'startOn' | 'days'>,
): CitySettings {
  const world = buildWorld(options);
  return {
    feeds: [...feedsOf(world), ...REFERENCE_SOURCES.map((source) => feed(source))],
    regions: world.agencies.map(({ regionCode, regionName, pauseKindA, refusalFiling }) => ({
      regionCode,
      name: regionName,
      pauseKindA,
      refusalFiling,
    })),
    asOf: isoOf(world.asOf),
  };
}
