import { createHash } from 'node:crypto';

/**
 * RFC 6962 section 2.1 as it is written there: recursive over the whole list, slow, and the measure for everything else. Shares
 * no code with `libs/core/audit/tree`.
 */
const digest = (...parts: Uint8Array[]): Uint8Array =>
  new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());

export const nativeSha256 = (bytes: Uint8Array): Uint8Array => digest(bytes);

export const plainLeafHash = (leaf: Uint8Array): Uint8Array => digest(Uint8Array.of(0), leaf);

/** k: the largest power of two smaller than n. */
const splitOf = (n: number): number => (n > 2 ? 2 * splitOf(Math.ceil(n / 2)) : 1);

/** MTH(D[n]) over leaf hashes. */
export function plainRoot(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return digest();
  if (hashes.length === 1) return hashes[0]!;
  const k = splitOf(hashes.length);
  return digest(Uint8Array.of(1), plainRoot(hashes.slice(0, k)), plainRoot(hashes.slice(k)));
}

/** PATH(m, D[n]), section 2.1.1. */
export function plainPath(m: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  if (hashes.length === 1) return [];
  const k = splitOf(hashes.length);
  return m < k
    ? [...plainPath(m, hashes.slice(0, k)), plainRoot(hashes.slice(k))]
    : [...plainPath(m - k, hashes.slice(k)), plainRoot(hashes.slice(0, k))];
}

/** PROOF(m, D[n]) = SUBPROOF(m, D[n], true), section 2.1.2. */
export function plainProof(m: number, hashes: readonly Uint8Array[], whole = true): Uint8Array[] {
  if (m === hashes.length) return whole ? [] : [plainRoot(hashes)];
  const k = splitOf(hashes.length);
  return m <= k
    ? [...plainProof(m, hashes.slice(0, k), whole), plainRoot(hashes.slice(k))]
    : [...plainProof(m - k, hashes.slice(k), false), plainRoot(hashes.slice(0, k))];
}

/** Distinct leaf hashes of a small tree. */
export const someHashes = (count: number, salt = 'leaf'): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => plainLeafHash(Buffer.from(`${salt} ${index}`)));
