import type { EventLog, OutgoingRecord } from '#streams/event-log.js';
import { keyPerPartition } from '#streams/key-per-partition.js';
import type { ImportRecord } from './import-source.js';

/** Header by which the log's time of receipt reaches a monitor that runs on record time; others do not read it. */
const RECEIVED_AT = 'mingcha-received-at';
const CHUNK_RECORDS = 1_000;
const CHUNK_BYTES = 4 * 1024 * 1024;

export interface PublishTarget {
  readonly log: EventLog;
  readonly topic: string;
  readonly partitions: number;
  readonly onProgress: (published: number) => void;
  /** Aborted: the chunk in hand is finished, nothing more is begun. */
  readonly interrupted: AbortSignal;
}

/** How far a publication got. */
export interface Published {
  /** Events that the log has for certain. */
  readonly events: number;
  /** Line of the last of them; 0 where there is none. */
  readonly throughLine: number;
  /** Events of the chunk that failed: any part of them may have arrived. */
  readonly uncertain: number;
  /** What ended it early; null: everything was published, or it was interrupted. */
  readonly error: unknown;
}

/**
 * Publishes records in their order, in chunks, each durable before the next is begun. Facts about feeds and reference
 * facts go to every partition, so that each partition's own order says how far its sources are covered. Never rejects: a
 * failure of the log or of the records ends it, and the answer says how far it got.
 */
export async function publishLog(
  records: AsyncIterable<ImportRecord>,
  target: PublishTarget,
): Promise<Published> {
  const everywhere = keyPerPartition(target.partitions);
  let published: Published = { events: 0, throughLine: 0, uncertain: 0, error: null };
  let chunk: OutgoingRecord[] = [];
  let bytes = 0;
  let pending = { events: 0, line: 0 };
  const flush = async () => {
    await target.log.publish(target.topic, chunk);
    const events = published.events + pending.events;
    published = { ...published, events, throughLine: pending.line };
    [chunk, bytes, pending] = [[], 0, { events: 0, line: 0 }];
    target.onProgress(events);
  };
  try {
    for await (const record of records) {
      const value = Buffer.from(record.value);
      const keys = record.everywhere ? everywhere : [record.key];
      for (const key of keys) chunk.push({ key, value, headers: headersOf(record) });
      bytes += value.byteLength * keys.length;
      pending = { events: pending.events + 1, line: record.line };
      if (chunk.length < CHUNK_RECORDS && bytes < CHUNK_BYTES) continue;
      await flush();
      if (target.interrupted.aborted) return published;
    }
    if (chunk.length > 0) await flush();
    return published;
  } catch (error) {
    return { ...published, uncertain: pending.events, error };
  }
}

function headersOf({ receivedAt }: ImportRecord): Record<string, string> {
  return { 'content-type': 'application/cloudevents+json', [RECEIVED_AT]: String(receivedAt) };
}
