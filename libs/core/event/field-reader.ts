import { parseInstant, readDate } from '../calendar/local-time.js';
import { CREDIT_CODE_FORM, REGION_CODE_FORM } from './codes.js';
import type { Instant } from './event.js';
import {
  describeField,
  type FieldKind,
  type Fields,
  type FieldType,
  isKnownIn,
  STRUCTS,
  VOCABULARY_VERSIONS,
  type VocabularyVersion,
} from './field-type.js';
import { Fault, jsonTypeOf } from './rejection.js';

/**
 * Turns one JSON value into its normal form, or says what is wrong with it. `escaped` is true where the record holds
 * `\u` escapes: only then can a string hold U+0000 or half a surrogate pair, and only then is it looked for.
 */
export type FieldReader = (value: unknown, escaped: boolean) => unknown;

/** Reads an object; the result has every field of the version's vocabulary, absent ones as null, and no other. */
export type ObjectReader = (
  source: Readonly<Record<string, unknown>>,
  escaped: boolean,
) => Record<string, unknown> | Fault;

/** Longest strings, in Unicode code points. */
export const MAX_LENGTH = {
  string: 256,
  text: 65_536,
  code: 64,
  item: 40,
  time: 40,
  // Together these keep an identity and a case id within an index entry of Postgres.
  id: 200,
  source: 100,
  subject: 200,
} as const;
/** Levels of objects and lists within a map, the map itself included. */
export const MAX_MAP_DEPTH = 5;

const TIME_WITHOUT_ZONE = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;
export const DECIMAL_FORM = /^-?[0-9]{1,15}(?:\.[0-9]{1,10})?$/;

function malformed(expected: string, value: unknown): Fault {
  return new Fault('malformed-field', { expected, got: jsonTypeOf(value) });
}

/** False for U+0000, which Postgres cannot store in text, and for lone surrogates, which UTF-8 cannot hold. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function isLonger(text: string, max: number): boolean {
  return text.length > max && (text.length > 2 * max || [...text].length > max);
}

/** A JSON object that is no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a string of at most `max` code points that can be stored. */
export function stringReader(max: number, min = 0): FieldReader {
  const length = min > 0 ? `${min}..${max}` : `0..${max}`;
  return (value, escaped) => {
    if (typeof value !== 'string') return malformed('string', value);
    if (value.length < min || isLonger(value, max)) {
      return new Fault('malformed-field', {
        expected: `string of length ${length}`,
        got: value.length,
      });
    }
    if (escaped && !isStorable(value)) {
      return new Fault('malformed-field', {
        expected: 'storable characters',
        got: 'U+0000 or lone surrogate',
      });
    }
    return value;
  };
}

function patternReader(kind: string, form: RegExp): FieldReader {
  return (value) =>
    typeof value === 'string' && form.test(value) ? value : malformed(kind, value);
}

function readDecimal(value: unknown): unknown {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string' && DECIMAL_FORM.test(value)) return Number(value);
  return malformed('decimal', value);
}

const readString = stringReader(MAX_LENGTH.string);
const readText = stringReader(MAX_LENGTH.text);

function readTariff(value: unknown, escaped: boolean): unknown {
  const decimal = readDecimal(value);
  return decimal instanceof Fault ? readString(value, escaped) : decimal;
}

function readBool(value: unknown): unknown {
  return typeof value === 'boolean' ? value : malformed('bool', value);
}

function readDay(value: unknown): unknown {
  if (typeof value !== 'string' || readDate(value) === null) {
    return malformed('date YYYY-MM-DD that exists', value);
  }
  return value;
}

/** Why a text is no time: a missing zone is named, since it is what senders get wrong most. */
function timeFault(value: unknown): Fault {
  return typeof value === 'string' && TIME_WITHOUT_ZONE.test(value)
    ? new Fault('time-without-zone', { expected: 'RFC 3339 with offset', got: 'no offset' })
    : malformed('time RFC 3339 with offset', value);
}

/** Reads a required RFC 3339 time as an instant. */
export function readInstant(value: unknown): Instant | Fault {
  if (value === undefined || value === null) {
    return new Fault('missing-field', { expected: 'time RFC 3339 with offset' });
  }
  const isShort = typeof value === 'string' && value.length <= MAX_LENGTH.time;
  return (isShort ? parseInstant(value)?.at : undefined) ?? timeFault(value);
}

function readTime(value: unknown): unknown {
  const isTime =
    typeof value === 'string' && value.length <= MAX_LENGTH.time && parseInstant(value) !== null;
  return isTime ? value : timeFault(value);
}

function readRef(value: unknown, escaped: boolean): unknown {
  if (typeof value === 'string') {
    const subject = readString(value, escaped);
    return subject instanceof Fault ? subject : { authority: null, subject };
  }
  if (!isObject(value)) return malformed('ref', value);
  const authority =
    value.authority === undefined || value.authority === null
      ? null
      : readString(value.authority, escaped);
  if (authority instanceof Fault) return authority.under('authority');
  if (value.subject === undefined || value.subject === null) {
    return new Fault('missing-field', { expected: 'string' }, 'subject');
  }
  const subject = readString(value.subject, escaped);
  return subject instanceof Fault ? subject.under('subject') : { authority, subject };
}

function readMapValue(value: unknown, escaped: boolean, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return readText(value, escaped);
  if (typeof value === 'number') return Number.isFinite(value) ? value : malformed('number', value);
  if (depth >= MAX_MAP_DEPTH) {
    return new Fault('malformed-field', {
      expected: `at most ${MAX_MAP_DEPTH} levels`,
      got: 'deeper',
    });
  }
  if (!Array.isArray(value)) return readMap(value, escaped, depth + 1);
  const list: unknown[] = [];
  for (let i = 0; i < value.length; i += 1) {
    const element = readMapValue(value[i], escaped, depth + 1);
    if (element instanceof Fault) return element.at(i);
    list.push(element);
  }
  return list;
}

function readMap(value: unknown, escaped: boolean, depth: number): unknown {
  if (!isObject(value)) return malformed('map', value);
  const map: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const name =
      key === '__proto__' ? malformed('key other than __proto__', key) : readString(key, escaped);
    if (name instanceof Fault) return name;
    const entry = readMapValue(value[key], escaped, depth);
    if (entry instanceof Fault) return entry.under(key);
    map[key] = entry;
  }
  return map;
}

/** What a calendar notice makes of a day; the two words for each mean the same. */
export const DAY_WORDS = ['holiday', 'off', 'workday', 'work'] as const;

function readDays(value: unknown): unknown {
  if (!isObject(value)) return malformed('days', value);
  const days: Record<string, unknown> = {};
  for (const [date, word] of Object.entries(value)) {
    const fault = readDay(date);
    if (fault instanceof Fault) return fault.under(date);
    if (!(DAY_WORDS as readonly unknown[]).includes(word))
      return malformed(`enum(${DAY_WORDS.join('|')})`, word).under(date);
    days[date] = word;
  }
  return days;
}

function enumReader(field: FieldType): FieldReader {
  const values: ReadonlySet<unknown> = new Set(field.values);
  const expected = describeField({ ...field, list: false });
  return (value) => (values.has(value) ? value : malformed(expected, value));
}

function intReader(field: FieldType): FieldReader {
  const [min, max] = field.range ?? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  const expected = describeField({ ...field, list: false });
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : malformed(expected, value);
}

const SCALAR_READERS: ReadonlyMap<FieldKind, FieldReader> = new Map<FieldKind, FieldReader>([
  ['string', readString],
  ['text', readText],
  ['decimal', readDecimal],
  ['tariff', readTariff],
  ['bool', readBool],
  ['date', readDay],
  ['time', readTime],
  ['code', stringReader(MAX_LENGTH.code, 1)],
  ['item', stringReader(MAX_LENGTH.item)],
  [
    'agency',
    patternReader('agency code: 18 characters 0-9 A-H J-N P-R T U W X Y', CREDIT_CODE_FORM),
  ],
  ['region', patternReader('region code: 6, 9 or 12 digits', REGION_CODE_FORM)],
  ['ref', readRef],
  ['map', (value, escaped) => readMap(value, escaped, 1)],
  ['days', readDays],
]);

function structReader(kind: FieldKind, version: VocabularyVersion): FieldReader {
  const fields = STRUCTS.get(kind);
  if (!fields) throw new Error(`Kind "${kind}" has no reader`);
  const read = objectReader(fields, version);
  return (value, escaped) => (isObject(value) ? read(value, escaped) : malformed(kind, value));
}

function elementReader(field: FieldType, version: VocabularyVersion): FieldReader {
  if (field.kind === 'enum') return enumReader(field);
  if (field.kind === 'int') return intReader(field);
  return SCALAR_READERS.get(field.kind) ?? sharedStructReader(field.kind, version);
}

function listReader(read: FieldReader, expected: string): FieldReader {
  return (value, escaped) => {
    if (!Array.isArray(value)) return malformed(expected, value);
    const list: unknown[] = [];
    for (let i = 0; i < value.length; i += 1) {
      const element = read(value[i], escaped);
      if (element instanceof Fault) return element.at(i);
      list.push(element);
    }
    return list;
  };
}

/** Compiles the reader of one field; the caller has made sure that the value is neither absent nor null. */
export function fieldReader(field: FieldType, version: VocabularyVersion): FieldReader {
  const read = elementReader(field, version);
  return field.list ? listReader(read, describeField(field)) : read;
}

/**
 * An object with these fields, all null. Copies of it are laid out alike, in a third of the room that an object takes
 * which is filled field by field.
 */
function withFields(names: readonly string[]): Record<string, unknown> {
  const members = names.map((name) => `${JSON.stringify(name)}:null`);
  return JSON.parse(`{${members.join(',')}}`) as Record<string, unknown>;
}

/** Compiles the reader of an object with `fields`; fields younger than `version` are always null. */
export function objectReader(fields: Fields, version: VocabularyVersion): ObjectReader {
  const entries = Object.entries(fields).map(([name, field]) => ({
    name,
    required: field.required,
    known: isKnownIn(field, version),
    expected: describeField(field),
    read: fieldReader(field, version),
  }));
  const blank = withFields(entries.map(({ name }) => name));
  return (source, escaped) => {
    const data: Record<string, unknown> = { ...blank };
    for (const entry of entries) {
      const value = entry.known ? source[entry.name] : null;
      if (value === undefined || value === null) {
        if (entry.required)
          return new Fault('missing-field', { expected: entry.expected }, entry.name);
        continue;
      }
      const read = entry.read(value, escaped);
      if (read instanceof Fault) return read.under(entry.name);
      data[entry.name] = read;
    }
    return data;
  };
}

const structReaders = new Map<string, FieldReader>();

function sharedStructReader(kind: FieldKind, version: VocabularyVersion): FieldReader {
  const key = `${kind}@${version}`;
  const known = structReaders.get(key);
  if (known) return known;
  const reader = structReader(kind, version);
  structReaders.set(key, reader);
  return reader;
}

/** The vocabulary version that a sender names, or undefined where it is not known here. */
export function vocabularyVersionOf(value: unknown): VocabularyVersion | undefined {
  return VOCABULARY_VERSIONS.find((version) => version === value);
}
