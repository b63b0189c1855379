// What the form of a bundle fixes, for whoever makes one and whoever verifies it. The verifier stands alone, so it lies here.

/** Names the form, in data/request.json and as the first line that the exporter signs. */
export const BUNDLE_FORMAT = 'mingcha.evidence-bundle/1';

/** `bagit.txt` (RFC 8493 section 2.1.1). */
export const BAG_DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

export const SIGNATURES = 'signatures/';
/** The exporter's signature. */
export const MANIFEST_SIGNATURE = `${SIGNATURES}manifest.ed25519`;

/** Name of the one member that stands in place of a hidden value: hex SHA-256 of salt and canonical value. */
export const REDACTED = '~redacted';

/** What differs between two requests of one scope and state; everything else is the same to the byte. */
export const OF_THE_REQUEST: ReadonlySet<string> = new Set([
  'data/request.json',
  'data/custody.json',
  'data/extraction-record.html',
  'data/inventory.html',
  'data/report.html',
  'data/report.pdf',
  'data/ro-crate-metadata.json',
]);

/**
 * The lines whose SHA-256 is the Content-Digest: those of the manifest, sorted by path, without what is of the request
 * alone. Equal for equal scope and state of the trail.
 */
export function contentLines(files: Iterable<readonly [path: string, sha256: string]>): string {
  return [...files]
    .filter(([path]) => !OF_THE_REQUEST.has(path))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, sha256]) => `${sha256}  ${path}\n`)
    .join('');
}
