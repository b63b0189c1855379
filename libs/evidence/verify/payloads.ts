import { fromHex } from '#core/audit/hex.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';
import type { BundleRecord, Leaf } from './records.js';
import type { BundleRequest } from './request.js';
import { hex, index, listOf, object, oneOf, orNull, type Shape, text, truth } from './shape.js';

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
  /** Hex SHA-256 of the bytes. */
  readonly digest: string;
  readonly salt: string | null;
  /** The event as the monitor read it: `data/events/<leafIndex>.json`. */
  readonly decoded: string | null;
  readonly movedTo: readonly { readonly caseId: string; readonly leafIndex: number }[];
  readonly use: 'case' | 'reference';
  readonly erased: boolean | null;
}

export const SOURCE_INDEX = 'data/source-events/index.json';

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
    salt: orNull(hex()),
    decoded: orNull(text),
    movedTo: (value, at) =>
      orNull(listOf(object({ caseId: text, leafIndex: index })))(value, at) ?? [],
    use: oneOf('case', 'reference'),
    erased: orNull(truth),
  }),
);

type Records = ReadonlyMap<number, BundleRecord>;

const ACCEPTED = 'event.accepted';
const ERASED = 'data.erased';
const EVENTS = 'data/events/';
const DISCLOSURES = 'data/disclosures/';

/**
 * Compares the bytes of every event, as received, with the digest in its leaf, and what is said of it with the leaf. Bytes may be
 * missing for erasure only where the log says that the case was erased.
 */
export function inspectSourceEvents(
  inspection: Inspection,
  records: Records,
  request: BundleRequest,
): readonly SourceEvent[] {
  const { report } = inspection;
  const events = inspection.json(SOURCE_INDEX, SOURCES);
  if (events === null) return [];
  const listed = new Set(events.map((event) => event.leafIndex));
  const files = new Set<string>([SOURCE_INDEX]);
  const erased = new Set<string | null>();
  for (const { leaf } of records.values()) if (leaf.action === ERASED) erased.add(leaf.entity);
  for (const event of events) {
    inspectSource(inspection, event, { records, request, erased });
    if (event.file !== null) files.add(event.file);
    if (event.decoded === `${EVENTS}${event.leafIndex}.json`) files.add(event.decoded);
  }
  for (const { index: leafIndex, leaf, path } of records.values())
    if (leaf.action === ACCEPTED && !listed.has(leafIndex))
      report.fail(BUNDLE_EXIT.fileMissing, 'source.unlisted', path);
  for (const path of [...inspection.below(EVENTS), ...inspection.below('data/source-events/')])
    if (!files.has(path)) report.fail(BUNDLE_EXIT.fileMissing, 'file.extra', path);
  report.tally.events = events.length;
  return events;
}

function inspectSource(
  inspection: Inspection,
  event: SourceEvent,
  {
    records,
    request,
    erased,
  }: {
    readonly records: Records;
    readonly request: BundleRequest;
    /** Entities that were erased, by the records of the bundle. */
    readonly erased: ReadonlySet<string | null>;
  },
): void {
  const { report } = inspection;
  const { file, leafIndex } = event;
  const record = records.get(leafIndex);
  const name = `${event.source}/${event.id}`;
  if (record?.leaf.action !== ACCEPTED || record.leaf.object !== `event:${name}`)
    report.fail(BUNDLE_EXIT.proof, 'source.no-record', file ?? SOURCE_INDEX, {
      event: name,
      record: leafIndex,
    });
  else {
    for (const what of differences(event, record.leaf, records))
      report.fail(BUNDLE_EXIT.proof, 'source.differs', record.path, { event: name, what });
    if (file !== null && event.erased !== true) {
      if (!hasDigests(inspection, event, file, record))
        report.fail(BUNDLE_EXIT.proof, 'source.digest', file, { event: name, record: leafIndex });
    } else if (file === null && event.erased === true && erased.has(record.leaf.entity ?? ''))
      report.note('source.erased', record.path, { event: name });
    else if (event.erased === true)
      report.fail(BUNDLE_EXIT.fileMissing, 'source.not-erased', record.path, { event: name });
    else if (request.edition === 'full')
      report.fail(BUNDLE_EXIT.fileMissing, 'source.withheld', record.path, { event: name });
  }
}

/** What the list says of an event otherwise than the leaf of its record, or of those that it was moved by. */
function differences(
  event: SourceEvent,
  { entity, fields, object }: Leaf,
  records: Records,
): string[] {
  const home = event.caseId === null ? null : `case:${event.caseId}`;
  const found: string[] = (['receivedAt', 'topic', 'partition', 'offset'] as const).filter(
    (what) => event[what] !== fields[what],
  );
  if (home !== entity) found.push('caseId');
  if ((event.use === 'reference') !== (entity === null)) found.push('use');
  const { decoded } = event;
  if (decoded !== null && decoded !== `${EVENTS}${event.leafIndex}.json`) found.push('decoded');
  for (const { caseId, leafIndex } of event.movedTo) {
    const moved = records.get(leafIndex)?.leaf;
    const fits = moved?.action === 'event.moved' && moved.entity === `case:${caseId}`;
    if (!fits || moved.object !== object) found.push('movedTo');
  }
  return found;
}

/** True where the bytes have the stated digest and, salted if so, the one in the leaf. A missing file is reported as such. */
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
  const salted = salt === null ? bytes : joined(fromHex(salt) ?? bytes, bytes);
  return machinery.sha256Hex(bytes) === digest && machinery.sha256Hex(salted) === leaf.inputsDigest;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** Digest of a larger text that the leaf names (the finding, the alert's detail); null where it names none. */
export function payloadDigest({ leaf }: BundleRecord): string | null {
  const digest = leaf.fields.bodyDigest ?? leaf.fields.detailDigest;
  return typeof digest === 'string' ? digest : null;
}

/**
 * Compares what findings and alerts say with the digests in their leaves. In a redacted edition a text with values
 * taken out cannot have the digest of the whole one: it is named as redacted, and `--match` compares it with the full edition.
 */
export function inspectDisclosures(
  inspection: Inspection,
  records: Records,
  request: BundleRequest,
): void {
  const { report, machinery, files } = inspection;
  const expected = new Map<string, BundleRecord>();
  for (const record of records.values()) {
    if (payloadDigest(record) === null) continue;
    const path = `${DISCLOSURES}${record.index}.json`;
    expected.set(path, record);
    if (!files.has(path)) report.fail(BUNDLE_EXIT.fileMissing, 'file.missing', path);
  }
  let redacted = 0;
  for (const path of inspection.below(DISCLOSURES)) {
    const record = expected.get(path);
    const bytes = files.get(path);
    if (record === undefined || bytes === undefined)
      report.fail(BUNDLE_EXIT.fileMissing, 'file.extra', path);
    else if (machinery.sha256Hex(bytes) === payloadDigest(record)) continue;
    else if (request.edition === 'redacted' && inspection.text(path)?.includes('"~redacted"'))
      redacted += 1;
    else report.fail(BUNDLE_EXIT.proof, 'payload.digest', path, { record: record.index });
  }
  if (redacted > 0) report.note('payload.redacted', null, { count: redacted });
}
