import { createPublicKey, getHashes, hash, verify } from 'node:crypto';
import type { Machinery } from '../inspection.js';

/** DER before the 32 bytes of an Ed25519 public key (RFC 8410). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const der = Buffer.concat([ED25519_PREFIX, publicKey]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}

/** Hashes and signatures of Node's own crypto. SM3 is there unless Node was built without it. */
export const nodeMachinery: Machinery = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  sha256Hex: (bytes) => hash('sha256', bytes, 'hex'),
  sm3Hex: getHashes().includes('sm3') ? (bytes) => hash('sm3', bytes, 'hex') : null,
  verifyEd25519,
};
