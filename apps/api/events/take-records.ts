import { hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Decoder } from '#core/event/decode.js';
import type { Instant } from '#core/event/event.js';
import { isForEveryPartition } from '#core/event/every-partition.js';
import { type EventLog, type OutgoingRecord, RecordRefused } from '#streams/event-log.js';
import { keyPerPartition } from '#streams/key-per-partition.js';
import type { Language } from '../language/language.js';
import { ApiProblem } from '../problem/api-problem.js';
import { RETRY_AFTER } from '../problem/problem-of.js';
import type { RecordOutcomeDto } from './events.dto.js';
import type { SentRecord } from './read-records.js';
import { rejectText } from './reject-text.js';

/** A log that does not answer for so long is away; whether the records arrived is then unknown. */
const PUBLISH_MS = 25_000;

interface Judged {
  readonly outgoing: OutgoingRecord;
  /** True: it belongs to no case, and every partition gets it. */
  readonly everywhere: boolean;
  readonly outcome: RecordOutcomeDto;
}

/**
 * Judges one record as the monitor will, for the answer only: whatever is said here, the record is published. The key is
 * the case number as far as it could be read, so that the records of a case keep their order.
 */
export function judgeRecord(
  record: SentRecord,
  at: { readonly index: number; readonly receivedAt: Instant; readonly language: Language },
  decoder: Decoder,
): Judged {
  const { value, headers } = record;
  const digest = hash('sha256', value);
  const decoded = decoder.decode({ value, headers, receivedAt: at.receivedAt, digest });
  const { index } = at;
  if (decoded.ok) {
    const { id, source, subject, type } = decoded.event;
    return {
      everywhere: isForEveryPartition(type),
      outgoing: { key: subject, value, headers },
      outcome: { index, outcome: 'accepted', id, source },
    };
  }
  const { rejected } = decoded;
  return {
    everywhere: false,
    outgoing: { key: rejected.subject, value, headers },
    outcome: {
      index,
      outcome: 'quarantined',
      id: rejected.id,
      source: rejected.source,
      reason: rejected.reason,
      field: rejected.field,
      ...rejectText(rejected, at.language),
    },
  };
}

/** What goes to the log, and the place in the request that each of it comes from. */
interface Spread {
  readonly outgoing: readonly OutgoingRecord[];
  readonly places: readonly number[];
}

/** Records for every partition once for each, at their place in the order. Asks the log only where there is one. */
async function spread(log: EventLog, topic: string, records: readonly Judged[]): Promise<Spread> {
  const keys = records.some(({ everywhere }) => everywhere)
    ? keyPerPartition(await log.partitions(topic))
    : [];
  const outgoing: OutgoingRecord[] = [];
  const places: number[] = [];
  for (const { outgoing: record, everywhere, outcome } of records)
    for (const key of everywhere ? keys : [record.key]) {
      outgoing.push({ ...record, key });
      places.push(outcome.index);
    }
  return { outgoing, places };
}

/**
 * Publishes all records, good and bad alike, and resolves once they are durable: heartbeats and reference facts in every
 * partition, since coverage is counted in each (ADR 0009). A 503 problem where the log is away: an unknown part may have
 * been written, and sending all of it again is harmless. A 413 problem where the log can never take one of them.
 */
export async function publishAll(
  log: EventLog,
  topic: string,
  records: readonly Judged[],
): Promise<void> {
  if (records.length === 0) return;
  let places: readonly number[] = [];
  const given = new AbortController();
  const publishing = spread(log, topic, records).then((all) => {
    places = all.places;
    return log.publish(topic, all.outgoing);
  });
  // Where it fails after we have given up waiting, nobody listens any more.
  publishing.catch(() => undefined);
  const tooLate = wait(PUBLISH_MS, undefined, { signal: given.signal }).then(() => {
    throw new Error(`The event log did not answer within ${PUBLISH_MS / 1000} s`);
  });
  try {
    await Promise.race([publishing, tooLate]);
  } catch (error) {
    if (error instanceof RecordRefused) {
      const index = places[error.index] ?? error.index;
      throw new ApiProblem('record-refused', { params: { index }, cause: error });
    }
    throw new ApiProblem('event-log-away', { retryAfter: RETRY_AFTER, cause: error });
  } finally {
    given.abort();
    tooLate.catch(() => undefined);
  }
}
