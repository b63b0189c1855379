import { sign } from 'node:crypto';
import { privateKeyOf, publicBytesOf } from '#audit-keys/ed25519.js';
import { type NoteKey, type NoteKeyType, noteKey } from '#core/audit/note/note-key.js';
import type { NoteSignature } from '#core/audit/note/signed-note.js';

export interface TestSigner {
  readonly key: NoteKey;
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** Signature line over a text, for keys of type 1. */
  readonly line: (text: string) => NoteSignature;
}

/** A key pair that is the same in every run: its seed is one byte, repeated. */
export function signerOf(name: string, type: NoteKeyType, seed: number): TestSigner {
  const privateKey = privateKeyOf(new Uint8Array(32).fill(seed));
  const key = noteKey(name, type, publicBytesOf(privateKey));
  const signBytes = (message: Uint8Array) => new Uint8Array(sign(null, message, privateKey));
  return {
    key,
    sign: signBytes,
    line: (text) => ({ name, id: key.id, signature: signBytes(new TextEncoder().encode(text)) }),
  };
}
