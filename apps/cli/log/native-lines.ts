import { parseInstant } from '#core/calendar/local-time.js';
import type { Instant } from '#core/event/event.js';
import { InputError } from './input-error.js';
import { openLog } from './log-bytes.js';
import { MAX_ROW_CHARS } from './log-settings.js';
import { countNewlines, textOf } from './log-text.js';

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

/** Whole lines of a log. */
export interface LineBlock {
  readonly text: string;
  /** Number of its first line; counts from 1. */
  readonly firstLine: number;
}

/**
 * The lines of a log in the contract's form: each a CloudEvent, or a transport record {receivedAt, key, value} with the
 * CloudEvent as its value. Plain, gzipped or zipped. Blank lines are left out; nothing else is judged here. @throws InputError for a file that cannot be read, is not UTF-8, or has a line beyond all measure.
 */
export async function* nativeLines(file: string): AsyncIterable<NativeLine> {
  for await (const block of lineBlocks(file)) yield* nativeLinesIn(block);
}

/** nativeLines of one block. */
export function* nativeLinesIn({ text, firstLine }: LineBlock): Iterable<NativeLine> {
  let line = firstLine;
  for (let at = 0; at < text.length; line += 1) {
    const found = text.indexOf('\n', at);
    const end = found < 0 ? text.length : found;
    const content = withoutReturn(text.slice(at, end));
    at = end + 1;
    if (content.trim() !== '') yield { ...transport(content), line };
  }
}

/** A log in blocks that end with a line, as they are read. @throws InputError as nativeLines does */
export async function* lineBlocks(file: string): AsyncIterable<LineBlock> {
  const bytes = await openLog(file, undefined);
  let firstLine = 1;
  let parts: string[] = [];
  let length = 0;
  for await (const text of textOf(bytes, { file, encoding: null, xml: false })) {
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) {
      const block = parts.join('') + text.slice(0, end);
      yield { text: block, firstLine };
      firstLine += countNewlines(block);
      parts = [];
      length = 0;
    }
    parts.push(text.slice(end));
    length += text.length - end;
    if (length > MAX_ROW_CHARS)
      throw new InputError(
        { file, line: firstLine },
        `the line is longer than ${MAX_ROW_CHARS} characters`,
        'Write one event a line; attachments are sent by id and digest',
      );
  }
  if (length > 0) yield { text: parts.join(''), firstLine };
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
