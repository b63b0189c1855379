import { fromHex } from '#core/audit/hex.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';
import type { BundleRecord, Leaf } from './records.js';
import type { BundleRequest } from './request.js';
import { hex, index, listOf, object, oneOf, orNull, type Shape, text, truth } from './shape.js';

/** A case that a correction moved an event to. */
interface MovedPlace {
  readonly caseId: string;
  /** Of the `event.moved` record. */
  readonly leafIndex: number;
  /** With it the record names the digest of the bytes; null: it names it plainly, or the salt is withheld. */
  readonly salt: string | null;
}

/** One accepted event, as `data/source-events/index.json` lists it. */
export interface SourceEvent {
  /** Bytes as received; null where they are withheld (redacted edition) or erased. */
  readonly file: string | null;
  readonly source: string;
  readonly id: string;
  readonly caseId: string | null;
  readonly leafIndex: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly receivedAt: string;
  /** Hex SHA-256 of the bytes; where they are not given, the same as `recordDigest`. */
  readonly digest: string;
  /** What the record names of the bytes. */
  readonly recordDigest: string;
  readonly salt: string | null;
  /** The event as the monitor read it: `data/events/<leafIndex>.json`; null where it was erased. */
  readonly decoded: string | null;
  readonly movedTo: readonly MovedPlace[];
  readonly use: 'case' | 'reference';
  readonly erased: boolean | null;
}

export const SOURCE_INDEX = 'data/source-events/index.json';

/** Of one length, or bytes could pass from the one to the other. */
const SALT_BYTES = 16;

const SOURCES: Shape<SourceEvent[]> = listOf(
  object<SourceEvent>({
    file: orNull(text),
    source: text,
    id: text,
    caseId: orNull(text),
    leafIndex: index,
    topic: text,
    partition: index,
    offset: text,
    receivedAt: text,
    digest: hex(32),
    recordDigest: hex(32),
    salt: orNull(hex(SALT_BYTES)),
    decoded: orNull(text),
    movedTo: (value, at) =>
      orNull(
        listOf(
          object<MovedPlace>({ caseId: text, leafIndex: index, salt: orNull(hex(SALT_BYTES)) }),
        ),
      )(value, at) ?? [],
    use: oneOf('case', 'reference'),
    erased: orNull(truth),
  }),
);

type Records = ReadonlyMap<number, BundleRecord>;

const ACCEPTED = 'event.accepted';
/** Schema of records that name salted bytes; the one before it names them plainly. */
const SALTED = 'mingcha.event-accepted/2';
const MOVED = 'event.moved';
const ERASED = 'data.erased';
const FOLDER = 'data/source-events/';
const EVENTS = 'data/events/';

/** What the list of events is compared with. */
interface Given {
  readonly records: Records;
  readonly edition: BundleRequest['edition'];
  /** Entities that were erased, by the records of the bundle. */
  readonly erased: ReadonlySet<string | null>;
}

/**
 * Compares the bytes of every event, as received, with the digest in its leaf, and what is said of it with the leaf. Bytes
 * may be missing for erasure only where a record says that their case was erased; what comes for it later is never kept.
 */
export function inspectSourceEvents(
  inspection: Inspection,
  records: Records,
  { edition }: BundleRequest,
): readonly SourceEvent[] {
  const { report } = inspection;
  const events = inspection.json(SOURCE_INDEX, SOURCES);
  if (events === null) return [];
  const given = { records, edition, erased: erasedIn(records) };
  const files = new Set<string>([SOURCE_INDEX]);
  for (const event of events) {
    inspectSource(inspection, event, given);
    if (event.file !== null) files.add(event.file);
    if (event.decoded === decodedPath(event)) files.add(event.decoded);
  }
  nothingLeftOut(inspection, events, given);
  for (const path of [...inspection.below(EVENTS), ...inspection.below(FOLDER)])
    if (!files.has(path)) report.fail(BUNDLE_EXIT.fileMissing, 'file.extra', path);
  report.tally.events = events.length;
  return events;
}

function erasedIn(records: Records): ReadonlySet<string | null> {
  const erased = new Set<string | null>();
  for (const { leaf } of records.values()) if (leaf.action === ERASED) erased.add(leaf.entity);
  return erased;
}

const decodedPath = ({ leafIndex }: SourceEvent): string => `${EVENTS}${leafIndex}.json`;

/** Each record that an event came in, or was moved to a case, has the event in the list. */
function nothingLeftOut(
  { report }: Inspection,
  events: readonly SourceEvent[],
  { records, erased }: Given,
): void {
  const listed = new Set(
    events.flatMap(({ leafIndex, movedTo }) => [
      leafIndex,
      ...movedTo.map((place) => place.leafIndex),
    ]),
  );
  for (const { index: leafIndex, leaf, path } of records.values()) {
    // What was moved into a case that was erased cannot be read there any more.
    const isMeant = leaf.action === ACCEPTED || (leaf.action === MOVED && !erased.has(leaf.entity));
    if (isMeant && !listed.has(leafIndex))
      report.fail(BUNDLE_EXIT.fileMissing, 'source.unlisted', path);
  }
}

function inspectSource(inspection: Inspection, event: SourceEvent, given: Given): void {
  const { report } = inspection;
  const { file, leafIndex } = event;
  const record = given.records.get(leafIndex);
  const name = `${event.source}/${event.id}`;
  if (record?.leaf.action !== ACCEPTED || record.leaf.object !== `event:${name}`) {
    report.fail(BUNDLE_EXIT.proof, 'source.no-record', file ?? SOURCE_INDEX, {
      event: name,
      record: leafIndex,
    });
    return;
  }
  for (const what of differences(inspection, event, record.leaf, given.records))
    report.fail(BUNDLE_EXIT.proof, 'source.differs', record.path, { event: name, what });
  inspectDecoded(inspection, event, record.leaf);
  if (event.erased === true) {
    const { entity } = record.leaf;
    if (file === null && entity !== null && given.erased.has(entity))
      report.note('source.erased', record.path, { event: name });
    else report.fail(BUNDLE_EXIT.fileMissing, 'source.not-erased', record.path, { event: name });
  } else if (file !== null) {
    if (!hasDigests(inspection, event, file, record))
      report.fail(BUNDLE_EXIT.proof, 'source.digest', file, { event: name, record: leafIndex });
  } else if (given.edition === 'full')
    report.fail(BUNDLE_EXIT.fileMissing, 'source.withheld', record.path, { event: name });
}

/** What the list says of an event otherwise than the leaf of its record, or of those that it was moved by. */
function differences(
  { machinery }: Inspection,
  event: SourceEvent,
  { entity, fields, object, inputsDigest }: Leaf,
  records: Records,
): string[] {
  const home = event.caseId === null ? null : `case:${event.caseId}`;
  const found: string[] = (['receivedAt', 'topic', 'partition', 'offset'] as const).filter(
    (what) => event[what] !== fields[what],
  );
  if (home !== entity) found.push('caseId');
  if ((event.use === 'reference') !== (entity === null)) found.push('use');
  if (event.recordDigest !== inputsDigest) found.push('recordDigest');
  // Of bytes that are not given nothing else is known.
  if (event.file === null && event.digest !== inputsDigest) found.push('digest');
  const { decoded } = event;
  const isGone = event.file === null && event.erased === true;
  if (decoded !== null && (decoded !== decodedPath(event) || isGone)) found.push('decoded');
  for (const { caseId, leafIndex, salt } of event.movedTo) {
    const moved = records.get(leafIndex)?.leaf;
    const fits = moved?.action === MOVED && moved.entity === `case:${caseId}`;
    const digest = fromHex(event.digest) as Uint8Array;
    const named = salt === null ? event.digest : machinery.sha256Hex(salted(salt, digest));
    const isVersion = event.file === null || moved?.inputsDigest === named;
    if (!fits || moved.object !== object || !isVersion) found.push('movedTo');
  }
  return found;
}

/** What every edition shows of an event as it was read, and its record names too. */
const DECODED = object({
  source: text,
  id: text,
  type: text,
  caseId: text,
  dataVersion: index,
  receivedAt: index,
});

function inspectDecoded(inspection: Inspection, event: SourceEvent, { fields }: Leaf): void {
  const { decoded, source, id, caseId, receivedAt } = event;
  // Where the list names another file, that was said.
  if (decoded === null || decoded !== decodedPath(event)) return;
  const read = inspection.json(decoded, DECODED);
  if (read === null) return;
  const said = {
    ...{ source, id, caseId: caseId ?? read.caseId, receivedAt: Date.parse(receivedAt) },
    ...{ type: fields.type, dataVersion: fields.dataVersion },
  };
  for (const what of ['source', 'id', 'type', 'caseId', 'dataVersion', 'receivedAt'] as const)
    if (read[what] !== said[what])
      inspection.report.fail(BUNDLE_EXIT.proof, 'event.other', decoded, {
        what,
        record: event.leafIndex,
      });
}

/**
 * True where the bytes have the stated digest and, salted if the record says so, the one in the leaf. A missing file is
 * reported as such.
 */
function hasDigests(
  { report, files, machinery }: Inspection,
  { digest, salt }: SourceEvent,
  file: string,
  { leaf }: BundleRecord,
): boolean {
  const bytes = files.get(file);
  if (bytes === undefined) {
    report.fail(BUNDLE_EXIT.fileMissing, 'file.missing', file);
    return true;
  }
  if ((salt !== null) !== (leaf.schema === SALTED)) return false;
  const named = salt === null ? bytes : salted(salt, bytes);
  return machinery.sha256Hex(bytes) === digest && machinery.sha256Hex(named) === leaf.inputsDigest;
}

function salted(salt: string, value: Uint8Array): Uint8Array {
  const first = fromHex(salt) as Uint8Array;
  const bytes = new Uint8Array(first.length + value.length);
  bytes.set(first);
  bytes.set(value, first.length);
  return bytes;
}
