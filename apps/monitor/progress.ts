import type { Instant } from '#core/event/event.js';
import { StalePositionError } from '#store/errors.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { loadPositions, type SavedPosition } from '#store/stream-positions.js';
import type { Writer } from '#store/writer.js';
import type { LogSubscription } from '#streams/event-log.js';

/**
 * The instant up to which every partition of the topic was read to its end and saved, by whichever monitor: the latest
 * that a tick may speak of. Null while some partition was never read.
 */
export async function readThrough(
  writer: Writer,
  topic: string,
  partitions: number,
): Promise<Instant | null> {
  const positions = await loadPositions(writer.pool, topic);
  if (positions.length < partitions) return null;
  return Math.min(...positions.map((position) => position.consumedThrough));
}

/** Saves that an idle partition was still read to its end. */
async function saveIdle(
  writer: Writer,
  position: SavedPosition,
  through: Instant,
  actor: string,
): Promise<void> {
  await saveStep(writer, {
    ...emptyStep(actor, through),
    stream: {
      topic: position.topic,
      partition: position.partition,
      fromOffset: position.nextOffset,
      nextOffset: position.nextOffset,
      consumedThrough: through,
    },
  });
}

/**
 * Saves of every partition held here that it was read to its end, so that ticks go on while nothing arrives. A partition
 * that has moved on meanwhile is left out.
 */
export async function saveIdlePartitions(
  writer: Writer,
  subscription: LogSubscription | null,
  topic: string,
): Promise<void> {
  if (subscription === null) return;
  const positions = await loadPositions(writer.pool, topic);
  for (const { partition, position } of subscription.progress()) {
    const through = subscription.caughtUpThrough(partition);
    const saved = positions.find((one) => one.partition === partition) ?? {
      topic,
      partition,
      nextOffset: 0n,
      consumedThrough: 0,
    };
    if (through === null || through <= saved.consumedThrough || saved.nextOffset !== position)
      continue;
    await saveIdle(writer, saved, through, 'monitor').catch((error: unknown) => {
      if (!(error instanceof StalePositionError)) throw error;
    });
  }
}
