import { createHash, createHmac } from 'node:crypto';
import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { REFERENCE_STREAMS, streamOf, VOCABULARY } from '#core/event/vocabulary.js';
import { REDACTED } from '../verify/format.js';

/** One value that the redacted edition does not show: where it stands, and what lets the full edition show that it is the same. */
export interface Redaction {
  readonly file: string;
  /** JSON pointer (RFC 6901) within the file. */
  readonly pointer: string;
  /** Hex, 32 bytes. */
  readonly salt: string;
  /** Hex SHA-256 of salt and canonical value. */
  readonly digest: string;
}

type JsonObject = { readonly [key: string]: JsonValue };

/** Resident identity numbers (GB 11643), mobile telephone numbers of the mainland. */
const NUMBERS =
  /(?<![0-9A-Za-z])\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])|(?<!\d)1[3-9]\d{9}(?!\d)/;

/** Members whose value identifies somebody, whatever stands around them. */
const PERSONAL = new RegExp(
  `^(?:${[
    ...[
      'staffNo',
      'idNo',
      'idNumber',
      'identityNo',
      'certNo',
      'phone',
      'mobile',
      'contact',
      'address',
      'place',
    ],
    ...[
      'subjectPersons',
      'actor',
      'approver',
      'approvedBy',
      'requester',
      'chair',
      'recipient',
      'caller',
      'builder',
    ],
    ...[
      'beneficiary',
      'personLookedUp',
      'licenceNo',
      'deviceHash',
      'seatNo',
      // Whoever guesses the bytes could confirm it by their plain digest.
      'rawDigest',
      '身份证.*',
      '电话',
      '手机.*',
    ],
  ].join('|')})$`,
  'i',
);

/** Free words of people: they may name anybody. */
const WORDS =
  /^(?:opinion|reviewOpinion|reason|content|remark|comment|note|text|description|correctionReason|detail|statement|matter|difficulty|extraDemand|conditions)$|Text$/;

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True for a member that is redacted as it stands. A name is one where its owner is a natural person or a member of staff. */
function isPersonal(owner: JsonObject, key: string, value: JsonValue): boolean {
  if (value === null || value === '' || typeof value === 'boolean') return false;
  if (PERSONAL.test(key)) return true;
  if (key === 'name') return owner.kind === 'natural' || 'staffNo' in owner;
  if (typeof value !== 'string') return false;
  return WORDS.test(key) || NUMBERS.test(value) || (key === 'occurrence' && value.includes('#'));
}

/** Short fields that systems fill with free words all the same. */
const OPEN = /^(?:measure|basis|cause|purpose|compensation|by)$/;

/** Stream of a value that is an event; null for anything else. */
function streamIn(value: JsonObject): string | null {
  return typeof value.type === 'string' && isObject(value.data ?? null)
    ? streamOf(value.type)
    : null;
}

/** Own fields of an event in which people write what they like: texts, maps, and lists of texts. Published ones stay. */
function freeFields(event: JsonObject): ReadonlySet<string> {
  const stream = streamIn(event);
  if (stream === null || (REFERENCE_STREAMS.has(stream) && stream !== 'org')) return new Set();
  const data = event.data as JsonObject;
  const stated = typeof data.correctedType === 'string' ? data.correctedType : String(event.type);
  const fields = Object.entries(VOCABULARY.get(stated)?.fields ?? {});
  return new Set(
    fields.flatMap(([name, { kind }]) =>
      kind === 'text' || kind === 'map' || (kind === 'string' && OPEN.test(name)) ? [name] : [],
    ),
  );
}

/** An event about a member of staff has the staff number as its subject, and with it in the place of a case. */
const OF_STAFF: ReadonlySet<string> = new Set(['subject', 'caseId']);

const NONE: ReadonlySet<string> = new Set();

const isEmpty = (value: JsonValue): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Redacts values of one scope, always with the same salts. */
export class Redactor {
  readonly made: Redaction[] = [];

  constructor(private readonly secret: Uint8Array) {}

  /** The value as the redacted edition shows it in this file; what was taken out is noted in `made`. */
  redact(file: string, value: JsonValue, pointer = ''): JsonValue {
    if (Array.isArray(value))
      return value.map((one, index) =>
        typeof one === 'string' && NUMBERS.test(one)
          ? this.taken(file, `${pointer}/${index}`, one)
          : this.redact(file, one as JsonValue, `${pointer}/${index}`),
      );
    if (!isObject(value)) return value;
    const stream = streamIn(value);
    if (stream === null) return this.members(file, value, { pointer, hidden: NONE });
    const { data, ...envelope } = value;
    const ofData = { pointer: `${pointer}/data`, hidden: freeFields(value) };
    return {
      ...this.members(file, envelope, { pointer, hidden: stream === 'org' ? OF_STAFF : NONE }),
      data: this.members(file, data as JsonObject, ofData),
    };
  }

  /** The members of an object; `hidden` names those that are taken out whatever they hold. */
  private members(
    file: string,
    value: JsonObject,
    { pointer, hidden }: { readonly pointer: string; readonly hidden: ReadonlySet<string> },
  ): JsonObject {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const isTaken = isPersonal(value, key, member) || (hidden.has(key) && !isEmpty(member));
        return [key, isTaken ? this.taken(file, at, member) : this.redact(file, member, at)];
      }),
    );
  }

  private taken(file: string, pointer: string, value: JsonValue): JsonValue {
    const salt = createHmac('sha256', this.secret).update(`redaction\n${file}#${pointer}`).digest();
    const digest = createHash('sha256').update(salt).update(canonicalJson(value)).digest('hex');
    this.made.push({ file, pointer, salt: salt.toString('hex'), digest });
    return { [REDACTED]: digest };
  }
}
