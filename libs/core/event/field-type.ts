/** Versions of the vocabulary accepted side by side, oldest first. 1.1 only adds optional fields. */
export const VOCABULARY_VERSIONS = ['1.0', '1.1'] as const;
export type VocabularyVersion = (typeof VOCABULARY_VERSIONS)[number];

export const SCALAR_KINDS = [
  'string',
  'text',
  'int',
  'decimal',
  /** An amount where the catalogue may also write words: number, numeric string (read as number) or other string. */
  'tariff',
  'bool',
  'date',
  'time',
  'enum',
  /** An enum whose values the vocabulary leaves open: a non-empty string of at most 64 characters. */
  'code',
  'agency',
  'region',
  'item',
  'ref',
  'map',
  /** Dates that a calendar notice names, each a day of rest or of work. */
  'days',
] as const;
export type ScalarKind = (typeof SCALAR_KINDS)[number];

const STRUCT_TEXT = {
  limit: 'value: int(0..36500)!; unit: enum(G|Z|H)!',
  person: 'staffNo!; name; post; unitCode!',
  party: 'kind: enum(natural|legal)!; name!; idType; idNo; contact; isAgent: bool',
  material:
    'code!; name!; required: bool; form: enum(paper|electronic|shared); status: enum(missing|received|tolerated|waived); dueOn',
  geo: 'lon: decimal; lat: decimal; accuracyM: decimal; takenAt',
  doc: 'id!; digest!',
  eventRef: 'source!; id!',
  itemLimit: 'value: int(0..36500)!; unit: enum(G|Z|H)!; article',
  itemStep:
    'stepCode!; name!; role: enum(handle|review|approve)!; limit: limit!; mandatory: bool!; order: int!; responsiblePost!; autoApproval: bool; parallel: bool @1.1',
  itemMaterial:
    'code!; name!; required: bool!; source: enum(applicant|shared); tolerable: bool; originalRequired: bool @1.1',
  itemFee: 'feeCode!; standard: tariff!; basis!; waivers: string[] @1.1',
  promiseOption:
    'allowed: bool; checkWithin: limit; checkStandard: text; checkMethod: text; exempt: bool',
} as const;

export type StructKind = keyof typeof STRUCT_TEXT;
export type FieldKind = ScalarKind | StructKind;

/** How one field is written. `required`: the key is present and not null; a text or list may still be empty. */
export interface FieldType {
  readonly kind: FieldKind;
  readonly list: boolean;
  readonly required: boolean;
  /** Allowed values of an enum; empty for all other kinds. */
  readonly values: readonly string[];
  /** Bounds of an int, both included; null = the safe integers. */
  readonly range: readonly [number, number] | null;
  /** First vocabulary version that knows the field; before it the key is ignored. */
  readonly since: VocabularyVersion;
}

export type Fields = Readonly<Record<string, FieldType>>;

const FIELD_FORM = /^(\w+)(!)?(?:: (\w+)(?:\(([^)]*)\))?(\[\])?(!)?)?(?: @(\d\.\d))?$/;

/** events.md section 1: the kind of a field for which a table gives none. */
function kindByName(name: string): FieldKind {
  if (/(?:^|[a-z])On$/.test(name)) return 'date';
  if (/(?:^|[a-z])At$/.test(name)) return 'time';
  if (/(?:Text|^text)$/.test(name)) return 'text';
  return 'string';
}

const KINDS: ReadonlySet<string> = new Set([...SCALAR_KINDS, ...Object.keys(STRUCT_TEXT)]);

function isKind(name: string): name is FieldKind {
  return KINDS.has(name);
}

function parseKind(
  text: string,
  name: string,
  kind: string | undefined,
  bounds: string | undefined,
) {
  const written = kind === 'enum' && bounds === undefined ? 'code' : (kind ?? kindByName(name));
  if (!isKind(written)) throw new Error(`Vocabulary field "${text}": kind "${written}" is unknown`);
  const [from, to] = (bounds ?? '').split('..');
  return {
    kind: written,
    values: written === 'enum' && bounds ? bounds.split('|') : [],
    range: written === 'int' && from && to ? ([Number(from), Number(to)] as const) : null,
  };
}

/**
 * Reads the compact form `name[!][: kind[(values or bounds)][[]][!]][ @since]`, fields separated by `; `.
 * Throws an Error that quotes the field where the form is not kept; called at load only.
 */
export function parseFields(text: string): Fields {
  const fields: Record<string, FieldType> = {};
  for (const part of text.split('; ').filter((piece) => piece !== '')) {
    const match = FIELD_FORM.exec(part);
    const name = match?.[1];
    if (!match || name === undefined) throw new Error(`Vocabulary field "${part}" cannot be read`);
    const since = VOCABULARY_VERSIONS.find((version) => version === (match[7] ?? '1.0'));
    if (since === undefined) throw new Error(`Vocabulary field "${part}": version is unknown`);
    if (name in fields) throw new Error(`Vocabulary field "${part}" is declared twice`);
    fields[name] = {
      ...parseKind(part, name, match[3], match[4]),
      list: match[5] !== undefined,
      required: match[2] !== undefined || match[6] !== undefined,
      since,
    };
  }
  return fields;
}

/** Fields of the composite kinds: person, party, material, limit and the parts of a catalogue item. */
export const STRUCTS: ReadonlyMap<string, Fields> = new Map(
  Object.entries(STRUCT_TEXT).map(([name, text]) => [name, parseFields(text)]),
);

/** True where a kind is a composite kind. */
export function isStructKind(kind: FieldKind): kind is StructKind {
  return STRUCTS.has(kind);
}

/** The kind as a sender reads it in a rejection: `enum(new|change)`, `material[]`, `int(1..5)`. */
export function describeField(field: FieldType): string {
  const bounds = field.range ? `(${field.range[0]}..${field.range[1]})` : '';
  const values = field.values.length > 0 ? `(${field.values.join('|')})` : '';
  return `${field.kind}${values}${bounds}${field.list ? '[]' : ''}`;
}

/** True where a sender of `version` may use the field. */
export function isKnownIn(field: FieldType, version: VocabularyVersion): boolean {
  return VOCABULARY_VERSIONS.indexOf(field.since) <= VOCABULARY_VERSIONS.indexOf(version);
}
