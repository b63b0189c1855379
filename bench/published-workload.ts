import type { SimulatedRecord } from '#simulator/simulate.js';
import { simulate } from '#simulator/simulate.js';
import type { EventLog, OutgoingRecord } from '#streams/event-log.js';
import { keyPerPartition } from '#streams/key-per-partition.js';
import { partitionOfKey } from '#streams/partition-of-key.js';
import { RECEIVED_AT_HEADER } from '../apps/monitor/decode-records.js';
import { PARTITIONS } from './bench-servers.js';

/** What stands in the topic: of each partition, how many case events precede each offset. */
export interface PublishedWorkload {
  /** Case events, without reference facts. */
  readonly events: number;
  /** All records, reference facts counted once for every partition. */
  readonly records: number;
  /** By partition: `[offset]` = case events before that offset; the last entry is its end. */
  readonly eventsBefore: readonly number[][];
}

/** The simulated city: cases are filed on five days and followed to their ends. */
export const CITY = { seed: 1, days: 5, startOn: '2025-03-03' };
const EVENTS_PER_CASE = 14.8;

/** A record for one or more partitions, named by keys. */
export interface RecordToPublish {
  readonly keys: readonly string[];
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** False for what belongs to no case. */
  readonly isEvent: boolean;
}

export const JSON_HEADER = { 'content-type': 'application/cloudevents+json' };

const CHUNK = 2_000;
const REFERENCE = /"type":"(?:catalog|org|calendar)\./;
const FEED = /"type":"feed\./;

/**
 * The simulator's workload, interleaved as it arrives: reference facts first, then `events` case events, or a few more.
 * Heartbeats are left out: compressed into seconds, half a year of them would be a quarter of all records.
 */
export function* workloadRecords(options: {
  readonly events: number;
  readonly behaviours: number;
}): Generator<SimulatedRecord> {
  const stream = simulate({
    ...CITY,
    cases: Math.max(CITY.days, Math.ceil(options.events / EVENTS_PER_CASE)),
    behaviourShare: options.behaviours,
  });
  for (const record of stream) if (!FEED.test(record.value)) yield record;
}

export function isReference(value: string): boolean {
  return REFERENCE.test(value);
}

/** The simulator's records, each with its simulated time of receipt; reference facts go to every partition. */
export function* asPublished(records: Iterable<SimulatedRecord>): Generator<RecordToPublish> {
  const everywhere = keyPerPartition(PARTITIONS);
  for (const { key, value, receivedAt } of records) {
    const isEvent = !isReference(value);
    const headers = { ...JSON_HEADER, [RECEIVED_AT_HEADER]: String(Date.parse(receivedAt)) };
    yield { keys: isEvent ? [key] : everywhere, value: Buffer.from(value), headers, isEvent };
  }
}

/** Publishes in order and counts what stands where. */
export async function publishWorkload(
  log: EventLog,
  topic: string,
  workload: Iterable<RecordToPublish>,
): Promise<PublishedWorkload> {
  const eventsBefore = Array.from({ length: PARTITIONS }, () => [0]);
  let chunk: OutgoingRecord[] = [];
  let events = 0;
  let published = 0;
  for (const { keys, value, headers, isEvent } of workload) {
    for (const key of keys) {
      const counts = eventsBefore[partitionOfKey(key, PARTITIONS)] as number[];
      counts.push((counts.at(-1) ?? 0) + Number(isEvent));
      chunk.push({ key, value, headers });
    }
    events += Number(isEvent);
    if (chunk.length < CHUNK) continue;
    await log.publish(topic, chunk);
    published += chunk.length;
    chunk = [];
  }
  await log.publish(topic, chunk);
  return { events, records: published + chunk.length, eventsBefore };
}
