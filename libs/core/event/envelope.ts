import type { Event, EventRef, Person } from './event.js';
import { objectReader, readInstant, vocabularyVersionOf } from './field-reader.js';
import { parseFields, type VocabularyVersion } from './field-type.js';
import { Fault, jsonTypeOf } from './rejection.js';

/** The part of the envelope that stands in `data` (events.md section 1), without what is set on receipt. */
export type Envelope = Pick<
  Event,
  | 'recordedAt'
  | 'precision'
  | 'agencyCode'
  | 'regionCode'
  | 'itemCode'
  | 'itemVersion'
  | 'operator'
  | 'responsible'
  | 'dataVersion'
  | 'correctionOf'
  | 'correctionReason'
  | 'docNo'
  | 'isTest'
> & { readonly vocabularyVersion: VocabularyVersion };

/** The same as fields, in the order in which they are checked; for readers, schemas and documents. */
export const ENVELOPE_FIELDS = parseFields(
  [
    'vocabularyVersion!; recordedAt!; occurredPrecision: enum(second|day)!',
    'agencyCode: agency!; regionCode: region!; itemCode: item; itemVersion',
    'operator: person!; responsible: person; dataVersion: int(0..9007199254740991)!',
    'correctionOf: eventRef; correctionReason: text; docNo; isTest: bool',
  ].join('; '),
);

/** Read apart, since their values are used in another form than they are written. */
const { vocabularyVersion: _version, recordedAt: _recordedAt, ...PLAIN_FIELDS } = ENVELOPE_FIELDS;

const READERS = {
  '1.0': objectReader(PLAIN_FIELDS, '1.0'),
  '1.1': objectReader(PLAIN_FIELDS, '1.1'),
};

/**
 * Reads the envelope out of `data`. `receivedAt` and `rawDigest` sent by a source are ignored: they are set here.
 */
export function readEnvelope(
  data: Readonly<Record<string, unknown>>,
  escaped: boolean,
): Envelope | Fault {
  const written = data.vocabularyVersion;
  if (written === undefined || written === null) {
    return new Fault('missing-field', { expected: 'string' }, 'vocabularyVersion');
  }
  const vocabularyVersion = vocabularyVersionOf(written);
  if (vocabularyVersion === undefined) {
    const isName = typeof written === 'string' && /^[\w.-]{1,20}$/.test(written);
    const got = isName ? written : jsonTypeOf(written);
    return new Fault('unknown-vocabulary-version', { got }, 'vocabularyVersion');
  }
  const recordedAt = readInstant(data.recordedAt);
  if (recordedAt instanceof Fault) return recordedAt.under('recordedAt');
  const read = READERS[vocabularyVersion](data, escaped);
  if (read instanceof Fault) return read;
  // The readers of ENVELOPE_FIELDS have just established these types.
  return {
    vocabularyVersion,
    recordedAt,
    precision: read.occurredPrecision as 'second' | 'day',
    agencyCode: read.agencyCode as string,
    regionCode: read.regionCode as string,
    itemCode: read.itemCode as string | null,
    itemVersion: read.itemVersion as string | null,
    operator: read.operator as Person,
    responsible: read.responsible as Person | null,
    dataVersion: read.dataVersion as number,
    correctionOf: read.correctionOf as EventRef | null,
    correctionReason: read.correctionReason as string | null,
    docNo: read.docNo as string | null,
    isTest: read.isTest === true,
  };
}
