import { hash, randomBytes } from 'node:crypto';
import { readBounded } from './read-bounded.js';

/** Digests that a timestamp can be asked for, with their object identifiers in DER. */
const DIGESTS = {
  sha256: Buffer.from('0609608648016503040201', 'hex'),
  sm3: Buffer.from('06082a811ccf55018311', 'hex'),
} as const;
export type TimestampDigest = keyof typeof DIGESTS;

const ANSWER_MS = 15_000;
const MOST_BYTES = 65_536;

/** An authority's answer is no timestamp of what was asked. */
export class TimestampError extends Error {
  constructor(why: string) {
    super(`The timestamp authority's answer cannot be used: ${why}`);
    this.name = 'TimestampError';
  }
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}

/** Tag and content of the element at the start of DER bytes; null where it is cut off. */
function readDer(bytes: Buffer): { readonly tag: number; readonly content: Buffer } | null {
  const first = bytes[1];
  if (first === undefined) return null;
  const more = first < 128 ? 0 : first - 128;
  if (more > 4) return null;
  const length = more === 0 ? first : bytes.length < 2 + more ? -1 : bytes.readUIntBE(2, more);
  if (length < 0 || bytes.length < 2 + more + length) return null;
  return { tag: bytes[0] as number, content: bytes.subarray(2 + more, 2 + more + length) };
}

/** A request (RFC 3161 2.4.1) for a digest, with a nonce, asking for the authority's certificate. */
function requestOf(digest: Buffer, algorithm: TimestampDigest, nonce: Buffer): Buffer {
  return der(
    0x30,
    der(0x02, Buffer.of(1)),
    der(0x30, der(0x30, DIGESTS[algorithm], der(0x05)), der(0x04, digest)),
    der(0x02, nonce),
    der(0x01, Buffer.of(0xff)),
  );
}

/**
 * Checks that a reply (RFC 3161 2.4.2) grants a token which states this digest and nonce. The authority's signature is not
 * checked here: that takes its certificates, and `openssl ts -verify`.
 */
function checkReply(reply: Buffer, digest: Buffer, nonce: Buffer): void {
  const whole = readDer(reply);
  const info = whole?.tag === 0x30 ? readDer(whole.content) : null;
  const status = info?.tag === 0x30 ? readDer(info.content) : null;
  if (status?.tag !== 0x02) throw new TimestampError('it is no reply of RFC 3161');
  const code = status.content[0] ?? -1;
  if (code > 1) throw new TimestampError(`it grants none (status ${code})`);
  if (!reply.includes(der(0x04, digest))) throw new TimestampError('it states another digest');
  if (!reply.includes(der(0x02, nonce))) throw new TimestampError('it answers another request');
}

/**
 * Lets an authority (RFC 3161 over HTTP) state that these bytes existed. Gives its whole reply, as `openssl ts -verify -in` takes
 * it.
 * @throws TimestampError where the answer is none; the system's error where the authority is away
 */
export async function timestamp(
  url: string,
  bytes: Uint8Array,
  algorithm: TimestampDigest = 'sha256',
): Promise<Buffer> {
  const digest = hash(algorithm, bytes, 'buffer');
  const nonce = randomBytes(16);
  // A positive number without leading zeros, whatever was drawn.
  nonce[0] = ((nonce[0] as number) & 0x7f) | 0x40;
  const response = await fetch(url, {
    method: 'POST',
    body: requestOf(digest, algorithm, nonce),
    headers: { 'content-type': 'application/timestamp-query' },
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new TimestampError(`it answered with status ${response.status}`);
  }
  const reply = await readBounded(response, MOST_BYTES);
  if (reply === null) throw new TimestampError(`it has more than ${MOST_BYTES} bytes`);
  checkReply(reply, digest, nonce);
  return reply;
}
