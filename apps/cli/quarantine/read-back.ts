import { randomUUID } from 'node:crypto';
import { filter, firstValueFrom, type Observable, tap, timeout } from 'rxjs';
import type { DeliveredBatch, EventLog, LogRecord } from '#streams/event-log.js';

/** Joining a Kafka group takes some seconds; a record that is not there by then is gone. */
const WITHIN_MS = 15_000;

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/**
 * The record that stands at a place of the log, with its headers; null where the log no longer keeps it. Reads as a group
 * of its own, so that no monitor is disturbed.
 */
export async function readBack(log: EventLog, place: Place): Promise<LogRecord | null> {
  const subscription = log.subscribe({
    topic: place.topic,
    groupId: `mingcha-read-back-${randomUUID()}`,
    positionOf: async (partition) => (partition === place.partition ? place.offset : null),
    maxRecords: 1,
  });
  const out: DeliveredBatch[] = [];
  try {
    const batch = await firstValueFrom(
      wanted(subscription.batches$, place, (other) => out.push(other)).pipe(
        timeout({ first: WITHIN_MS }),
      ),
    );
    return batch.records.find(({ offset }) => offset === place.offset) ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return null;
    throw error;
  } finally {
    for (const batch of out) batch.settle();
    await subscription.close();
  }
}

function wanted(
  batches$: Observable<DeliveredBatch>,
  place: Place,
  keep: (batch: DeliveredBatch) => void,
): Observable<DeliveredBatch> {
  return batches$.pipe(
    tap(keep),
    filter(({ partition }) => partition === place.partition),
  );
}
