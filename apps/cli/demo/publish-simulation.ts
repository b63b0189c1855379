import type { SimulatedRecord } from '#simulator/simulate.js';
import type { EventLog, OutgoingRecord } from '#streams/event-log.js';
import { keyPerPartition } from '#streams/key-per-partition.js';

/** Header by which simulated time reaches a monitor that runs on record time. */
const RECEIVED_AT = 'mingcha-received-at';

const CHUNK = 2_000;

export interface PublishOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly onProgress?: (published: number) => void;
}

/**
 * Publishes a simulated stream in its order, each record with its simulated time of receipt. Records about feeds and
 * reference facts go to every partition, so that each partition's own order says how far each source is covered.
 */
export async function publishSimulation(
  log: EventLog,
  records: Iterable<SimulatedRecord>,
  options: PublishOptions,
): Promise<{ readonly events: number; readonly lastReceivedAt: number }> {
  const everywhere = keyPerPartition(options.partitions);
  let chunk: OutgoingRecord[] = [];
  let events = 0;
  let lastReceivedAt = 0;
  for (const record of records) {
    lastReceivedAt = Date.parse(record.receivedAt);
    chunk.push(...outgoingOf(record, everywhere));
    events += 1;
    if (chunk.length >= CHUNK) {
      await log.publish(options.topic, chunk);
      chunk = [];
      options.onProgress?.(events);
    }
  }
  if (chunk.length > 0) await log.publish(options.topic, chunk);
  return { events, lastReceivedAt };
}

/** A simulated record as it goes to the log, once or, by the keys of `keyPerPartition`, to every partition. */
export function outgoingOf(
  record: SimulatedRecord,
  everywhere: readonly string[],
): OutgoingRecord[] {
  const headers = {
    'content-type': 'application/cloudevents+json',
    [RECEIVED_AT]: String(Date.parse(record.receivedAt)),
  };
  const value = Buffer.from(record.value);
  const keys = isForAll(record.value) ? everywhere : [record.key];
  return keys.map((key) => ({ key, value, headers }));
}

/** True for records about feeds and reference facts: every partition gets them. */
export function isForAll(value: string): boolean {
  return /"type":"(?:feed|catalog|org|calendar)\./.test(value);
}
