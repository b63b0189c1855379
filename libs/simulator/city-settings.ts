import type { FeedConfig } from '#core/event/event.js';
import { REFERENCE_SOURCES } from './city/reference-events.js';
import { type Agency, buildWorld, feed, feedsOf } from './city/world.js';
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

export interface UnitOfCity {
  readonly unitCode: string;
  readonly name: string;
}

/**
 * What the city has configured and what no event says: its feeds, its regions, what its agencies and units are called,
 * and the instant at which the run ends.
 */
export interface CitySettings {
  readonly feeds: readonly FeedConfig[];
  readonly regions: readonly RegionOfCity[];
  readonly units: readonly UnitOfCity[];
  /** RFC 3339; everything is known by then. */
  readonly asOf: string;
}

/** Feeds of the catalogue, postings and the calendar speak only when something changes, which may take a year. */
const RARE_HOURS = 366 * 24;

/** Settings under which the records of a run are to be read. */
export function citySettings(
  options: Pick<SimulateOptions, 'seed' | 'startOn' | 'days'>,
): CitySettings {
  const world = buildWorld(options);
  return {
    feeds: [
      ...feedsOf(world),
      ...REFERENCE_SOURCES.map((source) => feed(source, { agreedDelayHours: RARE_HOURS })),
    ],
    regions: world.agencies.map(({ regionCode, regionName, pauseKindA, refusalFiling }) => ({
      regionCode,
      name: regionName,
      pauseKindA,
      refusalFiling,
    })),
    units: world.agencies.flatMap(unitsOf),
    asOf: isoOf(world.asOf),
  };
}

/** The agency under its credit code, its bureau under the code that officers have, and the sections within it. */
function unitsOf({ name, regionName, regionCode, agencyCode, unitCode }: Agency): UnitOfCity[] {
  return [
    { unitCode: agencyCode, name },
    { unitCode, name },
    // Asked for its opinion by the bureau.
    { unitCode: `${regionCode}-STJ`, name: `${regionName}生态环境局` },
    { unitCode: `${unitCode}-1`, name: `${name}一科` },
    { unitCode: `${unitCode}-2`, name: `${name}二科` },
  ];
}
