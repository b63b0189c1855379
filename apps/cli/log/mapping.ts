import { VOCABULARY_VERSIONS } from '#core/event/field-type.js';
import { type ColumnUse, ColumnUses } from './column-use.js';
import { type CompileContext, RowFault } from './compile-context.js';
import { type CompiledRule, compileRule } from './compile-rule.js';
import { EventTypes, type MappedType } from './event-types.js';
import { listNames } from './input-error.js';
import { LocalTime } from './local-time.js';
import type { ColumnScope, WantedColumns } from './log-row.js';
import { DEFAULT_CSV, DEFAULT_LOG, type LogSettings } from './log-settings.js';
import { MappingFile, type MappingPath } from './mapping-file.js';

/** A mapping ready for use. */
export interface Mapping {
  readonly file: MappingFile;
  /** Feed of the events, and who numbers their cases. */
  readonly source: string;
  readonly authority: string;
  readonly zone: string;
  readonly log: LogSettings;
  /** Types declared by the mapping, with the kinds of their fields: what rules over them may name. */
  readonly types: ReadonlyMap<string, MappedType>;
  readonly traceRules: readonly CompiledRule[];
  readonly rowRules: readonly CompiledRule[];
  readonly columns: readonly ColumnUse[];
  readonly wanted: WantedColumns;
  /** Columns, as `row.x` or `trace.x`, that a whole log may lack. */
  readonly optional: ReadonlySet<string>;
}

/** Reads and compiles a mapping file. Throws InputError with file, line, column and what to do. */
export async function loadMapping(file: string): Promise<Mapping> {
  return compileMapping(await MappingFile.load(file));
}

/** The same for a text at hand; `file` is its name in messages. */
export function parseMapping(text: string, file: string): Mapping {
  return compileMapping(MappingFile.parse(text, file));
}

function compileMapping(file: MappingFile): Mapping {
  const { source } = file;
  const uses = new ColumnUses();
  const time = { local: localTimeOf(file), ambiguous: source.ambiguousTimes ?? 'earlier' } as const;
  const types = new EventTypes(file);
  const compileAll = (scope: ColumnScope, section: 'traces' | 'rows'): CompiledRule[] => {
    const context: CompileContext = { file, uses, time, scope };
    const surroundings = { context, types, vocabularyVersion: vocabularyVersionOf(file) };
    return (source[section] ?? []).map((rule, index) =>
      placed(file, () => compileRule(rule, [section, index], surroundings)),
    );
  };
  const traceRules = compileAll('trace', 'traces');
  const rowRules = compileAll('row', 'rows');
  refuseSameNames(file, [...traceRules, ...rowRules]);
  return {
    file,
    source: source.source,
    authority: source.authority ?? source.source,
    zone: source.zone,
    log: logSettingsOf(file),
    types: types.declared(),
    traceRules,
    rowRules,
    columns: uses.all(),
    wanted: uses.wanted(),
    optional: new Set(source.log?.optional ?? []),
  };
}

/** A constant that does not fit its kind is found while compiling; it has no row to be blamed. */
function placed<T>(file: MappingFile, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof RowFault) throw file.fault(error.path, error.message, error.advice);
    throw error;
  }
}

function localTimeOf(file: MappingFile): LocalTime {
  try {
    return new LocalTime(file.source.zone);
  } catch {
    throw file.fault(
      ['zone'],
      `unknown time zone '${file.source.zone}'`,
      'Use an IANA name such as Asia/Shanghai or Europe/Amsterdam',
    );
  }
}

function vocabularyVersionOf(file: MappingFile): (typeof VOCABULARY_VERSIONS)[number] {
  const asked = file.source.vocabularyVersion ?? VOCABULARY_VERSIONS.at(-1);
  const found = VOCABULARY_VERSIONS.find((version) => version === asked);
  if (found !== undefined) return found;
  throw file.fault(
    ['vocabularyVersion'],
    `unknown vocabulary version '${asked}'`,
    `Write one of: ${listNames(VOCABULARY_VERSIONS)}`,
  );
}

function refuseSameNames(file: MappingFile, rules: readonly CompiledRule[]): void {
  const seen = new Set<string>();
  for (const { name, path } of rules) {
    if (seen.has(name)) {
      const place: MappingPath = [...path, 'name'];
      throw file.fault(place, `two rules are named '${name}'`, 'Ids depend on it: rename one');
    }
    seen.add(name);
  }
}

function logSettingsOf(file: MappingFile): LogSettings {
  const { log } = file.source;
  const { csv } = log ?? {};
  return {
    format: log?.format ?? DEFAULT_LOG.format,
    encoding: log?.encoding ?? DEFAULT_LOG.encoding,
    absent: log?.absent ?? DEFAULT_LOG.absent,
    csv: {
      delimiter: csv?.delimiter ?? DEFAULT_CSV.delimiter,
      quote: csv?.quote === undefined ? DEFAULT_CSV.quote : csv.quote,
      escape: csv?.escape ?? DEFAULT_CSV.escape,
      comment: csv?.comment ?? DEFAULT_CSV.comment,
      columns: csv?.columns ?? DEFAULT_CSV.columns,
      trim: csv?.trim ?? DEFAULT_CSV.trim,
    },
    jsonlEvents: log?.jsonl?.events ?? DEFAULT_LOG.jsonlEvents,
  };
}
