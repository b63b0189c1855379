import type { FieldType } from '#core/event/field-type.js';
import { VOCABULARY } from '#core/event/vocabulary.js';
import type { MappingFile } from './mapping-file.js';
import type { FieldKind, MappingSource } from './mapping-source.js';

/** A type that a mapping may produce, with the kinds of its own fields in the order of its declaration. */
export interface MappedType {
  readonly name: string;
  /** True for `x.` types, which the mapping declares itself; false for those of the vocabulary. */
  readonly extension: boolean;
  readonly fields: ReadonlyMap<string, FieldKind>;
}

/** Types of the vocabulary that sources may send, and those that the mapping declares (with the fields of its case section). */
export class EventTypes {
  private readonly extensions: ReadonlyMap<string, MappedType>;
  private readonly vocabulary = new Map<string, MappedType>();

  constructor(file: MappingFile) {
    const { source } = file;
    this.extensions = new Map(
      Object.entries(source.types ?? {}).map(([name, declared]) => [
        name,
        { name, extension: true, fields: withCaseFields(file, name, declared.fields ?? {}) },
      ]),
    );
  }

  /** The type, or null where neither the vocabulary nor the mapping knows it. */
  find(name: string): MappedType | null {
    return this.extensions.get(name) ?? this.ofVocabulary(name);
  }

  /** Types that the mapping declares. */
  declared(): ReadonlyMap<string, MappedType> {
    return this.extensions;
  }

  private ofVocabulary(name: string): MappedType | null {
    const known = this.vocabulary.get(name);
    if (known !== undefined) return known;
    const found = VOCABULARY.get(name);
    if (found === undefined || found.origin !== 'source') return null;
    const fields = new Map(
      Object.entries(found.fields).map(([field, type]) => [field, kindOf(type)]),
    );
    const type: MappedType = { name, extension: false, fields };
    this.vocabulary.set(name, type);
    return type;
  }
}

function withCaseFields(
  file: MappingFile,
  name: string,
  own: Readonly<Record<string, FieldKind>>,
): ReadonlyMap<string, FieldKind> {
  const fields = new Map(Object.entries(own));
  const caseFields: NonNullable<MappingSource['case']> = file.source.case ?? {};
  for (const [field, { kind }] of Object.entries(caseFields)) {
    if (fields.has(field)) {
      throw file.fault(
        ['types', name, 'fields', field],
        `'${field}' is a field of '${name}' and of the case`,
        "Name one of them differently: the fields under 'case' stand in every x. event",
      );
    }
    fields.set(field, kind);
  }
  return fields;
}

const SAME_KINDS: ReadonlyMap<string, FieldKind> = new Map([
  ['string', 'string'],
  ['text', 'text'],
  ['int', 'int'],
  ['decimal', 'decimal'],
  ['bool', 'bool'],
  ['date', 'date'],
  ['time', 'time'],
  ['limit', 'limit'],
  ['person', 'person'],
  ['enum', 'string'],
  ['code', 'string'],
  ['agency', 'string'],
  ['region', 'string'],
  ['item', 'string'],
]);

/** Composite kinds of the vocabulary are given as objects; the vocabulary itself checks them. */
function kindOf(type: FieldType): FieldKind {
  const kind = SAME_KINDS.get(type.kind) ?? 'object';
  if (!type.list) return kind;
  return kind === 'string' || kind === 'text' ? 'string[]' : 'object';
}
