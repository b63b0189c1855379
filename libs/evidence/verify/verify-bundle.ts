import { inspectBag } from './bag.js';
import { inspectCoverage } from './coverage.js';
import { inspectCustody } from './custody.js';
import { inspectDisclosures } from './disclosures.js';
import { inspectEntities } from './entities.js';
import { Inspection, type Machinery } from './inspection.js';
import { inspectLog } from './log.js';
import { BUNDLE_EXIT, Report, type Verification } from './outcome.js';
import { PolicyError, parsePolicy, type TrustedKeys } from './policy.js';
import { inspectRecords } from './records.js';
import { reevaluate } from './reevaluate/reevaluate.js';
import { type BundleRequest, REQUEST_FILE, readRequest } from './request.js';
import { inspectNumber, inspectSignature } from './signature.js';
import { inspectSourceEvents } from './source-events.js';

/** The bundle's own copy of the keys: what is checked with it may all have been made by whoever made the bundle. */
export const OWN_KEYS = 'data/verify/policy.txt';

/** What is known of the bundle before it is looked into. */
export interface OpenedBundle {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What was found while it was opened. */
  readonly report: Report;
}

/**
 * Checks a bundle from the outside in: files, signature, checkpoint and witnesses, records and proofs, chains, payloads,
 * evaluation. Never throws for what stands in the bundle. `keys` null: the bundle's own copy is used, and the verification
 * ends with `checkpoint` even where all fits, since nothing then shows who made it.
 */
export function verifyBundle(
  { files, report }: OpenedBundle,
  keys: TrustedKeys | null,
  machinery: Machinery,
): Verification {
  const inspection = new Inspection(files, machinery, report);
  if (!files.has('bagit.txt') && !files.has(REQUEST_FILE)) {
    report.fail(BUNDLE_EXIT.unreadable, 'bundle.none', null);
    return report.result();
  }
  const trusted = keys ?? ownKeys(files);
  const signed = trusted === null ? null : inspectSignature(inspection, trusted);
  inspectBag(inspection);
  const request = readRequest(inspection);
  if (signed !== null && request !== null) inspectNumber(inspection, signed, request);
  if (trusted !== null && request !== null) inspectContent(inspection, request, trusted);
  if (keys === null)
    report.fail(BUNDLE_EXIT.checkpoint, trusted === null ? 'keys.malformed' : 'keys.own', null);
  return report.result();
}

/** Null where the bundle has no keys of its own that can be read. */
function ownKeys(files: ReadonlyMap<string, Uint8Array>): TrustedKeys | null {
  try {
    return parsePolicy(new TextDecoder().decode(files.get(OWN_KEYS)));
  } catch (error) {
    if (error instanceof PolicyError) return null;
    throw error;
  }
}

function inspectContent(inspection: Inspection, request: BundleRequest, keys: TrustedKeys): void {
  const pinned = inspectLog(inspection, keys, request);
  const records = inspectRecords(inspection, pinned);
  if (pinned !== null) inspectCustody(inspection, request, pinned);
  const entities = inspectEntities(inspection, records, request);
  inspectCoverage(inspection, request, { records, ...entities });
  const sources = inspectSourceEvents(inspection, records, request);
  inspectDisclosures(inspection, records, request);
  if (request.edition === 'full') reevaluate(inspection, records, sources);
  else inspection.report.note('reevaluation.redacted', null);
}
