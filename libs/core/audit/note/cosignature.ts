/** Bytes of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;

const TIME_BYTES = 8;
const encoder = new TextEncoder();

/** A cosignature's time and signature. */
export interface Cosignature {
  /** Seconds since 1970 UTC, 0 .. 2^53 - 1 (the specification allows up to 2^63 - 1). */
  readonly time: number;
  readonly signature: Uint8Array;
}

function checkTime(time: number): void {
  if (!Number.isSafeInteger(time) || time < 0)
    throw new RangeError(`Cosignature: ${time} is no time in whole seconds since 1970.`);
}

/** What a cosigner signs (C2SP tlog-cosignature, version 1): the time, then the note's text. Throws RangeError on a bad time. */
export function cosignedMessage(time: number, noteText: string): Uint8Array {
  checkTime(time);
  return encoder.encode(`cosignature/v1\ntime ${time}\n${noteText}`);
}

/** Bytes of a cosignature in a note: the time as a big-endian 64-bit number, then the signature. */
export function packCosignature(time: number, signature: Uint8Array): Uint8Array {
  checkTime(time);
  if (signature.length !== SIGNATURE_BYTES)
    throw new RangeError(
      `Cosignature: an Ed25519 signature has 64 bytes, not ${signature.length}.`,
    );
  const bytes = new Uint8Array(TIME_BYTES + SIGNATURE_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time));
  bytes.set(signature, TIME_BYTES);
  return bytes;
}

/** Takes it apart; null where the length is another or the time lies above 2^53 - 1. */
export function unpackCosignature(bytes: Uint8Array): Cosignature | null {
  if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) return null;
  const time = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
  return Number.isSafeInteger(time) ? { time, signature: bytes.subarray(TIME_BYTES) } : null;
}
