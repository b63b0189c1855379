import { hash } from 'node:crypto';
import type { Decoder } from '#core/event/decode.js';
import type { Event, Instant } from '#core/event/event.js';
import type { RejectedToSave } from '#store/step-to-save.js';
import type { LogRecord } from '#streams/event-log.js';

/** Header by which a simulated city says when a record was received; read only where the monitor runs on record time. */
export const RECEIVED_AT_HEADER = 'mingcha-received-at';

export interface ReadRecord {
  readonly record: LogRecord;
  readonly event: Event;
}

export interface DecodedRecords {
  readonly read: readonly ReadRecord[];
  readonly rejected: readonly RejectedToSave[];
  /** The records of `rejected`, in the same order. */
  readonly rejectedRecords: readonly LogRecord[];
  /** When the last record was received; null for an empty batch. */
  readonly lastReceivedAt: Instant | null;
}

export interface RecordTime {
  /** True: the header says when a record was received (simulation, fault runs). False: the log does. */
  readonly fromHeader: boolean;
  readonly now: () => Instant;
}

/** Bytes to events or to quarantine with the reason; no record is lost and none throws. Order is kept. */
export function decodeRecords(
  records: readonly LogRecord[],
  decoder: Decoder,
  time: RecordTime,
): DecodedRecords {
  const read: ReadRecord[] = [];
  const rejected: RejectedToSave[] = [];
  const rejectedRecords: LogRecord[] = [];
  let lastReceivedAt: Instant | null = null;
  for (const record of records) {
    const value = record.value ?? new Uint8Array();
    const digest = hash('sha256', value);
    const receivedAt = receivedAtOf(record, time);
    lastReceivedAt = Math.max(lastReceivedAt ?? receivedAt, receivedAt);
    const decoded = decoder.decode({
      value: record.value,
      headers: record.headers,
      receivedAt,
      digest,
    });
    if (decoded.ok) {
      read.push({ record, event: decoded.event });
      continue;
    }
    const { reason, field, params, source, id } = decoded.rejected;
    rejectedRecords.push(record);
    rejected.push({
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      raw: record.value,
      reason,
      field,
      detail: params,
      source,
      id,
      receivedAt,
      digest,
    });
  }
  return { read, rejected, rejectedRecords, lastReceivedAt };
}

function receivedAtOf(record: LogRecord, time: RecordTime): Instant {
  if (time.fromHeader) {
    const stated = Number(record.headers[RECEIVED_AT_HEADER]);
    if (Number.isSafeInteger(stated)) return stated;
  }
  return record.appendedAt ?? time.now();
}
