import type { ColumnUse } from './column-use.js';
import { RowFault } from './compile-context.js';
import type { CompiledRule, RowPlace } from './compile-rule.js';
import { InputError, listNames } from './input-error.js';
import { type Attributes, ColumnsSeen, type LogGroup } from './log-row.js';
import type { LogFormat, ReadRequest } from './log-settings.js';
import type { MappedEvent } from './mapped-event.js';
import type { Mapping } from './mapping.js';
import { MissingColumn } from './read-csv.js';
import { readLog } from './read-log.js';

export interface MapLogOptions {
  /** Overrides the mapping and the file's name. */
  readonly format?: LogFormat;
  /** Share of the file read so far, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Called for a row that cannot be mapped, which is then left out; without it the first such row is thrown. */
  readonly onRowFault?: (fault: InputError) => void;
}

const NO_ATTRIBUTES: Attributes = new Map();

/**
 * The events of a log in the order of its rows: for each trace first the events of the trace rules, then those of
 * its rows, each in the order of the mapping. Throws InputError: for a log that cannot be read, for a row that cannot
 * be mapped, and, once the log is read, for a column of the mapping that occurs nowhere in it (in a CSV already at
 * the header). So nothing that came out is to be trusted before the end was reached.
 */
export async function* mapLog(
  file: string,
  mapping: Mapping,
  options: MapLogOptions = {},
): AsyncIterable<MappedEvent> {
  const seen = new ColumnsSeen(mapping.wanted);
  const request: ReadRequest = {
    file,
    settings: options.format ? { ...mapping.log, format: options.format } : mapping.log,
    wanted: mapping.wanted,
    seen,
    ...(options.onProgress && { onProgress: options.onProgress }),
  };
  const mapper = new GroupMapper(file, mapping, seen, options.onRowFault);
  let hasTraces = false;
  try {
    for await (const groups of readLog(request)) {
      for (const group of groups) {
        hasTraces ||= group.kind === 'trace';
        yield* mapper.eventsOf(group);
      }
    }
  } catch (error) {
    throw error instanceof MissingColumn ? missingInCsv(error, mapping, file) : error;
  }
  if (!hasTraces) refuseTraceRules(mapping, file);
  for (const use of mapping.columns) {
    if (!isThere(use, seen, mapping)) throw missingColumn(use, mapping, { file, seen });
  }
}

class GroupMapper {
  private readonly file: string;
  private readonly mapping: Mapping;
  private readonly seen: ColumnsSeen;
  private readonly onRowFault: ((fault: InputError) => void) | undefined;

  constructor(
    ...[file, mapping, seen, onRowFault]: [
      string,
      Mapping,
      ColumnsSeen,
      ((fault: InputError) => void) | undefined,
    ]
  ) {
    this.file = file;
    this.mapping = mapping;
    this.seen = seen;
    this.onRowFault = onRowFault;
  }

  *eventsOf(group: LogGroup): Iterable<MappedEvent> {
    const { file, mapping } = this;
    if (group.kind === 'trace') {
      const view = { row: NO_ATTRIBUTES, trace: group.attributes };
      const place = { file, line: group.line, group: group.position, row: 0 };
      for (const rule of mapping.traceRules) {
        const event = this.apply(rule, view, place);
        if (event !== null) yield event;
      }
    }
    for (const row of group.rows) {
      const view = { row: row.attributes, trace: group.attributes };
      const place = { file, line: row.line, group: group.position, row: row.position };
      for (const rule of mapping.rowRules) {
        const event = this.apply(rule, view, place);
        if (event !== null) yield event;
      }
    }
  }

  private apply(
    rule: CompiledRule,
    view: { row: Attributes; trace: Attributes },
    place: RowPlace,
  ): MappedEvent | null {
    try {
      return rule.apply(view, place);
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      const fault = this.faultOf(error, rule, place);
      if (this.onRowFault === undefined) throw fault;
      this.onRowFault(fault);
      return null;
    }
  }

  private faultOf(error: RowFault, rule: CompiledRule, place: RowPlace): InputError {
    const at = this.mapping.file.placeOf(error.path);
    const column = this.mapping.columns.find((use) => String(use.path) === String(error.path));
    const neverSeen = column !== undefined && !this.seen[column.scope].has(column.name);
    return new InputError(
      { file: this.file, line: place.line },
      `rule '${rule.name}' (${at.file}:${at.line}): ${error.message}${
        neverSeen
          ? `; no ${describe(column)} has been met so far, only: ${listNames(this.seen[column.scope])}`
          : ''
      }`,
      error.advice,
    );
  }
}

function describe(use: ColumnUse): string {
  return use.scope === 'row' ? `column 'row.${use.name}'` : `trace attribute 'trace.${use.name}'`;
}

function isThere(use: ColumnUse, seen: ColumnsSeen, mapping: Mapping): boolean {
  return seen[use.scope].has(use.name) || mapping.optional.has(`${use.scope}.${use.name}`);
}

function missingColumn(
  use: ColumnUse,
  mapping: Mapping,
  log: { file: string; seen: ColumnsSeen },
): InputError {
  return mapping.file.fault(
    use.path,
    `there is no ${describe(use)} anywhere in ${log.file}; there are: ${listNames(log.seen[use.scope])}`,
    `Correct the name, or list ${use.scope}.${use.name} under log.optional if a log may lack it`,
  );
}

function missingInCsv(error: MissingColumn, mapping: Mapping, file: string): InputError {
  const use = mapping.columns.find(({ scope, name }) => scope === 'row' && name === error.column);
  return use === undefined
    ? error
    : mapping.file.fault(
        use.path,
        `in the header of ${file} ${error.problem}`,
        'Correct the name in the mapping; log.csv sets delimiter, quote and header',
      );
}

/** Rules and columns of traces say nothing about a log without traces, and would silently do nothing. */
function refuseTraceRules(mapping: Mapping, file: string): void {
  const [rule] = mapping.traceRules;
  const use = mapping.columns.find(({ scope }) => scope === 'trace');
  const path = rule?.path ?? use?.path;
  if (path === undefined) return;
  throw mapping.file.fault(
    path,
    `${file} has no traces, so ${rule ? `rule '${rule.name}'` : `'trace.${use?.name}'`} can apply to nothing`,
    "Use 'rows' and row.NAME; for JSON Lines with one trace per line set log.jsonl.events",
  );
}
