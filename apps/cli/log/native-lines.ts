import { parseInstant } from '#core/calendar/local-time.js';
import type { Instant } from '#core/event/event.js';
import { InputError } from './input-error.js';
import { openLog } from './log-bytes.js';
import { MAX_ROW_CHARS } from './log-settings.js';
import { textOf } from './log-text.js';

/** One line of a log in the contract's form: the event as it was sent, and what the transport says of it. */
export interface NativeLine {
  readonly value: string;
  /** Key of the record; null where the line says none. */
  readonly key: string | null;
  /** When it was received; null where the line does not say. */
  readonly receivedAt: Instant | null;
  /** Counts from 1. */
  readonly line: number;
}

/**
 * The lines of a log in the contract's form: each a CloudEvent, or a transport record {receivedAt, key, value} with the
 * CloudEvent as its value. Plain, gzipped or zipped. Blank lines are left out; nothing else is judged here. @throws InputError for a file that cannot be read, is not UTF-8, or has a line beyond all measure.
 */
export async function* nativeLines(file: string): AsyncIterable<NativeLine> {
  const text = textOf(await openLog(file, undefined), { file, encoding: null, xml: false });
  let number = 0;
  for await (const line of linesOf(text, file)) {
    number += 1;
    if (line.trim() === '') continue;
    yield { ...transport(line), line: number };
  }
}

async function* linesOf(text: AsyncIterable<string>, file: string): AsyncIterable<string> {
  let number = 0;
  let parts: string[] = [];
  let length = 0;
  for await (const block of text) {
    const lines = block.split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      number += 1;
      yield withoutReturn(parts.join('') + line);
      parts = [];
      length = 0;
    }
    parts.push(rest);
    length += rest.length;
    if (length > MAX_ROW_CHARS)
      throw new InputError(
        { file, line: number + 1 },
        `the line is longer than ${MAX_ROW_CHARS} characters`,
        'Write one event a line; attachments are sent by id and digest',
      );
  }
  if (length > 0) yield withoutReturn(parts.join(''));
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function transport(line: string): Omit<NativeLine, 'line'> {
  const plain = { value: line, key: null, receivedAt: null };
  if (!line.includes('"receivedAt"') || !line.includes('"value"')) return plain;
  try {
    const { receivedAt, key, value, specversion } = JSON.parse(line) as Record<string, unknown>;
    if (specversion !== undefined || value === undefined) return plain;
    return {
      value: typeof value === 'string' ? value : JSON.stringify(value),
      key: typeof key === 'string' ? key : null,
      receivedAt:
        typeof receivedAt === 'number'
          ? receivedAt
          : (parseInstant(String(receivedAt))?.at ?? null),
    };
  } catch {
    return plain;
  }
}
