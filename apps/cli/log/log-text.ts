import { TextDecoder } from 'node:util';
import { errorCode, InputError } from './input-error.js';
import type { LogBytes } from './log-bytes.js';

const BYTE_ORDER_MARKS: readonly [readonly number[], string][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

export interface TextRequest {
  readonly file: string;
  /** Encoding that the mapping names, or null. */
  readonly encoding: string | null;
  /** Whether an XML declaration may name the encoding. */
  readonly xml: boolean;
}

/**
 * Decodes a log strictly: bytes that do not fit the encoding are an error with its line, never a replacement
 * character. A byte order mark wins over everything and is left out of the text.
 */
export async function* textOf(bytes: LogBytes, request: TextRequest): AsyncIterable<string> {
  let decoder: TextDecoder | null = null;
  let line = 1;
  for await (const block of bytes.blocks) {
    decoder ??= decoderFor(block, request);
    const text = decode(decoder, block, { file: request.file, line });
    line += countNewlines(text);
    if (text !== '') yield text;
  }
  if (decoder === null) {
    throw new InputError(
      { file: request.file },
      'holds no data once unpacked',
      'Export or fetch the log again',
    );
  }
  const rest = decode(decoder, null, { file: request.file, line });
  if (rest !== '') yield rest;
}

function decoderFor(head: Buffer, request: TextRequest): TextDecoder {
  const marked = BYTE_ORDER_MARKS.find(([mark]) =>
    mark.every((byte, index) => head[index] === byte),
  );
  const declared = request.xml
    ? /^<\?xml[^>]*?encoding=["']([\w.:-]+)["']/i.exec(head.toString('latin1', 0, 400))?.[1]
    : undefined;
  const encoding = marked?.[1] ?? request.encoding ?? declared ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new InputError(
      { file: request.file },
      `unknown encoding '${encoding}'`,
      'Set log.encoding in the mapping to a name such as utf-8, gb18030, utf-16le or windows-1252',
    );
  }
}

function decode(
  decoder: TextDecoder,
  block: Buffer | null,
  place: { file: string; line: number },
): string {
  try {
    return block === null ? decoder.decode() : decoder.decode(block, { stream: true });
  } catch (error) {
    if (errorCode(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    const readable = new TextDecoder(decoder.encoding).decode(block ?? Buffer.alloc(0));
    const until = readable.indexOf('\ufffd');
    const line = place.line + countNewlines(until < 0 ? '' : readable.slice(0, until));
    throw new InputError(
      { file: place.file, line },
      `holds bytes that are not ${decoder.encoding}`,
      decoder.encoding === 'utf-8'
        ? 'Set log.encoding in the mapping (Chinese exports are often gb18030), or convert the file to UTF-8'
        : 'Correct log.encoding in the mapping',
    );
  }
}

export function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
