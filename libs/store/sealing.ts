import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { Event } from '#core/event/event.js';

/** How the bytes of an event are stored: plain, or AES-256-GCM under the key of its case. */
export const PLAIN = 0;
export const UNDER_CASE_KEY = 1;

const IV = 12;
const TAG = 16;

/**
 * Makes and opens case keys. Each case has its own random AES-256 key, stored wrapped by the master key; destroying the
 * wrapped key makes the case's events unreadable for ever, while their digests stay provable (audit.md, Erasure).
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

  /** A new key for a case, and its wrapped form bound to the case id. */
  create(caseId: string): { key: KeyObject; wrapped: Buffer } {
    const bytes = randomBytes(32);
    return { key: createSecretKey(bytes), wrapped: encrypt(this.master, bytes, caseId) };
  }

  /** Throws if the wrapped key was made under another master key or for another case. */
  open(caseId: string, wrapped: Uint8Array): KeyObject {
    try {
      return createSecretKey(decrypt(this.master, wrapped, caseId));
    } catch (cause) {
      throw new Error(
        `The key of case ${caseId} does not open: MINGCHA_MASTER_KEY is not the one that it was made under.`,
        { cause },
      );
    }
  }
}

function encrypt(key: KeyObject, plain: Uint8Array, boundTo: string): Buffer {
  const sealed = Buffer.allocUnsafe(IV + TAG + plain.length);
  randomBytes(IV).copy(sealed, 0);
  const cipher = createCipheriv('aes-256-gcm', key, sealed.subarray(0, IV));
  cipher.setAAD(Buffer.from(boundTo, 'utf8'));
  cipher.update(plain).copy(sealed, IV + TAG);
  cipher.final();
  cipher.getAuthTag().copy(sealed, IV);
  return sealed;
}

function decrypt(key: KeyObject, sealed: Uint8Array, boundTo: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV));
  decipher.setAAD(Buffer.from(boundTo, 'utf8'));
  decipher.setAuthTag(sealed.subarray(IV, IV + TAG));
  return Buffer.concat([decipher.update(sealed.subarray(IV + TAG)), decipher.final()]);
}

/** Binds the sealed bytes to their event, so that none can be put in the place of another. */
function identityOf(event: { source: string; id: string }): string {
  return `${event.source}\n${event.id}`;
}

/** The decoded event and the bytes as received in one block: [uint32 length of the JSON][JSON][bytes]. */
export function sealEvent(event: Event, raw: Uint8Array | string, key: KeyObject | null): Buffer {
  const json = JSON.stringify(event);
  const jsonBytes = Buffer.byteLength(json, 'utf8');
  const rawBytes = typeof raw === 'string' ? Buffer.byteLength(raw, 'utf8') : raw.length;
  const block = Buffer.allocUnsafe(4 + jsonBytes + rawBytes);
  block.writeUInt32BE(jsonBytes, 0);
  block.write(json, 4, 'utf8');
  if (typeof raw === 'string') block.write(raw, 4 + jsonBytes, 'utf8');
  else block.set(raw, 4 + jsonBytes);
  return key === null ? block : encrypt(key, block, identityOf(event));
}

export interface OpenedEvent {
  readonly event: Event;
  readonly raw: Buffer;
}

/** The inverse of sealEvent. Throws where a byte was changed, or the block belongs to another event. */
export function openEvent(
  sealed: Uint8Array,
  identity: { source: string; id: string },
  key: KeyObject | null,
): OpenedEvent {
  const block =
    key === null
      ? Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
      : decrypt(key, sealed, identityOf(identity));
  const jsonBytes = block.readUInt32BE(0);
  return {
    event: JSON.parse(block.toString('utf8', 4, 4 + jsonBytes)) as Event,
    raw: block.subarray(4 + jsonBytes),
  };
}
