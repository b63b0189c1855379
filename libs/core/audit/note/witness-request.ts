import { encodeBase64 } from './base64.js';
import { parseCount, parseHash } from './checkpoint.js';
import { NoteError } from './note-error.js';
import { MAX_NOTE_LENGTH } from './signed-note.js';

/** Hashes that a request or a proof may carry: a tree of 2^63 leaves needs no more. */
export const MAX_PROOF_HASHES = 63;

/** Characters that a request or a proof may have before its note: lines for the hashes and two more. */
const MAX_HEAD_LENGTH = 70_000;

/** Body of a tlog-witness `add-checkpoint` request (C2SP tlog-witness). */
export interface AddCheckpoint {
  /** Size of the checkpoint that the witness last signed; 0 for none. */
  readonly oldSize: number;
  /** From the old size to the checkpoint's; empty where `oldSize` is 0. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint, as text. */
  readonly note: string;
}

/** Splits at the first empty line into lines and the note that follows. Throws NoteError (`form`, `length`). */
export function splitHead(text: string, what: string): { lines: string[]; note: string } {
  const end = text.slice(0, MAX_HEAD_LENGTH).indexOf('\n\n');
  if (end < 0) throw new NoteError('form', `${what}: an empty line and a checkpoint are missing.`);
  if (text.length - end - 2 > MAX_NOTE_LENGTH)
    throw new NoteError(
      'length',
      `${what}: its checkpoint has over ${MAX_NOTE_LENGTH} characters.`,
    );
  return { lines: text.slice(0, end).split('\n'), note: text.slice(end + 2) };
}

/** Lines of one hash each. Throws NoteError (`form`, `length`) naming the line. */
export function parseHashes(lines: readonly string[], what: string): Uint8Array[] {
  if (lines.length > MAX_PROOF_HASHES)
    throw new NoteError(
      'length',
      `${what}: ${lines.length} hashes; ${MAX_PROOF_HASHES} is the most.`,
    );
  return lines.map((line, at) => {
    const hash = parseHash(line);
    if (hash === null)
      throw new NoteError('form', `${what}: hash ${at + 1} is not 32 bytes in base64.`);
    return hash;
  });
}

/** Hashes as lines, each with its line feed. */
export const formatHashes = (proof: readonly Uint8Array[]): string =>
  proof.map((hash) => `${encodeBase64(hash)}\n`).join('');

/** Writes the body of a request. */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  return `old ${oldSize}\n${formatHashes(proof)}\n${note}`;
}

/** Reads the body of a request; the note itself is not looked into. Throws NoteError (`form`, `length`). */
export function parseAddCheckpoint(text: string): AddCheckpoint {
  const { lines, note } = splitHead(text, 'Request of a cosignature');
  const [first = '', ...hashes] = lines;
  const oldSize = first.startsWith('old ') ? parseCount(first.slice(4)) : null;
  if (oldSize === null)
    throw new NoteError('form', 'Request of a cosignature: its first line is not "old <size>".');
  const proof = parseHashes(hashes, 'Request of a cosignature');
  if (oldSize === 0 && proof.length > 0)
    throw new NoteError('form', 'Request of a cosignature: from size 0 there is nothing to prove.');
  return { oldSize, proof, note };
}
