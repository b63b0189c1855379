import { decodeBase64, encodeBase64 } from './base64.js';
import { cosignedMessage, SIGNATURE_BYTES, unpackCosignature } from './cosignature.js';
import { NoteError } from './note-error.js';
import { isKeyName, keyIdText, type NoteKey } from './note-key.js';

/** One signature line of a note. Which kind of signature it is only the key tells. */
export interface NoteSignature {
  readonly name: string;
  /** Unsigned 32-bit number. */
  readonly id: number;
  /** What follows the id: 64 bytes of Ed25519, or a time before them. */
  readonly signature: Uint8Array;
}

/** C2SP signed-note: a text and who signed it. */
export interface SignedNote {
  /** Ends with a line feed, which is signed too. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Whether an Ed25519 signature verifies (RFC 8032). Injected by the shell; must answer false, not throw, for any bytes. */
export type VerifyEd25519 = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** A signature line that has been verified. */
export interface VerifiedSignature {
  readonly key: NoteKey;
  /** When a cosigner signed, in seconds since 1970 UTC; null for signatures without a time. */
  readonly time: number | null;
}

/** Bounds of a note: characters and signature lines. */
export const MAX_NOTE_LENGTH = 1_000_000;
export const MAX_SIGNATURES = 100;

const ID_BYTES = 4;
const encoder = new TextEncoder();

/** True where the text holds a control character other than the line feed (below U+0020; the specification allows others). */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

function checkText(text: string): void {
  if (text.length > MAX_NOTE_LENGTH)
    throw new NoteError(
      'length',
      `A note of ${text.length} characters; ${MAX_NOTE_LENGTH} is the most.`,
    );
  if (hasControl(text) || !text.isWellFormed())
    throw new NoteError('characters', 'A note holds a control character or broken Unicode.');
}

function parseSignature(line: string): NoteSignature {
  const [, name, encoded] = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  const bytes = encoded === undefined ? null : decodeBase64(encoded);
  if (name === undefined || !isKeyName(name) || bytes === null || bytes.length <= ID_BYTES)
    throw new NoteError(
      'form',
      `${JSON.stringify(line.slice(0, 100))} is no signature line of a note.`,
    );
  return {
    name,
    id: new DataView(bytes.buffer).getUint32(0),
    signature: bytes.subarray(ID_BYTES),
  };
}

/**
 * Reads a note; its text ends before the last empty line. A note signed by nobody is read too: whether its signatures
 * are enough only `verifyNote` says. Throws NoteError (`length`, `characters`, `form`).
 */
export function parseNote(note: string): SignedNote {
  checkText(note);
  const end = note.lastIndexOf('\n\n');
  if (end < 1 || !note.endsWith('\n'))
    throw new NoteError('form', 'A note is a text, an empty line and lines of signatures.');
  const block = note.slice(end + 2);
  const lines = block === '' ? [] : block.slice(0, -1).split('\n');
  if (lines.length > MAX_SIGNATURES)
    throw new NoteError(
      'length',
      `A note with ${lines.length} signatures; ${MAX_SIGNATURES} is the most.`,
    );
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
}

/** A signature line, with its line feed. */
export function formatSignature({ name, id, signature }: NoteSignature): string {
  const bytes = new Uint8Array(ID_BYTES + signature.length);
  new DataView(bytes.buffer).setUint32(0, id);
  bytes.set(signature, ID_BYTES);
  return `\u2014 ${name} ${encodeBase64(bytes)}\n`;
}

/** Writes a note. Throws NoteError where `parseNote` would not read the same from it. */
export function formatNote({ text, signatures }: SignedNote): string {
  if (text.length < 2 || !text.endsWith('\n'))
    throw new NoteError('form', 'The text of a note ends with a line feed.');
  const note = `${text}\n${signatures.map(formatSignature).join('')}`;
  if (parseNote(note).text !== text)
    throw new NoteError('form', 'Signatures of a note hold an empty line.');
  return note;
}

/** Whether a line of a known key verifies; `time` where it says when. */
function verifyLine(
  text: string,
  { signature }: NoteSignature,
  key: NoteKey,
  verify: VerifyEd25519,
): VerifiedSignature | null {
  if (key.type === 1) {
    const isGood =
      signature.length === SIGNATURE_BYTES &&
      verify(key.publicKey, encoder.encode(text), signature);
    return isGood ? { key, time: null } : null;
  }
  const cosignature = unpackCosignature(signature);
  if (cosignature === null) return null;
  const message = cosignedMessage(cosignature.time, text);
  return verify(key.publicKey, message, cosignature.signature)
    ? { key, time: cosignature.time }
    : null;
}

/**
 * The signatures of known keys, in the note's order; lines of unknown keys (by name and id) are passed over. Throws NoteError:
 * `signature` where a known key's line does not verify (the whole note is refused then), `unsigned` where no line is of a
 * known key. One key may have signed more than once: count keys, not lines.
 */
export function verifyNote(
  { text, signatures }: SignedNote,
  keys: readonly NoteKey[],
  verify: VerifyEd25519,
): VerifiedSignature[] {
  const verified: VerifiedSignature[] = [];
  for (const line of signatures) {
    const known = keys.filter(({ name, id }) => name === line.name && id === line.id);
    if (known.length === 0) continue;
    // Ids have 32 bits: two known keys may share one, and the line is then of either.
    const good = known
      .map((key) => verifyLine(text, line, key, verify))
      .find((outcome) => outcome !== null);
    if (good === undefined)
      throw new NoteError(
        'signature',
        `The signature of ${line.name}+${keyIdText(line.id)} does not verify.`,
      );
    verified.push(good);
  }
  if (verified.length === 0)
    throw new NoteError('unsigned', 'No signature of the note is of a known key.');
  return verified;
}
