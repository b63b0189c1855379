import { hash } from 'node:crypto';
import { createDecoder, type Decoder } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import { ANY_CITY, type City, feedOf } from '#rulebook/city.js';
import { InputError } from '../log/input-error.js';
import { type LineBlock, lineBlocks, nativeLinesIn } from '../log/native-lines.js';

export interface NativeOptions {
  readonly city?: City;
  /** Told of a line that breaks the contract, which is then left out; without it the first such line is thrown. */
  readonly onRejected?: (line: number, reason: string) => void;
}

/** Decodes blocks of a log that is already in the contract's form (nativeLines). */
export class NativeReader {
  private readonly decoder: Decoder;

  constructor(
    private readonly file: string,
    private readonly options: NativeOptions = {},
  ) {
    const city = options.city ?? ANY_CITY;
    this.decoder = createDecoder({ feeds: (source) => feedOf(city, source) });
  }

  /**
   * Events of a block in the order of its lines. Without `receivedAt` a record counts as received when it was recorded.
   * @throws InputError for a line that breaks the contract, where nobody is told of it
   */
  *eventsIn(block: LineBlock): Iterable<Event> {
    for (const { value, receivedAt, line } of nativeLinesIn(block)) {
      const decoded = this.decoder.decode({
        value,
        receivedAt: receivedAt ?? 0,
        digest: hash('sha256', value),
      });
      if (!decoded.ok) this.reject(line, decoded.rejected);
      else if (receivedAt === null)
        yield { ...decoded.event, receivedAt: decoded.event.recordedAt };
      else yield decoded.event;
    }
  }

  private reject(
    line: number,
    { reason, field }: { readonly reason: string; readonly field: string | null },
  ): void {
    const what = field === null ? reason : `${reason} (${field})`;
    if (this.options.onRejected === undefined)
      throw new InputError(
        { file: this.file, line },
        `the record breaks the contract: ${what}`,
        'Repair the line, or leave such lines out with --skip-rejected',
      );
    this.options.onRejected(line, what);
  }
}

/** Events of a log that is already in the contract's form. @throws InputError as lineBlocks and NativeReader do */
export async function* nativeEvents(
  file: string,
  options: NativeOptions = {},
): AsyncIterable<Event> {
  const reader = new NativeReader(file, options);
  for await (const block of lineBlocks(file)) yield* reader.eventsIn(block);
}
