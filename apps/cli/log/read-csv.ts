import { CsvError, type InfoRecord, type Options, parse } from 'csv-parse';
import { errorText, InputError, listNames } from './input-error.js';
import type { Attributes, AttributeValue, LogGroup } from './log-row.js';
import { MAX_ROW_CHARS, type ReadRequest } from './log-settings.js';

/**
 * Reads a delimited file as a stream (RFC 4180, with the delimiter and quote of the settings); every row is a
 * group of its own. Memory holds one block of the file. Throws InputError with the line where a row has
 * another number of values than the header, or a quote is not closed.
 */
export async function* readCsv(
  text: AsyncIterable<string>,
  request: ReadRequest,
): AsyncIterable<readonly LogGroup[]> {
  const rows = new CsvRows(request);
  for await (const block of text) {
    const groups = await rows.write(block);
    if (groups.length > 0) yield groups;
  }
  const groups = await rows.end();
  if (groups.length > 0) yield groups;
}

interface Column {
  readonly index: number;
  readonly name: string;
}

const NO_ATTRIBUTES: Attributes = new Map();

class CsvRows {
  private readonly request: ReadRequest;
  private readonly parser;
  private groups: LogGroup[] = [];
  private count = 0;
  private columns: readonly Column[] | null = null;
  private width = 0;
  /** Line on which the last row ended: the next one begins after it. */
  private endLine = 0;
  private parserLines = 0;
  private overcounted = 0;
  private failure: InputError | null = null;

  constructor(request: ReadRequest) {
    this.request = request;
    const { columns } = request.settings.csv;
    if (columns !== null) this.useHeader(columns, 1);
    this.parser = parse(this.options());
    this.parser.on('error', (error) => {
      this.failure ??= this.faultOf(error);
    });
    // Rows are taken in on_record; the stream itself carries none, and has to be drained to end.
    this.parser.resume();
  }

  write(block: string): Promise<readonly LogGroup[]> {
    return new Promise((resolve, reject) => {
      this.parser.write(block, (error) => this.settle(error, resolve, reject));
    });
  }

  end(): Promise<readonly LogGroup[]> {
    return new Promise((resolve, reject) => {
      // A parser that has failed ends no more.
      if (this.parser.errored) this.settle(this.parser.errored, resolve, reject);
      this.parser.once('end', () => this.settle(null, resolve, reject));
      this.parser.once('error', (error) => this.settle(error, resolve, reject));
      this.parser.end();
    });
  }

  private settle(
    error: Error | null | undefined,
    resolve: (groups: readonly LogGroup[]) => void,
    reject: (error: Error) => void,
  ): void {
    if (error) this.failure ??= this.faultOf(error);
    if (this.failure !== null) {
      this.parser.destroy();
      reject(this.failure);
      return;
    }
    const groups = this.groups;
    this.groups = [];
    resolve(groups);
  }

  private options(): Options<string[], string[]> {
    const { csv } = this.request.settings;
    return {
      delimiter: csv.delimiter,
      quote: csv.quote,
      escape: csv.escape ?? csv.quote ?? '"',
      comment: csv.comment,
      comment_no_infix: true,
      trim: csv.trim,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: MAX_ROW_CHARS,
      on_record: (record: string[], context: InfoRecord) => {
        this.takeRecord(record, context.lines);
        return null;
      },
    };
  }

  private takeRecord(record: readonly string[], lines: number): void {
    if (this.failure !== null) return;
    const line = this.lineOf(record, lines);
    if (this.columns === null) {
      this.useHeader(record, line);
      return;
    }
    if (record.length !== this.width) {
      this.failure = this.fault(
        line,
        `the row has ${record.length} values, the header has ${this.width}`,
        `Look for an unquoted '${this.request.settings.csv.delimiter}' or a broken quote in it; set log.csv in the mapping if the file is written another way`,
      );
      return;
    }
    const attributes = new Map<string, AttributeValue>();
    const { absent } = this.request.settings;
    for (const column of this.columns) {
      const value = record[column.index];
      if (value !== undefined && !absent.includes(value)) attributes.set(column.name, value);
    }
    this.count += 1;
    const row = { position: 1, line, attributes };
    this.groups.push({
      kind: 'row',
      position: this.count,
      line,
      attributes: NO_ATTRIBUTES,
      rows: [row],
    });
  }

  /** Line on which a row begins. csv-parse counts a CRLF within quotes as two lines. */
  private lineOf(record: readonly string[], parserLines: number): number {
    let inside = 0;
    if (parserLines - this.parserLines > 1) {
      const breaks = record.flatMap((value) => value.match(/\r\n|\n|\r/g) ?? []);
      inside = breaks.length;
      this.overcounted += breaks.filter((found) => found === '\r\n').length;
    }
    this.parserLines = parserLines;
    this.endLine = parserLines - this.overcounted;
    return this.endLine - inside;
  }

  private useHeader(names: readonly string[], line: number): void {
    const columns = names.map((name, index) => ({ index, name: name.trim() }));
    const known = new Set<string>();
    for (const { index, name } of columns) {
      if (name === '') {
        this.failure = this.fault(line, `column ${index + 1} has no name`, 'Name it in the header');
        return;
      }
      if (known.has(name)) {
        this.failure = this.fault(line, `two columns are named '${name}'`, 'Rename one of them');
        return;
      }
      known.add(name);
      this.request.seen.add('row', name);
    }
    this.width = columns.length;
    const wanted = this.request.wanted?.row ?? null;
    this.columns = wanted === null ? columns : columns.filter(({ name }) => wanted.has(name));
    const missing = [...(wanted ?? [])].find((name) => !known.has(name));
    if (missing !== undefined) this.failure = this.missingColumn(missing, known, line);
  }

  private missingColumn(name: string, known: ReadonlySet<string>, line: number): InputError {
    const single =
      known.size === 1 ? '; with one column only, the delimiter may be another one' : '';
    return new MissingColumn(
      { file: this.request.file, line },
      name,
      `there is no column '${name}'; columns there: ${listNames(known)}${single}`,
    );
  }

  private faultOf(error: Error): InputError {
    if (!(error instanceof CsvError)) {
      return this.fault(null, errorText(error), 'Correct the file');
    }
    // A fault inside a row is reported where that row begins: an unclosed quote runs to the end of the file.
    const line = this.endLine + 1;
    switch (error.code) {
      case 'CSV_QUOTE_NOT_CLOSED':
        return this.fault(line, 'a quote opened in this row is never closed', 'Close it');
      case 'CSV_MAX_RECORD_SIZE':
        return this.fault(
          line,
          `the row is longer than ${MAX_ROW_CHARS} characters`,
          'Look for a quote that is not closed',
        );
      default:
        return this.fault(
          line,
          error.message.replace(/\.$/, ''),
          'Correct the row, or set log.csv.quote in the mapping to null if values are never quoted',
        );
    }
  }

  private fault(line: number | null, problem: string, advice: string): InputError {
    return new InputError({ file: this.request.file, line }, problem, advice);
  }
}

/** A column that the mapping names and the header does not have; `column` is its name. */
export class MissingColumn extends InputError {
  readonly column: string;

  constructor(place: { file: string; line: number }, column: string, problem: string) {
    super(place, problem, 'Correct the name in the mapping, or the header of the file');
    this.column = column;
  }
}
