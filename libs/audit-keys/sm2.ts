import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';
import { formatSignature } from '#core/audit/note/signed-note.js';
import { KeyFileError, readPrivateFile } from './key-file.js';

/** The signer's identity as GB/T 32918 has it where none was agreed; OpenSSL: -pkeyopt distid:1234567812345678. */
const USER = '1234567812345678';
const OPTIONS = { der: true, hash: true, userId: USER } as const;

/** An SM2 key that signs with SM3 (GB/T 32918.2, 32905). The private part never leaves this object. */
export interface Sm2Key {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
  /** DER signature, as `openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:1234567812345678` takes it. */
  sign(message: Uint8Array): Uint8Array;
}

function pointOf(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('hex').slice(-130);
}

/**
 * Reads a key that `openssl genpkey -algorithm SM2` wrote (PEM, not encrypted). Node's own signatures with such a key are
 * refused by OpenSSL, so a library signs.
 * @throws KeyFileError where it cannot be read, others could read it, or it is no such key
 */
export function readSm2KeyFile(file: string): Sm2Key {
  const pem = readPrivateFile(file);
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new KeyFileError(file, 'it holds no private key in PEM form');
  }
  const der = key.export({ format: 'der', type: 'pkcs8' }).toString('hex');
  // The curve's identifier (1.2.156.10197.1.301), then the number itself: RFC 5915 with a version of 1.
  const secret = der.includes('06082a811ccf5501822d')
    ? /0201010420([0-9a-f]{64})/.exec(der)?.[1]
    : undefined;
  if (secret === undefined)
    throw new KeyFileError(file, 'it holds a key of another curve than SM2');
  return {
    publicKey: Uint8Array.from(Buffer.from(pointOf(createPublicKey(key)), 'hex')),
    sign: (message) =>
      Uint8Array.from(Buffer.from(sm2.doSignature(message, secret, OPTIONS), 'hex')),
  };
}

/** Whether an SM2 signature (DER) of a message verifies under a point of 65 bytes. False, never an error, for any bytes. */
export function verifySm2(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    const [signed, point] = [signature, publicKey].map((bytes) =>
      Buffer.from(bytes).toString('hex'),
    );
    return sm2.doVerifySignature(message, signed as string, point as string, OPTIONS);
  } catch {
    return false;
  }
}

/**
 * Signature line over a note's text with an SM2 key. C2SP signed-note leaves type 0xff to others: the key's id is the start of
 * SHA-256(name || 0x0A || 0xff || "sm2-sm3" || public key). Who does not know the key passes the line over.
 */
export function sm2Line(name: string, key: Sm2Key, text: string): string {
  const input = Buffer.concat([
    Buffer.from(`${name}\n`),
    Buffer.of(0xff),
    Buffer.from('sm2-sm3'),
    key.publicKey,
  ]);
  const id = hash('sha256', input, 'buffer').readUInt32BE(0);
  return formatSignature({ name, id, signature: key.sign(Buffer.from(text)) });
}
