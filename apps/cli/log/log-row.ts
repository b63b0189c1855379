/**
 * A value as the log gives it. Whole numbers that the log declares as such are bigint (an expression
 * then sees int), other numbers are number; dates stay text until the mapping reads them with its zone.
 */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };

/** Values by column name. An absent value has no entry. A Map, since names come from outside. */
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** One row of a CSV, one line of a JSONL, one event of a trace. */
export interface LogRow {
  /** Running number within its group, from 1. */
  readonly position: number;
  /** Line of the file where the row begins, from 1. */
  readonly line: number;
  readonly attributes: Attributes;
}

/** One trace with its events. A CSV row, or a JSONL line without an event list, is a group of its own without attributes. */
export interface LogGroup {
  readonly kind: 'trace' | 'row';
  /** Running number within the log, from 1. */
  readonly position: number;
  readonly line: number;
  readonly attributes: Attributes;
  readonly rows: readonly LogRow[];
}

export type ColumnScope = 'row' | 'trace';

/** Columns that a mapping uses; a reader keeps only these. Null keeps all. */
export interface WantedColumns {
  readonly row: ReadonlySet<string>;
  readonly trace: ReadonlySet<string>;
}

/** Names of columns met while reading, for messages and for the check that a mapping's columns exist. */
export class ColumnsSeen {
  /** A hostile log may name every attribute differently; further names are kept only where wanted. */
  static readonly LIMIT = 2000;
  readonly row = new Set<string>();
  readonly trace = new Set<string>();
  private readonly wanted: WantedColumns | null;

  constructor(wanted: WantedColumns | null) {
    this.wanted = wanted;
  }

  add(scope: ColumnScope, name: string): void {
    const names = this[scope];
    if (names.size < ColumnsSeen.LIMIT || this.wanted?.[scope].has(name)) names.add(name);
  }
}
