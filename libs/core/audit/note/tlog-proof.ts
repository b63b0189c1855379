import type { Sha256 } from '../leaf-hash.js';
import { type ProofFault, verifyInclusion } from '../tree/proof.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import {
  type Checkpoint,
  type CheckpointPolicy,
  type CheckpointRefusal,
  judgeCheckpoint,
  parseCount,
} from './checkpoint.js';
import { NoteError } from './note-error.js';
import type { VerifiedSignature, VerifyEd25519 } from './signed-note.js';
import { formatHashes, parseHashes, splitHead } from './witness-request.js';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
const MAX_EXTRA_LENGTH = 65_536;

/** C2SP tlog-proof: all that is needed, with trusted keys, to show that a leaf stands in a log. */
export interface TlogProof {
  /** Free bytes beside the proof that nothing vouches for; null without. */
  readonly extra?: Uint8Array | null;
  readonly index: number;
  /** From the leaf's sibling up. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint, as text. */
  readonly checkpoint: string;
}

/** Text of a proof file. */
export function formatProof({ extra, index, proof, checkpoint }: TlogProof): string {
  const extraLine = extra == null ? '' : `extra ${encodeBase64(extra)}\n`;
  return `${FIRST_LINE}\n${extraLine}index ${index}\n${formatHashes(proof)}\n${checkpoint}`;
}

/** Reads a proof file; the checkpoint itself is not looked into. Throws NoteError (`form`, `length`). */
export function parseProof(text: string): TlogProof & { readonly extra: Uint8Array | null } {
  const { lines, note } = splitHead(text, 'Proof file');
  if (lines.shift() !== FIRST_LINE)
    throw new NoteError('form', `Proof file: its first line is not "${FIRST_LINE}".`);
  let extra: Uint8Array | null = null;
  if (lines[0]?.startsWith('extra ')) {
    const encoded = (lines.shift() as string).slice('extra '.length);
    extra = encoded.length <= MAX_EXTRA_LENGTH ? decodeBase64(encoded) : null;
    if (extra === null)
      throw new NoteError('form', 'Proof file: what follows "extra" is no base64 of up to 48 KiB.');
  }
  const second = lines.shift() ?? '';
  const index = second.startsWith('index ') ? parseCount(second.slice('index '.length)) : null;
  if (index === null) throw new NoteError('form', 'Proof file: the line "index <n>" is missing.');
  return { extra, index, proof: parseHashes(lines, 'Proof file'), checkpoint: note };
}

export type TlogProofOutcome =
  | {
      readonly ok: true;
      readonly index: number;
      readonly checkpoint: Checkpoint;
      readonly cosigners: readonly VerifiedSignature[];
    }
  | {
      readonly ok: false;
      readonly reason: CheckpointRefusal | ProofFault;
      readonly message: string;
    };

/** Shows by a proof file alone that the leaf stands in the log whose policy this is. Never throws for what stands in the file. */
export function judgeProof(
  { text, leafHash }: { readonly text: string; readonly leafHash: Uint8Array },
  policy: CheckpointPolicy,
  verify: VerifyEd25519,
  sha256?: Sha256,
): TlogProofOutcome {
  try {
    const { index, proof, checkpoint: note } = parseProof(text);
    const judged = judgeCheckpoint(note, policy, verify);
    if (!judged.ok) return judged;
    const { size, root } = judged.checkpoint;
    const shown = verifyInclusion({ index, size, leafHash, proof, root }, sha256);
    if (shown.ok)
      return { ok: true, index, checkpoint: judged.checkpoint, cosigners: judged.cosigners };
    const message = `The proof does not lead from leaf ${index} to the root of size ${size} (${shown.reason}).`;
    return { ok: false, reason: shown.reason, message };
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return { ok: false, reason: error.reason, message: error.message };
  }
}
