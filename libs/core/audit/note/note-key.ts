import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import type { Sha256 } from '../leaf-hash.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { NoteError } from './note-error.js';

/** C2SP signed-note: 1 Ed25519 over the note's text; 4 timestamped Ed25519 cosignature (tlog-cosignature). */
export type NoteKeyType = 1 | 4;

export interface NoteKey {
  /** Without white space and `+`. */
  readonly name: string;
  readonly type: NoteKeyType;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Unsigned 32-bit number; see `noteKeyId`. */
  readonly id: number;
}

const PUBLIC_KEY_BYTES = 32;
const MAX_VERIFIER_KEY = 1000;
const encoder = new TextEncoder();

/** True for what may name a key: 1 .. 255 characters, no white space of Unicode, no `+`, no control characters. */
export function isKeyName(name: string): boolean {
  return name.length <= 255 && name.isWellFormed() && /^[^\s\p{Cc}+]+$/u.test(name);
}

/** Key id (C2SP signed-note): the first four bytes, as a number, of SHA-256(name || 0x0A || type || public key). */
export function noteKeyId(
  name: string,
  type: NoteKeyType,
  publicKey: Uint8Array,
  sha256: Sha256 = portableSha256,
): number {
  const start = encoder.encode(`${name}\n`);
  const input = new Uint8Array(start.length + 1 + publicKey.length);
  input.set(start);
  input[start.length] = type;
  input.set(publicKey, start.length + 1);
  return new DataView(Uint8Array.from(sha256(input)).buffer).getUint32(0);
}

/** A key with its id. Throws NoteError (`key`) where the name may not name a key or the public key has not 32 bytes. */
export function noteKey(
  name: string,
  type: NoteKeyType,
  publicKey: Uint8Array,
  sha256: Sha256 = portableSha256,
): NoteKey {
  if (!isKeyName(name))
    throw new NoteError('key', `${JSON.stringify(name)} is no name of a key: no spaces, no "+".`);
  if (publicKey.length !== PUBLIC_KEY_BYTES)
    throw new NoteError(
      'key',
      `Key ${name}: an Ed25519 key has 32 bytes, not ${publicKey.length}.`,
    );
  return { name, type, publicKey, id: noteKeyId(name, type, publicKey, sha256) };
}

/** Eight hexadecimal digits of a key id, as verifier keys write it. */
export const keyIdText = (id: number): string => id.toString(16).padStart(8, '0');

/** Verifier key (C2SP signed-note): `name+id+base64(type || public key)`. */
export function formatVerifierKey({ name, type, publicKey, id }: NoteKey): string {
  return `${name}+${keyIdText(id)}+${encodeBase64(Uint8Array.of(type, ...publicKey))}`;
}

/** Reads what `formatVerifierKey` writes. Throws NoteError (`key`), also where the id is not that of the key. */
export function parseVerifierKey(text: string, sha256: Sha256 = portableSha256): NoteKey {
  const refuse = (why: string): never => {
    throw new NoteError('key', `Verifier key ${JSON.stringify(text.slice(0, 100))}: ${why}.`);
  };
  const [, name = '', id, encoded = ''] =
    (text.length <= MAX_VERIFIER_KEY && /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text)) ||
    refuse('it is not name+id+base64');
  const bytes = decodeBase64(encoded) ?? refuse('its last part is no base64');
  const type = bytes[0];
  if (type !== 1 && type !== 4)
    return refuse(`type ${type} is neither 1 (Ed25519) nor 4 (cosignature)`);
  const key = noteKey(name, type, bytes.subarray(1), sha256);
  return keyIdText(key.id) === id ? key : refuse(`its id is ${keyIdText(key.id)}`);
}
