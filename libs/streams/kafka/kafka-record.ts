import kafkajs, { type IHeaders, type KafkaMessage } from 'kafkajs';
import type { LogRecord } from '../event-log.js';

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** kafkajs hands over the batch's own header with each record, though its types do not say so. */
interface TimestampSource {
  readonly batchContext?: { readonly timestampType?: number };
}

const LOG_APPEND_TIME = 1;

/** UTF-8 text of each header; of a name that is repeated, the last value. */
function readHeaders(headers: IHeaders | undefined): Readonly<Record<string, string>> {
  if (headers === undefined) return NO_HEADERS;
  let read: Record<string, string> | null = null;
  for (const name in headers) {
    const value = headers[name];
    const last = Array.isArray(value) ? value.at(-1) : value;
    read ??= {};
    read[name] = last === undefined || last === null ? '' : last.toString();
  }
  return read ?? NO_HEADERS;
}

/** `trustTime` false, or a record that its sender stamped: `appendedAt` is null. */
export function toLogRecord(
  message: KafkaMessage,
  place: { readonly topic: string; readonly partition: number; readonly trustTime: boolean },
): LogRecord {
  const stampedByBroker =
    (message as TimestampSource).batchContext?.timestampType === LOG_APPEND_TIME;
  return {
    topic: place.topic,
    partition: place.partition,
    offset: BigInt(message.offset),
    key: message.key === null ? null : message.key.toString(),
    value: message.value,
    headers: readHeaders(message.headers),
    appendedAt: place.trustTime && stampedByBroker ? Number(message.timestamp) : null,
  };
}

const FATAL_TYPES = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
]);

/** True where trying again cannot help before somebody changes the configuration or the rights. */
export function isFatalKafkaError(error: unknown): boolean {
  if (error instanceof kafkajs.KafkaJSSASLAuthenticationError) return true;
  if (!(error instanceof Error)) return false;
  if ('type' in error && typeof error.type === 'string' && FATAL_TYPES.has(error.type)) return true;
  return error.cause !== undefined && isFatalKafkaError(error.cause);
}
