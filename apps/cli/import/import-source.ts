import { hash } from 'node:crypto';
import type { Decoder } from '#core/event/decode.js';
import type { Instant } from '#core/event/event.js';
import { isForEveryPartition } from '#core/event/every-partition.js';
import { InputError } from '../log/input-error.js';
import type { LogFormat } from '../log/log-settings.js';
import { mapLog } from '../log/map-log.js';
import { recordText } from '../log/mapped-event.js';
import type { Mapping } from '../log/mapping.js';
import { nativeLines } from '../log/native-lines.js';
import { rejectText } from '../quarantine/reject-text.js';

/** One event of the log as it is published: checked against the contract. */
export interface ImportRecord {
  readonly key: string;
  readonly value: string;
  /** When it was received as far as the log says; read only by a monitor that runs on record time. */
  readonly receivedAt: Instant;
  /** True: facts about feeds and reference facts, which every partition needs. */
  readonly everywhere: boolean;
  /** Line of the log that it comes from. */
  readonly line: number;
}

export interface Reading {
  readonly decoder: Decoder;
  readonly format: LogFormat | null;
  /** Told of a row that gives no valid event, which is then left out; without it the first one is thrown. */
  readonly onFault?: (fault: InputError) => void;
}

/**
 * The events of a log in its order: by a mapping, or with none as the contract writes them. The same file gives the same
 * records, also the second time. @throws InputError, as mapLog does, and for a record that breaks the contract.
 */
export async function* importRecords(
  file: string,
  mapping: Mapping | null,
  reading: Reading,
): AsyncIterable<ImportRecord> {
  const lines = mapping === null ? nativeRecords(file) : mappedRecords(file, mapping, reading);
  for await (const one of lines) {
    const { value, line } = one;
    const receivedAt = one.receivedAt ?? 0;
    const digest = hash('sha256', value);
    const decoded = reading.decoder.decode({ value, receivedAt, digest });
    if (decoded.ok) {
      const { event } = decoded;
      yield {
        key: one.key ?? event.subject,
        value,
        receivedAt: one.receivedAt ?? event.recordedAt,
        everywhere: isForEveryPartition(event.type),
        line,
      };
      continue;
    }
    const { text, repair } = rejectText(decoded.rejected, 'en');
    const rule = one.rule === null ? '' : `rule '${one.rule}': `;
    const fault = new InputError(
      { file, line },
      `${rule}the event breaks the contract: ${text.replace(/\.$/, '')}`,
      repair.replace(/\.$/, ''),
    );
    if (reading.onFault === undefined) throw fault;
    reading.onFault(fault);
  }
}

/** A record before it is checked. */
export interface UncheckedRecord {
  readonly value: string;
  readonly key: string | null;
  readonly receivedAt: Instant | null;
  readonly line: number;
  readonly rule: string | null;
}

async function* nativeRecords(file: string): AsyncIterable<UncheckedRecord> {
  for await (const line of nativeLines(file)) yield { ...line, rule: null };
}

async function* mappedRecords(
  file: string,
  mapping: Mapping,
  { format, onFault }: Reading,
): AsyncIterable<UncheckedRecord> {
  const events = mapLog(file, mapping, {
    ...(format === null ? {} : { format }),
    ...(onFault === undefined ? {} : { onRowFault: onFault }),
  });
  for await (const mapped of events)
    yield {
      value: recordText(mapped),
      key: mapped.subject,
      receivedAt: mapped.receivedAt,
      line: mapped.origin.line,
      rule: mapped.origin.rule,
    };
}
