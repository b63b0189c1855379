import { fromHex } from '#core/audit/hex.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';
import type { BundleRecord } from './records.js';
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
const DISCLOSURES = 'data/disclosures/';

/** Compares the bytes of every event, as received, with the digest in its leaf. */
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
  for (const event of events) {
    inspectSource(inspection, event, { records, request });
    if (event.file !== null) files.add(event.file);
  }
  for (const path of inspection.below('data/source-events/'))
    if (!files.has(path)) report.fail(BUNDLE_EXIT.fileMissing, 'file.extra', path);
  for (const { index: leafIndex, leaf, path } of records.values())
    if (leaf.action === ACCEPTED && !listed.has(leafIndex))
      report.fail(BUNDLE_EXIT.fileMissing, 'source.unlisted', path);
  report.tally.events = events.length;
  return events;
}

function inspectSource(
  inspection: Inspection,
  event: SourceEvent,
  { records, request }: { readonly records: Records; readonly request: BundleRequest },
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
  else if (file !== null) {
    if (!hasDigests(inspection, event, file, record))
      report.fail(BUNDLE_EXIT.proof, 'source.digest', file, { event: name, record: leafIndex });
  } else if (event.erased === true) report.note('source.erased', record.path, { event: name });
  else if (request.edition === 'full')
    report.fail(BUNDLE_EXIT.fileMissing, 'source.withheld', record.path, { event: name });
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
