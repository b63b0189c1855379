import { createHash } from 'node:crypto';

const sha256 = (...parts: Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** Leaf hash of a record's text (RFC 6962 2.1). */
export function leafHashOf(leaf: string): Buffer {
  return sha256(Buffer.of(0), Buffer.from(leaf, 'utf8'));
}

/** Merkle tree hash as RFC 6962 2.1 defines it, by its recursion and nothing else; shares no code with ours. */
export function rootOfLeaves(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes;
  if (first === undefined) return sha256();
  if (hashes.length === 1) return first;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return sha256(
    Buffer.of(1),
    rootOfLeaves(hashes.slice(0, split)),
    rootOfLeaves(hashes.slice(split)),
  );
}
