import { type KeyObject, randomBytes, sign } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { decodeBase64, encodeBase64 } from '#core/audit/note/base64.js';
import { cosignedMessage, packCosignature } from '#core/audit/note/cosignature.js';
import {
  formatVerifierKey,
  keyIdText,
  type NoteKey,
  type NoteKeyType,
  noteKey,
} from '#core/audit/note/note-key.js';
import { formatSignature } from '#core/audit/note/signed-note.js';
import { writeDurably } from './durable-file.js';
import { privateKeyOf, publicBytesOf } from './ed25519.js';

/** A key that signs notes. The private part never leaves this object. */
export interface SigningKey extends NoteKey {
  /**
   * The signature line over a note's text, with its line feed: of the text itself (type 1), or of a cosignature with
   * this time (type 4; seconds since 1970 UTC).
   */
  line(text: string, timeSeconds: number): string;
}

/** A key file cannot be used; the message says which, why, and what to do. It holds nothing of the key. */
export class KeyFileError extends Error {
  constructor(file: string, why: string) {
    super(`Key file ${file}: ${why}.`);
    this.name = 'KeyFileError';
  }
}

const START = 'PRIVATE+KEY';

function signingKey(name: string, type: NoteKeyType, seed: Uint8Array): SigningKey {
  const key: KeyObject = privateKeyOf(seed);
  const { id, publicKey } = noteKey(name, type, publicBytesOf(key));
  return {
    name,
    type,
    id,
    publicKey,
    line: (text, timeSeconds) => {
      const message = type === 1 ? Buffer.from(text) : cosignedMessage(timeSeconds, text);
      const signature = Uint8Array.from(sign(null, message, key));
      const bytes = type === 1 ? signature : packCosignature(timeSeconds, signature);
      return formatSignature({ name, id, signature: bytes });
    },
  };
}

/**
 * Makes a key from the system's random numbers and writes it to a new file that only its owner can read (mode 0600), in the
 * form that Go's sumdb/note and tools built on it read too: `PRIVATE+KEY+name+id+base64(type || seed)`. On disk when it
 * returns. Gives the verifier key.
 * @throws KeyFileError where the file exists already or cannot be written; NoteError where the name may not name a key
 */
export function makeKeyFile(file: string, name: string, type: NoteKeyType): string {
  const seed = randomBytes(32);
  const key = signingKey(name, type, seed);
  const secret = encodeBase64(Uint8Array.of(type, ...seed));
  try {
    writeDurably(file, `${START}+${name}+${keyIdText(key.id)}+${secret}\n`, 'wx');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST'
        ? 'it exists already, and is left as it is'
        : `it cannot be written (${code})`;
    throw new KeyFileError(file, why);
  }
  return formatVerifierKey(key);
}

/** The text of a file that holds a private key. @throws KeyFileError where it cannot be read, or others could read it */
export function readPrivateFile(file: string): string {
  try {
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
      throw new KeyFileError(file, 'others than its owner may read it; run: chmod 600');
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    throw new KeyFileError(file, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/**
 * Reads a key that `makeKeyFile` wrote.
 * @param type what the process signs with: 1 a log's or an export's key, 4 a witness's
 * @throws KeyFileError where it cannot be read, others could read it, it is damaged, or is of another type
 */
export function readKeyFile(file: string, type: NoteKeyType): SigningKey {
  const text = readPrivateFile(file);
  const [, name = '', id, secret = ''] =
    /^PRIVATE\+KEY\+([^+\n]+)\+([0-9a-f]{8})\+([^\n]+)\n?$/.exec(text) ?? [];
  const bytes = decodeBase64(secret);
  if (bytes === null || bytes.length !== 33) throw new KeyFileError(file, 'it holds no key');
  const found = bytes[0];
  if (found !== type)
    throw new KeyFileError(
      file,
      `it holds a key of type ${found}, not ${type} (1 log or export, 4 witness)`,
    );
  const key = signingKey(name, type, bytes.subarray(1));
  if (keyIdText(key.id) !== id)
    throw new KeyFileError(file, 'it is damaged: its id is not that of its key');
  return key;
}
