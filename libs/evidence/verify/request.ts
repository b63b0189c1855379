import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { BUNDLE_FORMAT } from './format.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';
import { anyObject, index, listOf, object, oneOf, type Shape, text } from './shape.js';

/** What a verifier reads of `data/request.json`; the rest is for people. */
export interface BundleRequest {
  readonly format: string;
  readonly requestNo: string;
  readonly number: string;
  readonly edition: 'full' | 'redacted';
  /** Log that the records stand in. */
  readonly origin: string;
  /** Size of the pinned checkpoint. */
  readonly treeSize: number;
  /** Tree size that the committed index speaks of. */
  readonly indexSize: number;
  readonly checkpoint: string;
  readonly scope: Readonly<Record<string, unknown>> & { readonly kind: ScopeKind };
  readonly cases: readonly string[];
  readonly alerts: readonly string[];
  /** Every member as written: what the records of the request say too is compared with them. */
  readonly stated: Readonly<Record<string, unknown>>;
}

/** What a bundle can be asked for by. */
type ScopeKind = 'case' | 'alert' | 'officer' | 'query';

const KIND = object<{ readonly kind: ScopeKind }>({
  kind: oneOf('case', 'alert', 'officer', 'query'),
});

export const REQUEST_FILE = 'data/request.json';

const MEMBERS = object<Omit<BundleRequest, 'stated'>>({
  format: oneOf(BUNDLE_FORMAT),
  number: text,
  requestNo: text,
  edition: oneOf('full', 'redacted'),
  origin: text,
  treeSize: index,
  indexSize: index,
  checkpoint: text,
  scope: (value, at) => ({ ...anyObject(value, at), ...KIND(value, at) }),
  cases: listOf(text),
  alerts: listOf(text),
});

export const REQUEST: Shape<BundleRequest> = (value, at) => ({
  ...MEMBERS(value, at),
  stated: anyObject(value, at),
});

/**
 * The request; null, and reported, where it is missing or not of its form. There is one way of writing it (RFC 8785, one
 * line): two verifiers must not read two requests out of one file.
 */
export function readRequest(inspection: Inspection): BundleRequest | null {
  const written = inspection.text(REQUEST_FILE);
  if (written === null) return null;
  const request = inspection.parse(REQUEST_FILE, written, REQUEST, BUNDLE_EXIT.manifest);
  if (request !== null && `${canonicalJson(JSON.parse(written) as JsonValue)}\n` !== written)
    inspection.report.fail(BUNDLE_EXIT.manifest, 'request.form', REQUEST_FILE);
  return request;
}
