import { buildWorld } from './city/world.js';
import { feedsOf, type SimulateOptions } from './simulate.js';

/** The city's configuration as a monitor or replay reads it: its feeds, regions and what each region has decided. */
export function citySettings(options: SimulateOptions): object {
  const world = buildWorld(options);
  return {
    anyFeed: false,
    feeds: [
      ...feedsOf(world).map((feed) => ({ ...feed })),
      ...['catalog-130600', 'org-130600', 'calendar-000000'].map((source) => ({
        source,
        authority: source,
        agreedDelayHours: 24,
        batch: true,
      })),
    ],
    regions: Object.fromEntries(
      world.agencies.map(({ regionCode, pauseKindA, refusalFiling }) => [
        regionCode,
        { pauseKindA, refusalFiling },
      ]),
    ),
    regionCodes: world.agencies.map(({ regionCode }) => regionCode),
  };
}
