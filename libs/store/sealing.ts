import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  type KeyObject,
} from 'node:crypto';
import type { Event } from '#core/event/event.js';
import { drawRandom } from './random-bytes.js';

/** How the bytes of an event are stored: plain, or AES-256-GCM under the key of its case. */
export const PLAIN = 0;
export const UNDER_CASE_KEY = 1;

const IV = 12;
const TAG = 16;
const SECRET = 32;
const SALT = 16;
const HMAC_BLOCK = 64;

/** Room in which blocks are put together; what is handed out of it stands until the next block. */
let desk = Buffer.allocUnsafeSlow(64 * 1024);

/** What opens and proves the events of one case. */
export interface CaseKey {
  /** AES-256. As a KeyObject: raw bytes cost 10 µs more at every use, since Node wraps them each time. */
  readonly cipher: KeyObject;
  /** The secret of the case XOR ipad and opad (RFC 2104), from which salts are made with two bare hashes. */
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

/**
 * Keys of cases. Each case has a random secret of its own, stored in case_key; its key is HMAC-SHA-256 under the master
 * key of secret and case id. Neither the database nor the master key alone opens anything, and destroying the secret
 * makes the events of the case unreadable for ever, while their digests stay provable (audit.md, Erasure).
 */
export class CaseKeys {
  private readonly master: KeyObject;

  /** `masterKey`: 32 bytes; throws RangeError otherwise. */
  constructor(masterKey: Uint8Array) {
    if (masterKey.length !== 32) {
      throw new RangeError(
        `MINGCHA_MASTER_KEY must be 32 bytes (64 hex digits), found ${masterKey.length} bytes.`,
      );
    }
    this.master = createSecretKey(masterKey);
  }

  /** A secret for a new case. */
  newSecret(): Buffer {
    return drawRandom(SECRET);
  }

  keyOf(caseId: string, secret: Uint8Array): CaseKey {
    const bytes = createHmac('sha256', this.master).update(secret).update(caseId, 'utf8').digest();
    return {
      cipher: createSecretKey(bytes),
      inner: padded(secret, 0x36),
      outer: padded(secret, 0x5c),
    };
  }
}

/**
 * A key that is never kept: what still arrives for an erased case is recorded, and can be opened by nobody from the
 * start, like the rest of that case.
 */
export function lostKey(): CaseKey {
  const secret = drawRandom(SECRET);
  return {
    cipher: createSecretKey(drawRandom(SECRET)),
    inner: padded(secret, 0x36),
    outer: padded(secret, 0x5c),
  };
}

function padded(secret: Uint8Array, pad: number): Uint8Array {
  const block = Buffer.alloc(HMAC_BLOCK, pad);
  for (let index = 0; index < secret.length; index += 1)
    block[index] = (secret[index] as number) ^ pad;
  return block;
}

/**
 * Salt of an event's bytes: the first 16 bytes of HMAC-SHA-256 under the secret of the case, of
 * `inputs\n<source>\n<id>`. With the secret it goes for ever, and nobody can try guesses against a digest any more.
 */
export function inputsSalt(key: CaseKey, identity: { source: string; id: string }): Buffer {
  const text = `inputs\n${identity.source}\n${identity.id}`;
  const room = HMAC_BLOCK + text.length * 3;
  if (room > desk.length) desk = Buffer.allocUnsafeSlow(room * 2);
  desk.set(key.inner, 0);
  const end = HMAC_BLOCK + desk.write(text, HMAC_BLOCK, 'utf8');
  const inner = hash('sha256', desk.subarray(0, end), 'buffer');
  desk.set(key.outer, 0);
  desk.set(inner, HMAC_BLOCK);
  return hash('sha256', desk.subarray(0, HMAC_BLOCK + inner.length), 'buffer').subarray(0, SALT);
}

/** Hex SHA-256 of salt and bytes: what a record says of bytes that are kept sealed. Text counts as UTF-8. */
export function saltedDigest(salt: Uint8Array, raw: Uint8Array | string): string {
  const room = SALT + raw.length * 3;
  if (room > desk.length) desk = Buffer.allocUnsafeSlow(room * 2);
  desk.set(salt, 0);
  if (typeof raw === 'string')
    return hash('sha256', desk.subarray(0, SALT + desk.write(raw, SALT, 'utf8')));
  desk.set(raw, SALT);
  return hash('sha256', desk.subarray(0, SALT + raw.length));
}

/** Binds the sealed bytes to their event, so that none can be put in the place of another. */
function boundTo(event: { source: string; id: string }): Buffer {
  return Buffer.from(`${event.source}\n${event.id}`, 'utf8');
}

/** [uint32 length of the JSON][decoded event as JSON][bytes as received], on the desk. */
function layOut(event: Event, raw: Uint8Array | string): Buffer {
  const json = JSON.stringify(event);
  const room = 4 + json.length * 3 + raw.length * 3;
  if (room > desk.length) desk = Buffer.allocUnsafeSlow(room * 2);
  const jsonBytes = desk.write(json, 4, 'utf8');
  desk.writeUInt32BE(jsonBytes, 0);
  let end = 4 + jsonBytes;
  if (typeof raw === 'string') {
    end += desk.write(raw, end, 'utf8');
  } else {
    desk.set(raw, end);
    end += raw.length;
  }
  return desk.subarray(0, end);
}

/**
 * Decoded event and received bytes in one block, sealed under the case's key or plain. Given in parts that follow each
 * other, [iv][ciphertext][tag], to be copied at once: they stand until the next call.
 */
export function sealEvent(
  event: Event,
  raw: Uint8Array | string,
  key: CaseKey | null,
): readonly Uint8Array[] {
  const block = layOut(event, raw);
  if (key === null) return [block];
  const iv = drawRandom(IV);
  const cipher = createCipheriv('aes-256-gcm', key.cipher, iv);
  cipher.setAAD(boundTo(event));
  const text = cipher.update(block);
  cipher.final();
  return [iv, text, cipher.getAuthTag()];
}

function decrypt(
  sealed: Uint8Array,
  identity: { source: string; id: string },
  key: CaseKey,
): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.cipher, sealed.subarray(0, IV));
    decipher.setAAD(boundTo(identity));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    const block = decipher.update(sealed.subarray(IV, sealed.length - TAG));
    decipher.final();
    return block;
  } catch (cause) {
    throw new Error(
      `The bytes of event ${identity.source}/${identity.id} do not open: they were changed, ` +
        'or MINGCHA_MASTER_KEY is not the one that they were sealed under.',
      { cause },
    );
  }
}

export interface OpenedEvent {
  readonly event: Event;
  readonly raw: Buffer;
  /** For disclosing to others what `inputsDigest` says of the bytes; null where they are kept plain. */
  readonly salt: Buffer | null;
}

/** The inverse of sealEvent. Throws where a byte was changed, the key is another, or the block belongs to another event. */
export function openEvent(
  sealed: Uint8Array,
  identity: { source: string; id: string },
  key: CaseKey | null,
): OpenedEvent {
  const block =
    key === null
      ? Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
      : decrypt(sealed, identity, key);
  const jsonBytes = block.readUInt32BE(0);
  return {
    event: JSON.parse(block.toString('utf8', 4, 4 + jsonBytes)) as Event,
    raw: block.subarray(4 + jsonBytes),
    get salt() {
      return key === null ? null : inputsSalt(key, identity);
    },
  };
}
