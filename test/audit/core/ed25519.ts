import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type NoteKey, type NoteKeyType, noteKey } from '#core/audit/note/note-key.js';
import type { NoteSignature, VerifyEd25519 } from '#core/audit/note/signed-note.js';

// Start of the DER forms of Ed25519 keys (RFC 8410): what precedes the 32 bytes.
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Verifies with node:crypto, as a shell does that injects it. */
export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  try {
    const key = createPublicKey({
      key: Buffer.concat([SPKI, publicKey]),
      format: 'der',
      type: 'spki',
    });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
};

export interface TestSigner {
  readonly key: NoteKey;
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** Signature line over a text, for keys of type 1. */
  readonly line: (text: string) => NoteSignature;
}

/** A key pair that is the same in every run: its seed is one byte, repeated. */
export function signerOf(name: string, type: NoteKeyType, seed: number): TestSigner {
  const privateKey: KeyObject = createPrivateKey({
    key: Buffer.concat([PKCS8, Buffer.alloc(32, seed)]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const key = noteKey(name, type, new Uint8Array(spki.subarray(SPKI.length)));
  const signBytes = (message: Uint8Array) => new Uint8Array(sign(null, message, privateKey));
  return {
    key,
    sign: signBytes,
    line: (text) => ({ name, id: key.id, signature: signBytes(new TextEncoder().encode(text)) }),
  };
}
