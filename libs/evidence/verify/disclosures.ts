import { REDACTED } from './format.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';
import type { BundleRecord } from './records.js';
import type { BundleRequest } from './request.js';

type Records = ReadonlyMap<number, BundleRecord>;

const DISCLOSURES = 'data/disclosures/';

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
    else if (request.edition === 'redacted' && inspection.text(path)?.includes(`"${REDACTED}"`))
      redacted += 1;
    else report.fail(BUNDLE_EXIT.proof, 'payload.digest', path, { record: record.index });
  }
  if (redacted > 0) report.note('payload.redacted', null, { count: redacted });
}
