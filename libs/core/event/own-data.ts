import { MAX_LENGTH, type ObjectReader, objectReader, stringReader } from './field-reader.js';
import { VOCABULARY_VERSIONS, type VocabularyVersion } from './field-type.js';
import { Fault, jsonTypeOf } from './rejection.js';
import { correctableTypes, type EventType, VOCABULARY } from './vocabulary.js';

const readSubject = stringReader(MAX_LENGTH.subject, 1);

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function missing(name: string, expected: string): Fault {
  return new Fault('missing-field', { expected }, name);
}

function statedReader(type: EventType, version: VocabularyVersion): ObjectReader {
  const read = objectReader(type.fields, version);
  return (data, escaped) => {
    if (type.docNoRequired && isAbsent(data.docNo)) return missing('docNo', 'string');
    const own = read(data, escaped);
    if (own instanceof Fault) return own;
    for (const { field, equals, requires } of type.requiredWhen) {
      if (own[field] !== equals) continue;
      const absent = requires.find((name) => isAbsent(own[name]));
      if (absent !== undefined) return missing(absent, `required when ${field} is ${equals}`);
    }
    if (type.storedAs !== type.type) own.subjectType = 'approval';
    return own;
  };
}

/** A correction states the whole fact anew: the own fields of `correctedType` stand beside it. */
function correctedReader(stream: string, version: VocabularyVersion): ObjectReader {
  const readers = new Map(
    correctableTypes(stream).map((type) => [
      type.type,
      { storedAs: type.storedAs, read: statedReader(type, version) },
    ]),
  );
  return (data, escaped) => {
    if (isAbsent(data.correctionOf)) return missing('correctionOf', 'eventRef');
    const { correctedType } = data;
    if (isAbsent(correctedType)) return missing('correctedType', 'string');
    const stated = typeof correctedType === 'string' ? readers.get(correctedType) : undefined;
    if (stated === undefined) {
      const params = { expected: `a type of stream ${stream}`, got: jsonTypeOf(correctedType) };
      return new Fault('malformed-field', params, 'correctedType');
    }
    const correctedSubject = isAbsent(data.correctedSubject)
      ? null
      : readSubject(data.correctedSubject, escaped);
    if (correctedSubject instanceof Fault) return correctedSubject.under('correctedSubject');
    const own = stated.read(data, escaped);
    if (own instanceof Fault) return own;
    return { correctedType: stated.storedAs, correctedSubject, ...own };
  };
}

function readRevocation(data: Readonly<Record<string, unknown>>): Record<string, unknown> | Fault {
  return isAbsent(data.correctionOf) ? missing('correctionOf', 'eventRef') : {};
}

function compile(type: EventType, version: VocabularyVersion): ObjectReader {
  if (type.effect === 'corrects') return correctedReader(type.stream, version);
  if (type.effect === 'revokes') return readRevocation;
  return statedReader(type, version);
}

const readers = new Map<EventType, ReadonlyMap<VocabularyVersion, ObjectReader>>(
  [...VOCABULARY.values()]
    .filter((type) => type.origin === 'source')
    .map((type) => [
      type,
      new Map(VOCABULARY_VERSIONS.map((version) => [version, compile(type, version)])),
    ]),
);

/**
 * The compiled reader of a type's own fields, conditional requirements included.
 * @throws Error for a type that no source may send.
 */
export function ownReader(type: EventType, version: VocabularyVersion): ObjectReader {
  const reader = readers.get(type)?.get(version);
  if (reader === undefined) throw new Error(`Event type "${type.type}" is not sent by sources`);
  return reader;
}
