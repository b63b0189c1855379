import { CREDIT_CODE_FORM, REGION_CODE_FORM } from '#core/event/codes.js';
import type { EventRef, Instant, Person } from '#core/event/event.js';
import type { RowView } from './column-use.js';
import { type CompileContext, RowFault } from './compile-context.js';
import { type CompiledValue, compileValue } from './compile-value.js';
import { type FieldReader, fieldReaderOf, instantFrom } from './convert-value.js';
import type { MappingPath } from './mapping-file.js';
import type { EnvelopeSource, PersonSource, RuleSource, ValueSource } from './mapping-source.js';
import type { ParsedTime } from './time-format.js';

type EnvelopeKey = keyof EnvelopeSource;

/** Compiles the parts of a rule's envelope; what the rule leaves out is taken from `defaults`. */
export class EnvelopeCompiler {
  private readonly rule: RuleSource;
  private readonly path: MappingPath;
  private readonly context: CompileContext;

  constructor(rule: RuleSource, path: MappingPath, context: CompileContext) {
    this.rule = rule;
    this.path = path;
    this.context = context;
  }

  /** A text that every event must have, of the form given; `forms` says so in words. */
  required(key: EnvelopeKey, form: RegExp, formText: string): (view: RowView) => string {
    const value = this.compile(key);
    if (value === null) throw this.missing(key);
    const read = fieldReaderOf(value, 'string');
    const checked = (view: RowView): string => {
      const text = read(view);
      if (typeof text === 'string' && form.test(text)) return text;
      throw typeof text === 'string'
        ? new RowFault(value.path, `${key} '${text.slice(0, 80)}' is not ${formText}`, 'Correct it')
        : new RowFault(value.path, `${key} is absent`, ABSENT_ADVICE);
    };
    if (value.varies) return checked;
    const fixed = checked(NO_VIEW);
    return () => fixed;
  }

  agency(): (view: RowView) => string {
    return this.required(
      'agency',
      CREDIT_CODE_FORM,
      'a code of 18 characters (0-9 A-H J-N P-R T U W X Y)',
    );
  }

  region(): (view: RowView) => string {
    return this.required('region', REGION_CODE_FORM, 'a region code of 6, 9 or 12 digits');
  }

  /** An optional text; null where neither the rule nor the defaults name it. */
  text(key: EnvelopeKey): ((view: RowView) => string | null) | null {
    const value = this.compile(key);
    if (value === null) return null;
    const read = fieldReaderOf(value, 'string');
    return (view) => {
      const text = read(view);
      return typeof text === 'string' ? text : null;
    };
  }

  /** A whole number or true/false, with what holds where it is absent. */
  scalar<T extends number | boolean>(
    key: EnvelopeKey,
    kind: 'int' | 'bool',
    absent: T,
  ): (view: RowView) => T {
    const value = this.compile(key);
    if (value === null) return () => absent;
    const read = fieldReaderOf(value, kind);
    return (view) => (read(view) ?? absent) as T;
  }

  time(): (view: RowView) => ParsedTime {
    const value = this.compile('time');
    if (value === null) throw this.missing('time');
    return (view) => {
      const result = value.evaluate(view);
      if (result === null) throw new RowFault(value.path, 'time is absent', ABSENT_ADVICE);
      return instantFrom(value, result);
    };
  }

  /** A further time; null where it is not named or absent from the row. */
  instant(key: 'recordedAt' | 'receivedAt'): (view: RowView) => Instant | null {
    const value = this.compile(key);
    if (value === null) return () => null;
    return (view) => {
      const result = value.evaluate(view);
      return result === null ? null : instantFrom(value, result).at;
    };
  }

  precision(): (view: RowView) => 'second' | 'day' | null {
    const read = this.text('precision');
    const path = this.sourceOf('precision')?.path ?? this.path;
    return (view) => {
      const text = read?.(view) ?? null;
      if (text === null || text === 'second' || text === 'day') return text;
      throw new RowFault(path, `precision '${text}' is neither second nor day`, 'Correct it');
    };
  }

  correctionOf(ownSource: string): (view: RowView) => EventRef | null {
    const found = this.sourceOf('correctionOf');
    if (found === null) return () => null;
    const { source, id } = found.source as NonNullable<EnvelopeSource['correctionOf']>;
    const readSource = this.member(source ?? ownSource, [...found.path, 'source']);
    const readId = this.member(id, [...found.path, 'id']);
    return (view) => {
      const target = { source: readSource(view), id: readId(view) };
      return typeof target.source === 'string' && typeof target.id === 'string'
        ? { source: target.source, id: target.id }
        : null;
    };
  }

  /** A person; null where the number of the officer is absent. The unit is the person's own, else `unit`, else ''. */
  person(key: 'officer' | 'operator'): (view: RowView) => Person | null {
    const found = this.sourceOf(key);
    if (found === null) return () => null;
    const { path } = found;
    const source: PersonSource = isPerson(found.source)
      ? found.source
      : { staffNo: found.source as ValueSource };
    const part = (name: keyof PersonSource): FieldReader | null => {
      const value = source[name];
      return value === undefined
        ? null
        : this.member(value, isPerson(found.source) ? [...path, name] : path);
    };
    const [staffNo, name, post, own] = [part('staffNo'), part('name'), part('post'), part('unit')];
    const unit = this.text('unit');
    return (view) => {
      const number = staffNo?.(view) ?? null;
      if (number === null) return null;
      return {
        staffNo: String(number),
        name: textOrNull(name?.(view)),
        post: textOrNull(post?.(view)),
        unitCode: textOrNull(own?.(view)) ?? unit?.(view) ?? '',
      };
    };
  }

  private member(source: ValueSource, path: MappingPath): FieldReader {
    return fieldReaderOf(compileValue(source, path, this.context), 'string');
  }

  private compile(key: EnvelopeKey): CompiledValue | null {
    const found = this.sourceOf(key);
    if (found === null) return null;
    return compileValue(found.source as ValueSource, found.path, this.context);
  }

  private sourceOf(key: EnvelopeKey): { source: unknown; path: MappingPath } | null {
    if (this.rule[key] !== undefined) return { source: this.rule[key], path: [...this.path, key] };
    const source = this.context.file.source.defaults?.[key];
    return source === undefined ? null : { source, path: ['defaults', key] };
  }

  private missing(key: EnvelopeKey): Error {
    return this.context.file.fault(
      this.path,
      `the rule has no '${key}'`,
      `Add '${key}' to it or to 'defaults'`,
    );
  }
}

const NO_VIEW: RowView = { row: new Map(), trace: new Map() };

const ABSENT_ADVICE = "Skip such rows with 'when' (row.name != null), or give the value a default";

function isPerson(source: unknown): source is PersonSource {
  return typeof source === 'object' && source !== null && 'staffNo' in source;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
