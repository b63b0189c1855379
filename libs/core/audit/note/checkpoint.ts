import { sameBytes } from '../tree/hash-tree.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { NoteError, type NoteFault } from './note-error.js';
import type { NoteKey } from './note-key.js';
import {
  parseNote,
  type VerifiedSignature,
  type VerifyEd25519,
  verifyNote,
} from './signed-note.js';

/** C2SP tlog-checkpoint: the state of a log. */
export interface Checkpoint {
  /** Name of the log; not empty. */
  readonly origin: string;
  /** 0 .. 2^53 - 1 leaves. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Further lines, none empty; mostly none. */
  readonly extensions: readonly string[];
}

/** Text of the note; ends with a line feed. Throws NoteError where `parseCheckpoint` would not read the same from it. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const text = [origin, String(size), encodeBase64(root), ...extensions, ''].join('\n');
  const read = parseCheckpoint(text);
  if (read.origin !== origin || read.extensions.length !== extensions.length)
    throw new NoteError('form', 'Checkpoint: origin and extensions are one line each.');
  return text;
}

/** A number without sign and leading zeros, up to 2^53 - 1; null for any other text. */
export function parseCount(text: string): number | null {
  const count = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : null;
  return count !== null && Number.isSafeInteger(count) ? count : null;
}

/** 32 bytes in base64; null for any other text. */
export function parseHash(text: string): Uint8Array | null {
  const hash = text.length === 44 ? decodeBase64(text) : null;
  return hash?.length === 32 ? hash : null;
}

/** Reads the text of a checkpoint's note. Throws NoteError (`form`). */
export function parseCheckpoint(text: string): Checkpoint {
  const refuse = (why: string): never => {
    throw new NoteError('form', `Checkpoint: ${why}.`);
  };
  const [origin = '', size = '', root = '', ...rest] = text.split('\n');
  if (rest.pop() !== '') refuse('it does not end with a line feed after the third line or later');
  if (origin === '') refuse('its first line, the origin, is empty');
  if (rest.includes('')) refuse('an extension line is empty');
  return {
    origin,
    size: parseCount(size) ?? refuse('its second line is no size below 2^53'),
    root: parseHash(root) ?? refuse('its third line is no hash of 32 bytes in base64'),
    extensions: rest,
  };
}

/** Whose checkpoints are trusted. */
export interface CheckpointPolicy {
  readonly origin: string;
  /** Any one of them must have signed: two while a key is being changed. */
  readonly logKeys: readonly NoteKey[];
  readonly witnesses: readonly NoteKey[];
  /** How many different witnesses must have cosigned; 0 asks for none. */
  readonly quorum: number;
}

export type CheckpointRefusal = NoteFault | 'origin' | 'quorum';

export type CheckpointOutcome =
  | {
      readonly ok: true;
      readonly checkpoint: Checkpoint;
      /** One for each witness, with the earliest time that it signed at. */
      readonly cosigners: readonly VerifiedSignature[];
    }
  | { readonly ok: false; readonly reason: CheckpointRefusal; readonly message: string };

/** Witnesses by public key, so that one key under two names counts once and the log's own key not at all. */
function distinctCosigners(
  verified: readonly VerifiedSignature[],
  policy: CheckpointPolicy,
): VerifiedSignature[] {
  const cosigners: VerifiedSignature[] = [];
  for (const signature of verified) {
    const { publicKey } = signature.key;
    const isSame = ({ key }: { key: NoteKey }) => sameBytes(key.publicKey, publicKey);
    if (!policy.witnesses.includes(signature.key)) continue;
    if (policy.logKeys.some((key) => isSame({ key }))) continue;
    const at = cosigners.findIndex(isSame);
    if (at < 0) cosigners.push(signature);
    else if ((signature.time ?? 0) < (cosigners[at]?.time ?? 0)) cosigners[at] = signature;
  }
  return cosigners;
}

/**
 * The one place where a checkpoint is trusted or not: its origin is the policy's, a log key signed it, `quorum` different witnesses
 * cosigned it, and no line of a key of the policy fails. Never throws for what stands in the note.
 */
export function judgeCheckpoint(
  note: string,
  policy: CheckpointPolicy,
  verify: VerifyEd25519,
): CheckpointOutcome {
  const refuse = (reason: CheckpointRefusal, message: string): CheckpointOutcome => ({
    ok: false,
    reason,
    message,
  });
  if (!Number.isSafeInteger(policy.quorum) || policy.quorum < 0)
    throw new RangeError(`Checkpoint policy: ${policy.quorum} is no quorum.`);
  try {
    const signed = parseNote(note);
    const checkpoint = parseCheckpoint(signed.text);
    if (checkpoint.origin !== policy.origin)
      return refuse(
        'origin',
        `The checkpoint is of ${checkpoint.origin}, not of ${policy.origin}.`,
      );
    const verified = verifyNote(signed, [...policy.logKeys, ...policy.witnesses], verify);
    if (!verified.some(({ key }) => policy.logKeys.includes(key)))
      return refuse('unsigned', 'No key of the log has signed the checkpoint.');
    const cosigners = distinctCosigners(verified, policy);
    if (cosigners.length < policy.quorum)
      return refuse(
        'quorum',
        `${cosigners.length} of ${policy.quorum} witnesses have cosigned the checkpoint.`,
      );
    return { ok: true, checkpoint, cosigners };
  } catch (error) {
    if (error instanceof NoteError) return refuse(error.reason, error.message);
    throw error;
  }
}
