import { InputError } from './input-error.js';
import { openLog } from './log-bytes.js';
import type { LogGroup } from './log-row.js';
import { LOG_FORMATS, type LogFormat, type ReadRequest } from './log-settings.js';
import { textOf } from './log-text.js';
import { readCsv } from './read-csv.js';
import { readJsonl } from './read-jsonl.js';
import { readXes } from './read-xes.js';

const ENDINGS: Readonly<Record<string, LogFormat>> = {
  xes: 'xes',
  csv: 'csv',
  tsv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
};

/** Format by the name of the (unpacked) file, or null where the name does not tell. */
export function formatOfName(name: string): LogFormat | null {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return ENDINGS[ending] ?? null;
}

/**
 * Reads a log of any format, packed or not, as batches of groups in file order; memory is bounded by one block
 * of the file and one trace. Throws InputError for everything that cannot be read, also in the middle.
 */
export async function* readLog(request: ReadRequest): AsyncIterable<readonly LogGroup[]> {
  const bytes = await openLog(request.file, request.onProgress);
  const format = request.settings.format ?? formatOfName(bytes.innerName);
  if (format === null) {
    throw new InputError(
      { file: request.file },
      'its name does not tell the format',
      `Give --format ${LOG_FORMATS.join('|')}, or set log.format in the mapping`,
    );
  }
  const { encoding } = request.settings;
  const text = textOf(bytes, { file: request.file, encoding, xml: format === 'xes' });
  const readers = { xes: readXes, csv: readCsv, jsonl: readJsonl };
  let empty = true;
  for await (const groups of readers[format](text, request)) {
    empty = false;
    yield groups;
  }
  if (empty) {
    throw new InputError(
      { file: request.file },
      `holds no ${format === 'xes' ? 'trace' : 'row'}`,
      'Export the log again, or check that it is the right file',
    );
  }
}
