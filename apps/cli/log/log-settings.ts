import type { ColumnsSeen, WantedColumns } from './log-row.js';

export const LOG_FORMATS = ['xes', 'csv', 'jsonl'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface CsvSettings {
  readonly delimiter: string;
  /** Null: values are never quoted. */
  readonly quote: string | null;
  readonly escape: string | null;
  /** Lines that begin with this text are skipped. */
  readonly comment: string | null;
  /** Names of the columns where the file has no header line; null: the first line is the header. */
  readonly columns: readonly string[] | null;
  /** Cuts blanks around every value. */
  readonly trim: boolean;
}

/** How the bytes of a log are read: the `log` section of a mapping. */
export interface LogSettings {
  /** Null: told by the file's name. */
  readonly format: LogFormat | null;
  /** Null: byte order mark, then the XML declaration of an XES, then UTF-8. */
  readonly encoding: string | null;
  /** Texts that mean "no value". */
  readonly absent: readonly string[];
  readonly csv: CsvSettings;
  /** Path of the list of events within one line of a JSONL that holds whole traces; null: a line is an event. */
  readonly jsonlEvents: string | null;
}

export const DEFAULT_CSV: CsvSettings = {
  delimiter: ',',
  quote: '"',
  escape: null,
  comment: null,
  columns: null,
  trim: false,
};

export const DEFAULT_LOG: LogSettings = {
  format: null,
  encoding: null,
  absent: [''],
  csv: DEFAULT_CSV,
  jsonlEvents: null,
};

/** What a reader is given. */
export interface ReadRequest {
  readonly file: string;
  readonly settings: LogSettings;
  readonly wanted: WantedColumns | null;
  readonly seen: ColumnsSeen;
  /** Called with the share read so far, 0 to 1, at most once per block of the file. */
  readonly onProgress?: (share: number) => void;
}

/** Longest row, line or value accepted; anything longer is a broken file (an unclosed quote) or an attack on memory. */
export const MAX_ROW_CHARS = 8 * 1024 * 1024;
