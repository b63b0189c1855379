import type { ColumnUses } from './column-use.js';
import type { ColumnScope } from './log-row.js';
import type { MappingFile, MappingPath } from './mapping-file.js';
import type { TimeSettings } from './time-format.js';

/** What compiling a part of a mapping needs. */
export interface CompileContext {
  readonly file: MappingFile;
  readonly uses: ColumnUses;
  readonly time: TimeSettings;
  /** `trace`: a trace rule, which has no row. */
  readonly scope: ColumnScope;
}

/** A value of one row that cannot become what the mapping wants; the mapper adds the place in the log. */
export class RowFault extends Error {
  readonly path: MappingPath;
  readonly advice: string;

  constructor(path: MappingPath, problem: string, advice: string) {
    super(problem);
    this.name = 'RowFault';
    this.path = path;
    this.advice = advice;
  }
}

/** Notes the use of a column; a trace rule that names a column of a row is refused. */
export function useColumn(
  context: CompileContext,
  path: MappingPath,
  column: { scope: ColumnScope; name: string },
): void {
  if (context.scope === 'trace' && column.scope === 'row') {
    throw context.file.fault(
      path,
      `'row.${column.name}' is not known in a rule under 'traces', which is applied once per trace`,
      "Name a trace attribute (trace.NAME), or move the rule under 'rows'",
    );
  }
  context.uses.add({ ...column, path });
}
