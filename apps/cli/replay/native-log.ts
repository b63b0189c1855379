import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { parseInstant } from '#core/calendar/local-time.js';
import { createDecoder } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import { ANY_CITY, type City, feedOf } from '#rulebook/city.js';
import { InputError } from '../log/input-error.js';

export interface NativeOptions {
  readonly city?: City;
  /** Told of a line that breaks the contract, which is then left out; without it the first such line is thrown. */
  readonly onRejected?: (line: number, reason: string) => void;
}

/**
 * Events of a log that is already in the contract's form: JSON lines, each a CloudEvent, or a transport record
 * {receivedAt, key, value} with the CloudEvent as its value. Without `receivedAt` a record counts as received when it
 * was recorded.
 */
export async function* nativeEvents(
  file: string,
  options: NativeOptions = {},
): AsyncIterable<Event> {
  const city = options.city ?? ANY_CITY;
  const decoder = createDecoder({ feeds: (source) => feedOf(city, source) });
  const bytes = createReadStream(file);
  const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  bytes.on('error', (error) => input.destroy(error));
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === '') continue;
    const { value, receivedAt } = transport(line);
    const decoded = decoder.decode({
      value,
      receivedAt: receivedAt ?? 0,
      digest: hash('sha256', value),
    });
    if (decoded.ok) {
      yield receivedAt === null
        ? { ...decoded.event, receivedAt: decoded.event.recordedAt }
        : decoded.event;
      continue;
    }
    const { reason, field } = decoded.rejected;
    const what = field === null ? reason : `${reason} (${field})`;
    if (options.onRejected === undefined)
      throw new InputError(
        { file, line: number },
        `the record breaks the contract: ${what}`,
        'Repair the line, or leave such lines out with --skip-rejected',
      );
    options.onRejected(number, what);
  }
}

function transport(line: string): { value: string; receivedAt: number | null } {
  if (!line.includes('"receivedAt"') || !line.includes('"value"'))
    return { value: line, receivedAt: null };
  try {
    const record = JSON.parse(line) as {
      receivedAt?: unknown;
      value?: unknown;
      specversion?: unknown;
    };
    if (record.specversion !== undefined || record.value === undefined)
      return { value: line, receivedAt: null };
    const at =
      typeof record.receivedAt === 'number'
        ? record.receivedAt
        : (parseInstant(String(record.receivedAt))?.at ?? null);
    const value = typeof record.value === 'string' ? record.value : JSON.stringify(record.value);
    return { value, receivedAt: at };
  } catch {
    return { value: line, receivedAt: null };
  }
}
