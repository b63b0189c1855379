import { hash } from 'node:crypto';
import type { VocabularyVersion } from '#core/event/field-type.js';
import { ownReader } from '#core/event/own-data.js';
import { Fault } from '#core/event/rejection.js';
import type { EventType } from '#core/event/vocabulary.js';
import { VOCABULARY } from '#core/event/vocabulary.js';
import { compileCel } from './cel-expression.js';
import type { RowView } from './column-use.js';
import { type CompileContext, RowFault } from './compile-context.js';
import { EnvelopeCompiler } from './compile-envelope.js';
import { type CompiledValue, compileValue } from './compile-value.js';
import { type FieldReader, type FieldValue, fieldReaderOf } from './convert-value.js';
import type { EventTypes, MappedType } from './event-types.js';
import { listNames } from './input-error.js';
import type { MappedEvent } from './mapped-event.js';
import type { MappingPath } from './mapping-file.js';
import type { RuleSource, ValueSource } from './mapping-source.js';

/** Where a row stands in the log. */
export interface RowPlace {
  readonly file: string;
  readonly line: number;
  /** Running number of the group and of the row in it: the position that an event's id is derived from. */
  readonly group: number;
  readonly row: number;
}

export interface CompiledRule {
  readonly name: string;
  readonly path: MappingPath;
  /** The event of a row, or null where the rule's condition does not hold. Throws RowFault. */
  apply(view: RowView, place: RowPlace): MappedEvent | null;
}

/** What the rules of one mapping share. */
export interface RuleSurroundings {
  readonly context: CompileContext;
  readonly types: EventTypes;
  readonly vocabularyVersion: VocabularyVersion;
}

/** Compiles one rule. Throws InputError at its place in the mapping. */
export function compileRule(
  rule: RuleSource,
  path: MappingPath,
  surroundings: RuleSurroundings,
): CompiledRule {
  const { context, vocabularyVersion } = surroundings;
  const { source, authority = source } = context.file.source;
  const name = rule.name ?? `${String(path[0])}[${String(path[1])}]`;
  const when = rule.when === undefined ? null : compileWhen(rule.when, [...path, 'when'], context);
  const fields = new RuleFields(rule, path, surroundings);
  const envelope = compileEnvelope(rule, path, surroundings);
  const time = new EnvelopeCompiler(rule, path, context).time();
  return {
    name,
    path,
    apply(view, place) {
      if (when !== null && !when(view)) return null;
      const type = fields.typeOf(view);
      const occurred = time(view);
      const parts = envelope(view, occurred.at);
      return {
        ...parts,
        source,
        authority,
        id: parts.id ?? positionId([source, parts.subject, place.group, place.row, name]),
        type: type.name,
        occurredAt: occurred.at,
        precision: parts.precision ?? occurred.precision,
        vocabularyVersion,
        fields: fields.read(type, view),
        local: context.time.local,
        origin: { file: place.file, line: place.line, rule: name },
      };
    },
  };
}

/** Deterministic id of an event whose log gives it none: the same log and mapping give the same ids. */
function positionId(parts: readonly (string | number)[]): string {
  return hash('sha256', JSON.stringify(parts)).slice(0, 32);
}

function compileWhen(
  text: string,
  path: MappingPath,
  context: CompileContext,
): (view: RowView) => boolean {
  const condition = compileCel(text, path, context);
  if (condition.type !== 'bool' && condition.type !== 'dyn') {
    throw context.file.fault(
      path,
      `'${text}' gives ${condition.type}, not true or false`,
      'Write a comparison',
    );
  }
  return (view) => {
    const result = condition.evaluate(view);
    if (typeof result === 'boolean') return result;
    throw new RowFault(path, `'${text}' gave neither true nor false`, 'Write a comparison');
  };
}

/** Lengths that the event contract allows. */
const ID_FORM = /^[\s\S]{1,200}$/u;

function compileEnvelope(rule: RuleSource, path: MappingPath, surroundings: RuleSurroundings) {
  const { context } = surroundings;
  const compiler = new EnvelopeCompiler(rule, path, context);
  const subject = compiler.required('subject', ID_FORM, 'a text of 1 to 200 characters');
  const id =
    compiler.text('id') === null
      ? null
      : compiler.required('id', ID_FORM, 'a text of 1 to 200 characters');
  const agency = compiler.agency();
  const region = compiler.region();
  const recordedAt = compiler.instant('recordedAt');
  const receivedAt = compiler.instant('receivedAt');
  const precision = compiler.precision();
  const officer = compiler.person('officer');
  const operator = compiler.person('operator');
  const unit = compiler.text('unit');
  const [item, itemVersion] = [compiler.text('item'), compiler.text('itemVersion')];
  const [docNo, correctionReason] = [compiler.text('docNo'), compiler.text('correctionReason')];
  const dataVersion = compiler.scalar('dataVersion', 'int', 1);
  const isTest = compiler.scalar('isTest', 'bool', false);
  const correctionOf = compiler.correctionOf(context.file.source.source);
  return (view: RowView, occurredAt: number) => {
    const recorded = recordedAt(view) ?? occurredAt;
    const responsible = officer(view);
    return {
      subject: subject(view),
      id: id === null ? null : id(view),
      recordedAt: recorded,
      receivedAt: receivedAt(view) ?? recorded,
      precision: precision(view),
      agencyCode: agency(view),
      regionCode: region(view),
      itemCode: item?.(view) ?? null,
      itemVersion: itemVersion?.(view) ?? null,
      responsible,
      // Nobody is named: an empty number is a fact for the rules, a missing operator would break the contract.
      operator: operator(view) ??
        responsible ?? {
          staffNo: '',
          name: null,
          post: null,
          unitCode: unit?.(view) ?? '',
        },
      dataVersion: dataVersion(view),
      correctionOf: correctionOf(view),
      correctionReason: correctionReason?.(view) ?? null,
      docNo: docNo?.(view) ?? null,
      isTest: isTest(view),
    };
  };
}

/** The type of a rule's events and their own fields. */
class RuleFields {
  private readonly surroundings: RuleSurroundings;
  private readonly path: MappingPath;
  private readonly type: CompiledValue;
  private readonly fixedType: MappedType | null;
  private readonly values = new Map<string, CompiledValue>();
  private readonly readers = new Map<string, readonly (readonly [string, FieldReader | null])[]>();

  constructor(rule: RuleSource, path: MappingPath, surroundings: RuleSurroundings) {
    this.surroundings = surroundings;
    this.path = path;
    const { context } = surroundings;
    this.type = compileValue(rule.type, [...path, 'type'], context);
    for (const [name, value] of Object.entries(rule.fields ?? {})) {
      this.values.set(name, compileValue(value, [...path, 'fields', name], context));
    }
    const possible = possibleTypes(rule.type, this.type).map((name) => this.known(name));
    this.fixedType = this.type.varies ? null : (possible[0] ?? null);
    this.refuseUnknownFields(possible);
    // A type that the log itself names may be any; its declaration then picks the fields that it has.
    if (possible.length === 0 || possible.some((type) => type.extension)) this.addCaseFields();
    for (const type of possible) this.readersOf(type);
  }

  typeOf(view: RowView): MappedType {
    if (this.fixedType !== null) return this.fixedType;
    const name = this.type.evaluate(view);
    const found = typeof name === 'string' ? this.surroundings.types.find(name) : null;
    if (found !== null) return found;
    throw new RowFault(
      this.type.path,
      `'${String(name)}' is no event type`,
      "Add a 'map' from the log's names to event types, and declare x. types under 'types'",
    );
  }

  read(type: MappedType, view: RowView): Readonly<Record<string, FieldValue>> {
    const data: Record<string, FieldValue> = {};
    for (const [name, read] of this.readersOf(type)) data[name] = read === null ? null : read(view);
    if (type.extension) return data;
    const known = VOCABULARY.get(type.name);
    return known === undefined ? data : this.checked(known, data);
  }

  /** The vocabulary's own reader decides, so replay accepts exactly what the event contract accepts. */
  private checked(
    type: EventType,
    data: Readonly<Record<string, FieldValue>>,
  ): Readonly<Record<string, FieldValue>> {
    const read = ownReader(type, this.surroundings.vocabularyVersion)(data, true);
    if (!(read instanceof Fault)) return read as Readonly<Record<string, FieldValue>>;
    const given = read.path.split(/[.[]/, 1)[0] ?? '';
    throw new RowFault(
      this.values.get(given)?.path ?? this.path,
      `'${read.path}' of ${type.type} breaks the event contract: ${read.reason} (${Object.entries(
        read.params,
      )
        .map(([key, value]) => `${key} ${value}`)
        .join(', ')})`,
      `Give '${given}' under 'fields', or skip such rows with 'when'`,
    );
  }

  private known(name: string): MappedType {
    const found = this.surroundings.types.find(name);
    if (found !== null) return found;
    const declared = [...this.surroundings.types.declared().keys()];
    throw this.surroundings.context.file.fault(
      this.type.path,
      `'${name}' is no event type`,
      name.startsWith('x.')
        ? `Declare it under 'types'; declared: ${listNames(declared)}`
        : "Use a type of docs/events.md, or declare one that begins with 'x.' under 'types'",
    );
  }

  private refuseUnknownFields(possible: readonly MappedType[]): void {
    if (possible.length === 0) return;
    for (const [name, value] of this.values) {
      if (possible.some((type) => type.fields.has(name))) continue;
      const allowed = new Set(possible.flatMap((type) => [...type.fields.keys()]));
      throw this.surroundings.context.file.fault(
        value.path,
        `'${name}' is no field of ${listNames(possible.map((type) => type.name))}`,
        `Fields there: ${listNames(allowed)}`,
      );
    }
  }

  private addCaseFields(): void {
    const { context } = this.surroundings;
    for (const [name, { value }] of Object.entries(context.file.source.case ?? {})) {
      if (this.values.has(name)) {
        throw context.file.fault(
          [...this.path, 'fields', name],
          `'${name}' is set by the rule and under 'case'`,
          'Remove one of them',
        );
      }
      this.values.set(name, compileValue(value, ['case', name, 'value'], context));
    }
  }

  private readersOf(type: MappedType): readonly (readonly [string, FieldReader | null])[] {
    const known = this.readers.get(type.name);
    if (known !== undefined) return known;
    const readers = [...type.fields].map(([name, kind]) => {
      const value = this.values.get(name);
      return [name, value === undefined ? null : fieldReaderOf(value, kind)] as const;
    });
    this.readers.set(type.name, readers);
    return readers;
  }
}

/** Types that the mapping itself names; empty where the log names them. */
function possibleTypes(source: ValueSource, compiled: CompiledValue): string[] {
  if (!compiled.varies) {
    const fixed = compiled.evaluate({ row: new Map(), trace: new Map() });
    return [String(fixed)];
  }
  if (typeof source !== 'object' || source === null || source.map === undefined) return [];
  const names = [...Object.values(source.map), ...('default' in source ? [source.default] : [])];
  return names.filter((name) => name !== null).map(String);
}
