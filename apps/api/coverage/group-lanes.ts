import type { Instant } from '#core/event/event.js';
import type { KnownCoverage } from '#store/known-facts.js';

export interface GroupedCoverage {
  readonly source: string;
  /** Least of its lanes; null where one of them was never covered. */
  readonly evaluatedThrough: Instant | null;
  /** Most of its lanes. */
  readonly heardThrough: Instant | null;
  readonly lanes: number;
  readonly gaps: readonly { readonly from: Instant; readonly reason: string }[];
  readonly late: number;
  readonly quarantined: number;
}

/** `source#partition` -> `source`; a name without a partition is its own. */
export function sourceOfLane(lane: string): string {
  return lane.replace(/#\d+$/, '');
}

/**
 * Coverage is kept per lane (source and partition), where order is certain. A source is evaluated through the least of
 * its lanes, counts are added, the same gap in several lanes is one. Sorted by source.
 */
export function groupLanes(lanes: readonly KnownCoverage[]): GroupedCoverage[] {
  const bySource = new Map<string, KnownCoverage[]>();
  for (const lane of lanes) {
    const source = sourceOfLane(lane.source);
    bySource.set(source, [...(bySource.get(source) ?? []), lane]);
  }
  return [...bySource]
    .map(([source, ofSource]) => groupOf(source, ofSource))
    .sort((a, b) => (a.source < b.source ? -1 : 1));
}

function groupOf(source: string, lanes: readonly KnownCoverage[]): GroupedCoverage {
  // A lane that only ever brought unreadable records covers nothing and holds nothing back.
  const readable = lanes.filter((lane) => lane.evaluatedThrough !== null || lane.quarantined === 0);
  const through = readable.map((lane) => lane.evaluatedThrough);
  const known = through.filter((at) => at !== null);
  const gaps = new Map(
    lanes.flatMap(({ gap }) => (gap === null ? [] : [[`${gap.from} ${gap.reason}`, gap] as const])),
  );
  return {
    source,
    evaluatedThrough:
      known.length === 0 || known.length < through.length ? null : Math.min(...known),
    heardThrough: known.length === 0 ? null : Math.max(...known),
    lanes: lanes.length,
    gaps: [...gaps.values()].sort((a, b) => a.from - b.from),
    late: lanes.reduce((sum, lane) => sum + lane.late, 0),
    quarantined: lanes.reduce((sum, lane) => sum + lane.quarantined, 0),
  };
}
