import { BAG_DECLARATION, contentLines, SIGNATURES } from './format.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';

export const TAG_MANIFEST = 'tagmanifest-sha256.txt';
const PAYLOAD = 'data/';
const MANIFESTS = ['manifest-sha256.txt', 'manifest-sm3.txt'] as const;
const TAGGED: ReadonlySet<string> = new Set(['bag-info.txt', 'bagit.txt', ...MANIFESTS]);
const DIGEST_DIGITS = 64;
const HEX = /^[0-9a-f]{64}$/;
const SPACE = /\s/;

type Digest = (bytes: Uint8Array) => string;

/**
 * The bag (RFC 8493): every file stands in the manifests with its digests and every file of the manifests is there. What
 * was changed, is missing or is one too many is named. The tag manifest covers the manifests; its own digest is signed.
 */
export function inspectBag(inspection: Inspection): void {
  const { files, report, machinery } = inspection;
  report.tally.files = files.size;
  const tags = report.isDamaged(TAG_MANIFEST) ? null : readManifest(inspection, TAG_MANIFEST);
  if (tags !== null) {
    compare(inspection, tags, machinery.sha256Hex);
    for (const path of TAGGED)
      if (!tags.has(path))
        report.fail(BUNDLE_EXIT.manifest, 'manifest.unlisted', path, { manifest: TAG_MANIFEST });
    for (const path of tags.keys())
      if (!TAGGED.has(path)) report.fail(BUNDLE_EXIT.fileMissing, 'file.extra', path);
  }
  if (inspection.text('bagit.txt') !== BAG_DECLARATION)
    report.fail(BUNDLE_EXIT.manifest, 'bag.declaration', 'bagit.txt');
  // A manifest that was changed itself would accuse the files that it names.
  const [sha256, sm3] = MANIFESTS.map((name) =>
    report.isDamaged(name) ? null : readManifest(inspection, name),
  );
  if (sha256) compare(inspection, sha256, machinery.sha256Hex);
  if (sm3) {
    if (machinery.sm3Hex === null) report.note('manifest.no-sm3', MANIFESTS[1]);
    else compare(inspection, sm3, machinery.sm3Hex);
  }
  if (sha256 && sm3) sameFiles(inspection, sha256, sm3);
  if (sha256) inspectInfo(inspection, sha256);
  nothingElse(inspection, sha256 ?? null);
}

/** Digest by path; null, and reported, where the manifest is no manifest. */
function readManifest(inspection: Inspection, name: string): ReadonlyMap<string, string> | null {
  const { report } = inspection;
  const written = inspection.text(name);
  if (written === null) return null;
  const lines = written.split('\n');
  if (lines.pop() !== '' || lines.length === 0) {
    report.fail(BUNDLE_EXIT.manifest, 'manifest.malformed', name, { line: lines.length + 1 });
    return null;
  }
  const digests = new Map<string, string>();
  let last = '';
  for (const [at, line] of lines.entries()) {
    const digest = line.slice(0, DIGEST_DIGITS);
    const path = line.slice(DIGEST_DIGITS + 2);
    const isLine = line.startsWith('  ', DIGEST_DIGITS) && HEX.test(digest) && !SPACE.test(path);
    if (!isLine || path <= last) {
      report.fail(BUNDLE_EXIT.manifest, 'manifest.malformed', name, { line: at + 1 });
      return null;
    }
    last = path;
    digests.set(path, digest);
  }
  return digests;
}

function compare(
  { files, report }: Inspection,
  digests: ReadonlyMap<string, string>,
  digestOf: Digest,
): void {
  for (const [path, digest] of digests) {
    if (report.isDamaged(path)) continue;
    const bytes = files.get(path);
    if (bytes === undefined) report.fail(BUNDLE_EXIT.fileMissing, 'file.missing', path);
    else if (digestOf(bytes) !== digest) report.fail(BUNDLE_EXIT.fileChanged, 'file.changed', path);
    else continue;
    report.markDamaged(path);
  }
}

function sameFiles(
  { report }: Inspection,
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): void {
  for (const path of one.keys())
    if (!other.has(path))
      report.fail(BUNDLE_EXIT.manifest, 'manifest.unlisted', path, { manifest: MANIFESTS[1] });
  for (const path of other.keys())
    if (!one.has(path))
      report.fail(BUNDLE_EXIT.manifest, 'manifest.unlisted', path, { manifest: MANIFESTS[0] });
}

/** `Payload-Oxum` (RFC 8493 section 2.2.2) and `Content-Digest`, where they are given. */
function inspectInfo(inspection: Inspection, listed: ReadonlyMap<string, string>): void {
  const { report, files, machinery } = inspection;
  const info = inspection.text('bag-info.txt') ?? '';
  const size = /^Payload-Oxum: (\d+)\.(\d+)$/m.exec(info);
  let bytes = 0;
  for (const path of listed.keys()) bytes += files.get(path)?.length ?? 0;
  if (size !== null && (Number(size[1]) !== bytes || Number(size[2]) !== listed.size))
    report.fail(BUNDLE_EXIT.manifest, 'bag.size', 'bag-info.txt', { bytes, files: listed.size });
  const content = /^Content-Digest: sha256:([0-9a-f]{64})$/m.exec(info);
  if (content !== null && machinery.sha256Hex(contentLines(listed)) !== content[1])
    report.fail(BUNDLE_EXIT.manifest, 'bag.content', 'bag-info.txt');
}

/** Files that no manifest and no signature speaks for. */
function nothingElse(
  { files, report }: Inspection,
  listed: ReadonlyMap<string, string> | null,
): void {
  for (const path of files.keys()) {
    const known = path.startsWith(PAYLOAD)
      ? listed === null || listed.has(path)
      : path === TAG_MANIFEST || TAGGED.has(path) || path.startsWith(SIGNATURES);
    if (known) continue;
    report.fail(BUNDLE_EXIT.fileMissing, 'file.extra', path);
    report.markDamaged(path);
  }
}
