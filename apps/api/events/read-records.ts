import type { IncomingHttpHeaders } from 'node:http';
import { ApiProblem } from '../problem/api-problem.js';
import { skipBlanks, splitJsonArray } from './split-json-array.js';

/** Most records in one request. */
export const MAX_RECORDS = 1_000;

/** One record as it goes to the event log: the bytes as sent and, in binary mode, its attributes. */
export interface SentRecord {
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const PLAIN = 'application/json';
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The records of a request (CloudEvents HTTP binding 1.0.2): a batch by its content type or by being a JSON array,
 * binary mode by the header ce-specversion, structured mode otherwise. A batch that is no array is taken as one record,
 * so that it reaches quarantine with its bytes. Throws 400, 413 or 415 problems.
 */
export function readRecords(headers: IncomingHttpHeaders, body: Uint8Array): SentRecord[] {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new ApiProblem('unsupported-encoding');
  if (body.length === 0) throw new ApiProblem('empty-body');
  const type = (headers['content-type'] ?? PLAIN).split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== STRUCTURED && type !== BATCH && headers['ce-specversion'] !== undefined)
    return [binary(headers, body)];
  if (type !== STRUCTURED && type !== BATCH && type !== PLAIN)
    throw new ApiProblem('unsupported-media-type');
  const isArray = body[skipBlanks(body, 0)] === 0x5b;
  if (type === STRUCTURED || (type === PLAIN && !isArray)) return [structured(body)];
  const elements = splitJsonArray(body);
  if (elements === null) return [structured(body)];
  if (elements.length > MAX_RECORDS)
    throw new ApiProblem('too-many-records', {
      params: { records: elements.length, most: MAX_RECORDS },
    });
  return elements.map(structured);
}

function structured(value: Uint8Array): SentRecord {
  return { value, headers: { 'content-type': `${STRUCTURED}; charset=UTF-8` } };
}

/** Attributes travel as ce_ headers from here on, as the Kafka binding has it. */
function binary(headers: IncomingHttpHeaders, value: Uint8Array): SentRecord {
  const attributes: Record<string, string> = {
    'content-type': headers['content-type'] ?? PLAIN,
  };
  for (const [name, written] of Object.entries(headers)) {
    if (!name.startsWith('ce-') || typeof written !== 'string') continue;
    attributes[`ce_${name.slice(3)}`] = attributeText(written);
  }
  return { value, headers: attributes };
}

/** A header value: percent-encoded UTF-8 (section 3.1.3.2); bytes sent as they are are read as UTF-8 where they can be. */
function attributeText(written: string): string {
  let text = written;
  try {
    text = strictUtf8.decode(Buffer.from(written, 'latin1'));
  } catch {
    // Not UTF-8: the characters that the header stands for.
  }
  try {
    const decoded = decodeURIComponent(text);
    // The log cannot keep a NUL; left encoded, the record arrives whole.
    return decoded.includes('\u0000') ? text : decoded;
  } catch {
    return text;
  }
}
