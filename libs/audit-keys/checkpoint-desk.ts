import { hash } from 'node:crypto';
import { type Checkpoint, parseCheckpoint } from '#core/audit/note/checkpoint.js';
import { NoteError } from '#core/audit/note/note-error.js';
import type { NoteKey } from '#core/audit/note/note-key.js';
import { parseNote, type SignedNote, verifyNote } from '#core/audit/note/signed-note.js';
import { parseAddCheckpoint } from '#core/audit/note/witness-request.js';
import { EMPTY_ROOT, sameBytes } from '#core/audit/tree/hash-tree.js';
import { verifyConsistency } from '#core/audit/tree/proof.js';
import { verifyEd25519 } from './ed25519.js';
import type { SignedState } from './signed-state.js';
import type { StateFolder } from './state-folder.js';

/** An answer of C2SP tlog-witness. */
export interface DeskAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: string;
  readonly body: string;
}

export interface DeskOptions {
  /** Logs by their origin. Without keys the log's own signer is meant, to whom the text is brought unsigned. */
  readonly logs: ReadonlyMap<string, readonly NoteKey[] | 'unsigned'>;
  readonly state: StateFolder;
  /** Signature lines over the checkpoint's text. */
  readonly sign: (text: string) => string;
}

const TEXT = 'text/plain; charset=utf-8';

const refuse = (status: DeskAnswer['status'], why: string): DeskAnswer => ({
  status,
  contentType: TEXT,
  body: `${why}\n`,
});

/**
 * Judges a request of C2SP tlog-witness `add-checkpoint` and signs what follows on the last state that was signed: 400
 * malformed, or old above the checkpoint's size; 404 unknown origin; 403 signed by none of the log's keys; 409 old is
 * not the size that was last signed (the body is that size), or another root was signed for this size; 422 the proof
 * does not show that the tree only grew; 200 with the signature lines. All in one turn of the event loop and stored on
 * disk before the answer, so that no two requests are judged by one state and a crash at any point leaves nothing
 * signed that is not remembered.
 */
export function judgeRequest(request: string, options: DeskOptions): DeskAnswer {
  try {
    return judge(request, options);
  } catch (error) {
    if (error instanceof NoteError) return refuse(400, error.message);
    throw error;
  }
}

function judge(request: string, { logs, state, sign }: DeskOptions): DeskAnswer {
  const { oldSize, proof, note } = parseAddCheckpoint(request);
  const signed = parseNote(note);
  const checkpoint = parseCheckpoint(signed.text);
  const { origin, size, root } = checkpoint;
  const keys = logs.get(origin);
  if (keys === undefined)
    return refuse(404, `The log ${JSON.stringify(origin)} is not known here.`);
  if (keys !== 'unsigned') {
    const fault = faultOf(signed, keys);
    if (fault !== null) return refuse(403, fault);
  }
  if (oldSize > size)
    return refuse(400, `The old size ${oldSize} lies above the checkpoint's, ${size}.`);
  const last = state.last(origin);
  if (oldSize !== (last?.size ?? 0)) return conflict(last);
  if (last !== null && size === last.size && !sameBytes(root, last.root)) return conflict(last);
  if (!follows(checkpoint, last, proof))
    return refuse(
      422,
      `The proof does not show that the tree of ${size} leaves begins with that of ${oldSize}.`,
    );
  const lines = sign(signed.text);
  if (last === null || last.size !== size) state.store({ origin, size, root });
  return { status: 200, contentType: TEXT, body: lines };
}

function conflict(last: SignedState | null): DeskAnswer {
  return { status: 409, contentType: 'text/x.tlog.size', body: `${last?.size ?? 0}\n` };
}

/** Why no key of the log has signed it; null where one has. */
function faultOf(note: SignedNote, keys: readonly NoteKey[]): string | null {
  try {
    verifyNote(note, keys, verifyEd25519);
    return null;
  } catch (error) {
    if (error instanceof NoteError) return error.message;
    throw error;
  }
}

function follows(
  { size, root }: Checkpoint,
  last: SignedState | null,
  proof: readonly Uint8Array[],
): boolean {
  // Everything follows on the empty tree, which has one root only.
  if (last === null || last.size === 0)
    return proof.length === 0 && (size > 0 || sameBytes(root, EMPTY_ROOT));
  const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'buffer');
  return verifyConsistency(
    { size1: last.size, root1: last.root, size2: size, root2: root, proof },
    sha256,
  ).ok;
}
