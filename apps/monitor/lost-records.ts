import type { Instant } from '#core/event/event.js';
import { laneOf } from '#core/work-case.js';
import { loadCoverage } from '#store/known-facts.js';
import { saveStep } from '#store/save-step.js';
import { type CoverageToSave, emptyStep } from '#store/step-to-save.js';
import { loadPositions } from '#store/stream-positions.js';
import type { Writer } from '#store/writer.js';
import type { OffsetRange } from '#streams/event-log.js';

/** Records of a partition that the log deleted before they were read. */
export interface LostRecords {
  readonly topic: string;
  readonly partition: number;
  readonly missing: OffsetRange;
}

/**
 * Moves the position behind the records that are gone and opens a gap in the coverage of every source that may have had
 * records among them: all that were ever heard of, in this partition. The gap begins where the source was last covered
 * there. Until somebody closes it (`mingcha admin close-gap`), alerts about something that did not happen after its
 * beginning stay held. One transaction: a crash before it leaves the position where it was, and the loss is told again.
 * @throws StalePositionError where another process was first; the position is then asked again
 */
export async function saveLost(
  writer: Writer,
  { topic, partition, missing }: LostRecords,
  at: Instant,
): Promise<readonly string[]> {
  const positions = await loadPositions(writer.pool, topic);
  const through = positions.find((one) => one.partition === partition)?.consumedThrough ?? 0;
  const known = await loadCoverage(writer.pool);
  const byLane = new Map(known.map((one) => [one.source, one.evaluatedThrough]));
  const sources = new Set(known.map(({ source }) => source.replace(/#\d+$/, '')));
  const reason = `records-lost ${topic}/${partition} ${missing.from}-${missing.to - 1n}`;
  const coverage = [...sources].map((source): CoverageToSave => {
    const lane = laneOf(source, partition);
    const from = byLane.get(lane) ?? through;
    return {
      source: lane,
      evaluatedThrough: null,
      late: 0,
      quarantined: 0,
      gap: { from, reason },
      at,
    };
  });
  await saveStep(writer, {
    ...emptyStep('monitor', at),
    stream: {
      topic,
      partition,
      fromOffset: missing.from,
      nextOffset: missing.to,
      consumedThrough: through,
    },
    coverage,
  });
  return coverage.map(({ source }) => source);
}
