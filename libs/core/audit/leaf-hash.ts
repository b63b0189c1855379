import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';

/** SHA-256 of bytes, 32 bytes. The shell may pass a native one; the default is pure. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const encoder = new TextEncoder();

/** RFC 6962 section 2.1 leaf hash: SHA-256(0x00 || UTF-8 bytes of the leaf text), 32 bytes. */
export function leafHash(text: string, sha256: Sha256 = portableSha256): Uint8Array {
  const room = new Uint8Array(1 + text.length * 3);
  const { written } = encoder.encodeInto(text, room.subarray(1));
  return sha256(room.subarray(0, 1 + written));
}
