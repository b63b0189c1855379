import type { Instant } from './event.js';
import { isObject, isStorable } from './field-reader.js';
import { Fault, jsonTypeOf } from './rejection.js';

/** One record of the event log, as a port hands it over. */
export interface StreamRecord {
  /** UTF-8 bytes, or text; null for a tombstone. */
  readonly value: Uint8Array | string | null;
  /** Record headers, names in lower case; `ce_…` carry the attributes in binary mode. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly receivedAt: Instant;
  /** Hex SHA-256 of the bytes as received (in binary mode with the headers, as the port defines it). */
  readonly digest: string;
}

/** Attributes and data of a CloudEvent, none of them checked yet except that `data` is an object. */
export interface CloudEvent {
  readonly id: unknown;
  readonly source: unknown;
  readonly type: unknown;
  readonly subject: unknown;
  readonly time: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  /** True where the text holds `\u` escapes. */
  readonly escaped: boolean;
  /** What keeps it from being a CloudEvent, although its attributes could be read. */
  readonly fault: Fault | null;
}

const NOTHING: Readonly<Record<string, unknown>> = {};
const utf8 = new TextDecoder('utf-8', { fatal: true });

function readUtf8(bytes: Uint8Array): string | Fault {
  try {
    return utf8.decode(bytes);
  } catch {
    return new Fault('not-utf8');
  }
}

function tooLarge(bytes: number, maxBytes: number): Fault {
  return new Fault('too-large', { bytes, maxBytes });
}

function readText(value: Uint8Array | string | null, maxBytes: number): string | Fault {
  if (value === null || value.length === 0) return new Fault('empty');
  if (value.length > maxBytes) return tooLarge(value.length, maxBytes);
  if (typeof value !== 'string') return readUtf8(value);
  if (value.length > maxBytes / 3) {
    const bytes = new TextEncoder().encode(value).length;
    if (bytes > maxBytes) return tooLarge(bytes, maxBytes);
  }
  return isStorable(value) ? value : new Fault('not-utf8');
}

function parseJson(text: string): { readonly json: unknown } | Fault {
  try {
    return { json: JSON.parse(text) };
  } catch (error) {
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    return new Fault('not-json', { position: position ?? '?' });
  }
}

/** The event with its data, or with the fault that stands for data that is no object. */
function withData(
  attributes: Pick<CloudEvent, 'id' | 'source' | 'type' | 'subject' | 'time' | 'escaped'>,
  specversion: unknown,
  data: unknown,
): CloudEvent {
  let fault: Fault | null = null;
  if (specversion !== '1.0') {
    fault = new Fault(
      'not-cloudevents',
      { expected: 'specversion 1.0', got: jsonTypeOf(specversion) },
      'specversion',
    );
  } else if (data === undefined || data === null) {
    fault = new Fault('missing-field', { expected: 'object' }, 'data');
  } else if (!isObject(data)) {
    fault = new Fault('malformed-field', { expected: 'object', got: jsonTypeOf(data) }, 'data');
  }
  const { id, source, type, subject, time, escaped } = attributes;
  return { id, source, type, subject, time, escaped, data: isObject(data) ? data : NOTHING, fault };
}

function isBinaryMode(headers: Readonly<Record<string, string>>): boolean {
  const contentType = headers['content-type'] ?? '';
  return headers.ce_specversion !== undefined && !/^application\/cloudevents/i.test(contentType);
}

/**
 * Reads the two modes of CloudEvents 1.0: structured JSON, and binary (`ce_` headers of the Kafka protocol binding
 * and a JSON value). A record without any CloudEvents header is read as structured.
 */
export function readCloudEvent(record: StreamRecord, maxBytes: number): CloudEvent | Fault {
  const text = readText(record.value, maxBytes);
  if (text instanceof Fault) return text;
  const parsed = parseJson(text);
  if (parsed instanceof Fault) return parsed;
  const { json } = parsed;
  const escaped = text.includes('\\u');
  const { headers } = record;
  if (headers !== undefined && isBinaryMode(headers)) {
    const attributes = {
      id: headers.ce_id,
      source: headers.ce_source,
      type: headers.ce_type,
      subject: headers.ce_subject,
      time: headers.ce_time,
      escaped,
    };
    return withData(attributes, headers.ce_specversion, json);
  }
  if (!isObject(json)) {
    return new Fault('not-cloudevents', { expected: 'object', got: jsonTypeOf(json) });
  }
  const { id, source, type, subject, time } = json;
  return withData({ id, source, type, subject, time, escaped }, json.specversion, json.data);
}
