import type { AmbiguousTimes } from './local-time.js';
import type { AttributeValue } from './log-row.js';
import type { LogFormat } from './log-settings.js';

/** Kinds of a field: those of the event vocabulary that a log can fill, and `instant`: whole milliseconds since 1970. */
export const FIELD_KINDS = [
  'string',
  'text',
  'int',
  'decimal',
  'bool',
  'date',
  'time',
  'instant',
  'limit',
  'person',
  'string[]',
  'object',
] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

/** A value where more than a text is needed. Exactly one of column, text, cel, const, object and list. */
export interface ValueObject {
  readonly column?: string;
  readonly text?: string;
  readonly cel?: string;
  readonly const?: AttributeValue | null;
  readonly object?: Readonly<Record<string, ValueSource>>;
  readonly list?: readonly ValueSource[];
  /** Codes of the log to ours; a code that is not listed is an error unless there is a default. */
  readonly map?: Readonly<Record<string, string | number | boolean | null>>;
  /** Taken where the value is absent, or not in `map`. */
  readonly default?: AttributeValue | null;
  readonly format?: string;
  readonly zone?: string;
  readonly kind?: FieldKind;
}

export type ValueSource = string | number | boolean | null | ValueObject;

export interface PersonSource {
  readonly staffNo: ValueSource;
  readonly name?: ValueSource;
  readonly post?: ValueSource;
  readonly unit?: ValueSource;
}

/** The envelope of an event; each part may stand once in `defaults` instead of in every rule. */
export interface EnvelopeSource {
  readonly subject?: ValueSource;
  readonly id?: ValueSource;
  readonly time?: ValueSource;
  readonly recordedAt?: ValueSource;
  readonly receivedAt?: ValueSource;
  readonly precision?: ValueSource;
  readonly officer?: ValueSource | PersonSource;
  readonly operator?: ValueSource | PersonSource;
  readonly unit?: ValueSource;
  readonly agency?: ValueSource;
  readonly region?: ValueSource;
  readonly item?: ValueSource;
  readonly itemVersion?: ValueSource;
  readonly docNo?: ValueSource;
  readonly dataVersion?: ValueSource;
  readonly isTest?: ValueSource;
  readonly correctionOf?: { readonly source?: ValueSource; readonly id: ValueSource };
  readonly correctionReason?: ValueSource;
}

/** One event that a row or trace gives. */
export interface RuleSource extends EnvelopeSource {
  readonly name?: string;
  readonly when?: string;
  readonly type: ValueSource;
  readonly fields?: Readonly<Record<string, ValueSource>>;
}

/** A mapping file as its author writes it (docs/importing.md), after the JSON Schema has accepted it. */
export interface MappingSource {
  readonly mapping: 1;
  readonly title?: string;
  readonly source: string;
  readonly authority?: string;
  readonly zone: string;
  readonly ambiguousTimes?: AmbiguousTimes;
  readonly vocabularyVersion?: string;
  readonly log?: {
    readonly format?: LogFormat;
    readonly encoding?: string;
    readonly absent?: readonly string[];
    /** Columns (`row.x`, `trace.x`) that may be missing from a whole log. */
    readonly optional?: readonly string[];
    readonly csv?: {
      readonly delimiter?: string;
      readonly quote?: string | null;
      readonly escape?: string | null;
      readonly comment?: string | null;
      readonly columns?: readonly string[];
      readonly trim?: boolean;
    };
    readonly jsonl?: { readonly events?: string };
  };
  readonly types?: Readonly<
    Record<
      string,
      {
        readonly zh?: string;
        readonly en?: string;
        readonly fields?: Readonly<Record<string, FieldKind>>;
      }
    >
  >;
  readonly case?: Readonly<
    Record<string, { readonly kind: FieldKind; readonly value: ValueSource }>
  >;
  readonly defaults?: EnvelopeSource;
  readonly traces?: readonly RuleSource[];
  readonly rows?: readonly RuleSource[];
}
