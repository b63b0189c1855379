import { createPrivateKey, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { VerifyEd25519 } from '#core/audit/note/signed-note.js';

/** RFC 8410: what stands before the 32 bytes of a private key in PKCS#8. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
/** Keys that are kept as objects; a policy has a handful. */
const MOST_KEPT = 256;

const kept = new Map<string, KeyObject>();

/** The private key with this seed (32 bytes, RFC 8032). Throws RangeError on another length. */
export function privateKeyOf(seed: Uint8Array): KeyObject {
  if (seed.length !== 32)
    throw new RangeError(`An Ed25519 key has 32 bytes of seed, not ${seed.length}.`);
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of the public key. */
export function publicBytesOf(key: KeyObject): Uint8Array {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return Uint8Array.from(Buffer.from(x ?? '', 'base64url'));
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url');
  const known = kept.get(x);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(x, key);
  return key;
}

/** Whether an Ed25519 signature verifies (RFC 8032), by the system's own code. False, never an error, for any bytes. */
export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return verify(null, message, publicKeyOf(publicKey), signature);
  } catch {
    return false;
  }
};
