import { HASH_BYTES } from '#core/audit/tree/hash-tree.js';

/** Whether 32 bytes at two places are the same. */
export function sameHash(one: Uint8Array, at: number, other: Uint8Array, otherAt: number): boolean {
  for (let index = 0; index < HASH_BYTES; index += 1)
    if (one[at + index] !== other[otherAt + index]) return false;
  return true;
}

export function hex(bytes: Uint8Array, at = 0): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, HASH_BYTES).toString('hex');
}
