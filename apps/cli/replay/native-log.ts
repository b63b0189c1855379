import { hash } from 'node:crypto';
import { createDecoder } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import { ANY_CITY, type City, feedOf } from '#rulebook/city.js';
import { InputError } from '../log/input-error.js';
import { nativeLines } from '../log/native-lines.js';

export interface NativeOptions {
  readonly city?: City;
  /** Told of a line that breaks the contract, which is then left out; without it the first such line is thrown. */
  readonly onRejected?: (line: number, reason: string) => void;
}

/**
 * Events of a log that is already in the contract's form (nativeLines). Without `receivedAt` a record counts as received
 * when it was recorded.
 */
export async function* nativeEvents(
  file: string,
  options: NativeOptions = {},
): AsyncIterable<Event> {
  const city = options.city ?? ANY_CITY;
  const decoder = createDecoder({ feeds: (source) => feedOf(city, source) });
  for await (const { value, receivedAt, line } of nativeLines(file)) {
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
        { file, line },
        `the record breaks the contract: ${what}`,
        'Repair the line, or leave such lines out with --skip-rejected',
      );
    options.onRejected(line, what);
  }
}
