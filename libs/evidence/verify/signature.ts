import { NoteError } from '#core/audit/note/note-error.js';
import { formatNote, parseNote, verifyNote } from '#core/audit/note/signed-note.js';
import { TAG_MANIFEST } from './bag.js';
import { BUNDLE_FORMAT, MANIFEST_SIGNATURE, SIGNATURES } from './format.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';
import type { TrustedKeys } from './policy.js';
import type { BundleRequest } from './request.js';

/** What the exporter signed, in words that the rest of the bundle is compared with. */
export interface SignedStatement {
  readonly number: string;
  readonly edition: string;
}

/**
 * The exporter's signature: a note over the digest of the tag manifest, the bundle's number and edition, and the digests
 * of what else lies in signatures/, so that no file of the bundle is left that nothing covers. Looked at first: a tag manifest that is
 * not the signed one is itself what was changed, and accuses nothing else. Null, and reported, where it is not valid.
 */
export function inspectSignature(
  inspection: Inspection,
  keys: TrustedKeys,
): SignedStatement | null {
  const { report } = inspection;
  const written = inspection.text(MANIFEST_SIGNATURE);
  if (written === null) return null;
  const signed = signedLines(inspection, written, keys);
  if (typeof signed === 'string') {
    report.fail(BUNDLE_EXIT.manifest, signed, MANIFEST_SIGNATURE);
    return null;
  }
  const [number = '', edition = '', digest, ...others] = signed;
  const tags = inspection.files.get(TAG_MANIFEST);
  if (tags !== undefined && inspection.machinery.sha256Hex(tags) !== digest) {
    report.fail(BUNDLE_EXIT.manifest, 'signature.digest', TAG_MANIFEST);
    report.markDamaged(TAG_MANIFEST);
  }
  inspectOthers(inspection, others);
  return { number, edition };
}

/** The signature must be of this export and no other. */
export function inspectNumber(
  { report }: Inspection,
  { number, edition }: SignedStatement,
  request: BundleRequest,
): void {
  if (request.number !== number || request.edition !== edition)
    report.fail(BUNDLE_EXIT.manifest, 'signature.number', MANIFEST_SIGNATURE, { number, edition });
}

/** The signed lines after the first, or what is wrong. There is one way of writing them: a byte that others would pass over counts. */
function signedLines(
  { machinery }: Inspection,
  written: string,
  keys: TrustedKeys,
): string[] | 'signature.malformed' | 'signature.invalid' {
  try {
    const note = parseNote(written);
    if (formatNote(note) !== written || note.signatures.length !== 1) return 'signature.malformed';
    verifyNote(note, keys.exportKeys, machinery.verifyEd25519);
    const [format, ...lines] = note.text.split('\n').slice(0, -1);
    return format === BUNDLE_FORMAT ? lines : 'signature.malformed';
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return error.reason === 'form' ? 'signature.malformed' : 'signature.invalid';
  }
}

/** Other signatures and timestamps: each stands in the note with its digest. What they attest is not judged, and that is said. */
function inspectOthers({ files, report, machinery }: Inspection, lines: readonly string[]): void {
  const covered = new Map(
    lines.map((line) => {
      const space = line.indexOf(' ');
      return [line.slice(0, space), line.slice(space + 1)] as const;
    }),
  );
  for (const [path, digest] of covered) {
    const bytes = files.get(path);
    if (bytes === undefined) report.fail(BUNDLE_EXIT.fileMissing, 'file.missing', path);
    else if (machinery.sha256Hex(bytes) !== digest)
      report.fail(BUNDLE_EXIT.fileChanged, 'file.changed', path);
    // Timestamps (RFC 3161) and signatures by SM2 need the certificates of others, and tools that read them.
    else report.note('signature.unchecked', path);
  }
  for (const path of files.keys())
    if (path.startsWith(SIGNATURES) && path !== MANIFEST_SIGNATURE && !covered.has(path))
      report.fail(BUNDLE_EXIT.fileMissing, 'file.extra', path);
}
