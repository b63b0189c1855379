import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';

/** SHA-256 of bytes, 32 bytes. The shell may pass a native one; the default is pure. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const encoder = new TextEncoder();

/** What is hashed for a leaf: 0x00, then the UTF-8 bytes of its text (which alone are `subarray(1)`). */
export function leafInput(text: string): Uint8Array {
  return encoder.encode(`\u0000${text}`);
}

/** RFC 6962 section 2.1 leaf hash of bytes as they lie in a file or an entry bundle: SHA-256(0x00 || bytes), 32 bytes. */
export function leafHashOfBytes(leaf: Uint8Array, sha256: Sha256 = portableSha256): Uint8Array {
  const input = new Uint8Array(leaf.length + 1);
  input.set(leaf, 1);
  return sha256(input);
}

/** RFC 6962 section 2.1 leaf hash: SHA-256(0x00 || UTF-8 bytes of the leaf text), 32 bytes. */
export function leafHash(text: string, sha256: Sha256 = portableSha256): Uint8Array {
  return sha256(leafInput(text));
}
