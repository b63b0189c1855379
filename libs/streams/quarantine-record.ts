import { createHash } from 'node:crypto';
import type { LogRecord, OutgoingRecord } from './event-log.js';

/** A record that breaks the contract, as the topic `mingcha.quarantine` carries it (JSON, UTF-8). */
export interface QuarantineRecord {
  /** Why the record was not accepted, a code of the decoder. */
  readonly reason: string;
  /** Path of the field at fault, null where the record as a whole is. */
  readonly field: string | null;
  /** What is wrong in words, for the owner of the data. */
  readonly detail: string | null;
  /** The sending system as far as it could be made out. */
  readonly source: string | null;
  readonly topic: string;
  readonly partition: number;
  /** Decimal, since a 64-bit offset does not fit a JSON number. */
  readonly offset: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** ms since 1970 UTC; null as in LogRecord. */
  readonly appendedAt: number | null;
  /** The bytes exactly as received; null where the record had none. */
  readonly valueBase64: string | null;
  /** Hex SHA-256 of the bytes; of no bytes where the record had none. */
  readonly digest: string;
}

export interface QuarantineReason {
  readonly reason: string;
  readonly field: string | null;
  readonly detail: string | null;
  readonly source: string | null;
}

/** Keeps everything that a repair needs: the bytes and where they came from. */
export function quarantineRecord(record: LogRecord, why: QuarantineReason): QuarantineRecord {
  const bytes = record.value ?? new Uint8Array(0);
  return {
    ...why,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset.toString(),
    key: record.key,
    headers: record.headers,
    appendedAt: record.appendedAt,
    valueBase64: record.value === null ? null : Buffer.from(bytes).toString('base64'),
    digest: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** Keyed like the original, so that the records of one case stay in order here too. */
export function toOutgoing(record: QuarantineRecord): OutgoingRecord {
  return {
    key: record.key,
    value: Buffer.from(JSON.stringify(record), 'utf8'),
    headers: { 'content-type': 'application/json' },
  };
}
