import type { Attributes, AttributeValue, ColumnScope, WantedColumns } from './log-row.js';
import type { MappingPath } from './mapping-file.js';

/** A column that the mapping reads, and where the mapping first says so. */
export interface ColumnUse {
  readonly scope: ColumnScope;
  readonly name: string;
  readonly path: MappingPath;
}

/** What a rule sees: the attributes of the row (empty for a trace rule) and of its trace (empty without traces). */
export interface RowView {
  readonly row: Attributes;
  readonly trace: Attributes;
}

/** `row.NAME` or `trace.NAME`; the name may hold any character, also dots. Null for another text. */
export function readColumnName(text: string): { scope: ColumnScope; name: string } | null {
  const match = /^(row|trace)\.(.+)$/s.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { scope: match[1] === 'row' ? 'row' : 'trace', name: match[2] };
}

export function valueIn(view: RowView, scope: ColumnScope, name: string): AttributeValue | null {
  return view[scope].get(name) ?? null;
}

/** Gathers the columns that a mapping uses. */
export class ColumnUses {
  private readonly uses = new Map<string, ColumnUse>();

  add(use: ColumnUse): void {
    const key = `${use.scope}.${use.name}`;
    if (!this.uses.has(key)) this.uses.set(key, use);
  }

  all(): readonly ColumnUse[] {
    return [...this.uses.values()];
  }

  wanted(): WantedColumns {
    const names = (scope: ColumnScope): ReadonlySet<string> =>
      new Set(this.all().flatMap((use) => (use.scope === scope ? [use.name] : [])));
    return { row: names('row'), trace: names('trace') };
  }
}
