import { type Checkpoint, judgeCheckpoint, parseHash } from '#core/audit/note/checkpoint.js';
import { verifyConsistency } from '#core/audit/tree/proof.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';
import type { TrustedKeys } from './policy.js';
import type { BundleRequest } from './request.js';

/** The checkpoint that every proof of the bundle leads to. */
export interface PinnedCheckpoint {
  readonly path: string;
  /** The signed note, as it stands at the end of every proof. */
  readonly note: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** False where its signatures were refused: proofs are still followed, to say what fits and what does not. */
  readonly isTrusted: boolean;
}

const FOLDER = 'data/checkpoints/';

/**
 * Judges every checkpoint of the bundle by the trusted keys (signature of the log, quorum of witnesses) and shows that
 * the others are earlier states of the same log. Null where the pinned one cannot be read.
 */
export function inspectLog(
  inspection: Inspection,
  keys: TrustedKeys,
  request: BundleRequest,
): PinnedCheckpoint | null {
  const { report } = inspection;
  const pinned = judge(inspection, request.checkpoint, keys);
  // One that was changed would accuse every record.
  if (pinned === null || report.isDamaged(request.checkpoint)) return null;
  if (pinned.checkpoint.size !== request.treeSize)
    report.fail(BUNDLE_EXIT.checkpoint, 'checkpoint.size', request.checkpoint, {
      size: pinned.checkpoint.size,
      stated: request.treeSize,
    });
  for (const path of inspection.below(FOLDER)) {
    if (path === request.checkpoint) continue;
    const earlier = judge(inspection, path, keys);
    if (earlier === null) continue;
    const file = consistencyPath(earlier.checkpoint, pinned.checkpoint);
    const reason = followFault(inspection, { path, file }, earlier.checkpoint, pinned.checkpoint);
    if (reason !== null)
      report.fail(BUNDLE_EXIT.consistency, 'consistency.fails', file, { checkpoint: path, reason });
  }
  nothingUnused(inspection, pinned.checkpoint);
  const { size, root } = pinned.checkpoint;
  return {
    path: request.checkpoint,
    note: pinned.note,
    size,
    root,
    isTrusted: pinned.isTrusted,
  };
}

interface Judged {
  readonly note: string;
  readonly checkpoint: Checkpoint;
  readonly isTrusted: boolean;
}

function judge(inspection: Inspection, path: string, keys: TrustedKeys): Judged | null {
  const { report, machinery } = inspection;
  const note = inspection.text(path);
  if (note === null) return null;
  const outcome = judgeCheckpoint(note, keys, machinery.verifyEd25519);
  if (outcome.ok) return { note, checkpoint: outcome.checkpoint, isTrusted: true };
  report.fail(BUNDLE_EXIT.checkpoint, 'checkpoint.refused', path, { reason: outcome.reason });
  // What it says is still read, so that the records can be followed to it.
  const [, size = '', root = ''] = note.split('\n');
  const hash = parseHash(root);
  if (hash === null || !/^\d{1,15}$/.test(size)) return null;
  const checkpoint = { origin: keys.origin, size: Number(size), root: hash, extensions: [] };
  return { note, checkpoint, isTrusted: false };
}

function consistencyPath(earlier: Checkpoint, pinned: Checkpoint): string {
  return `data/consistency/${earlier.size}-${pinned.size}.txt`;
}

/** Why it is not shown that the earlier state is the beginning of the pinned one; null where it is, or the file is missing. */
function followFault(
  inspection: Inspection,
  { path, file }: { readonly path: string; readonly file: string },
  earlier: Checkpoint,
  pinned: Checkpoint,
): string | null {
  if (path !== `${FOLDER}${earlier.size}.txt`) return 'name';
  if (earlier.size > pinned.size) return 'size';
  const written = inspection.text(file);
  if (written === null) return null;
  const lines = written === '' ? [] : written.split('\n').slice(0, -1);
  const proof = lines.map(parseHash);
  if (proof.includes(null) || (written !== '' && !written.endsWith('\n'))) return 'form';
  const outcome = verifyConsistency(
    {
      size1: earlier.size,
      size2: pinned.size,
      root1: earlier.root,
      root2: pinned.root,
      proof: proof as Uint8Array[],
    },
    inspection.machinery.sha256,
  );
  return outcome.ok ? null : outcome.reason;
}

/** A consistency proof without its checkpoint proves nothing. */
function nothingUnused(inspection: Inspection, pinned: Checkpoint): void {
  for (const file of inspection.below('data/consistency/')) {
    const [, size] = /^data\/consistency\/(\d+)-\d+\.txt$/.exec(file) ?? [];
    const isUsed =
      size !== undefined &&
      file === `data/consistency/${size}-${pinned.size}.txt` &&
      inspection.files.has(`${FOLDER}${size}.txt`);
    if (!isUsed)
      inspection.report.fail(BUNDLE_EXIT.consistency, 'consistency.fails', file, {
        checkpoint: `${FOLDER}${size ?? ''}.txt`,
        reason: 'name',
      });
  }
}
