import { readBounded } from '#audit-keys/read-bounded.js';
import { formatAddCheckpoint } from '#core/audit/note/witness-request.js';

/** How long a signer or witness may take to answer, ms. */
const ANSWER_MS = 5_000;
const ATTEMPTS = 3;
/** Longest answer that is read. */
const MOST_BYTES = 16_384;

/** Who signs checkpoints: the log's signer, or a witness. */
export interface Cosigner {
  /** As messages name it. */
  readonly name: string;
  /** Its address, to which /add-checkpoint is added. */
  readonly url: string;
  readonly token: string | null;
}

/** What is to be signed, and how the proofs for it are read. */
export interface Submission {
  readonly size: number;
  /** The checkpoint's note. */
  readonly note: string;
  readonly proofFrom: (size: number) => Promise<readonly Uint8Array[]>;
}

/** It answered, and will not sign: a person has to look. `size` is what it has signed, where it said so. */
export class RefusedCheckpointError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedCheckpointError';
  }
}

/**
 * Asks one signer or witness (C2SP tlog-witness add-checkpoint) for its signature lines; remembers from one time to the next
 * which size it has signed.
 */
export class CheckpointClient {
  private known = 0;

  constructor(readonly cosigner: Cosigner) {}

  /**
   * Its signature lines, unchecked.
   * @throws RefusedCheckpointError where it refuses, saying why; the system's error where it is away
   */
  async ask(submission: Submission): Promise<string> {
    const { size, note, proofFrom } = submission;
    for (let attempt = 1; ; attempt += 1) {
      const old = Math.min(this.known, size);
      const proof = await proofFrom(old);
      const { status, body } = await this.post(formatAddCheckpoint({ oldSize: old, proof, note }));
      if (status === 200) {
        this.known = size;
        return body;
      }
      const { name } = this.cosigner;
      const has = /^(0|[1-9]\d{0,15})\n$/.exec(body)?.[1];
      if (status !== 409 || has === undefined)
        throw new RefusedCheckpointError(
          `${name} refuses size ${size} (${status}): ${body.trim().slice(0, 300)}`,
        );
      this.known = Number(has);
      if (this.known > size)
        throw new RefusedCheckpointError(
          `${name} has signed ${has} leaves, but the database holds only ${size}: it is an older copy, restored from a ` +
            'backup or turned back. Nothing is signed until the missing records are there again (docs/operating.md)',
        );
      if (this.known === old && old === size)
        throw new RefusedCheckpointError(
          `${name} has signed another tree of ${size} leaves: the records in the database are not those that were signed. ` +
            'Nothing is signed any more. Run: mingcha verify --database',
        );
      if (attempt === ATTEMPTS)
        throw new RefusedCheckpointError(
          `${name} keeps answering that it has signed ${has} leaves`,
        );
    }
  }

  private async post(body: string): Promise<{ readonly status: number; readonly body: string }> {
    const { url, token } = this.cosigner;
    const response = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const answer = await readBounded(response, MOST_BYTES);
    if (answer === null)
      throw new RefusedCheckpointError(
        `${this.cosigner.name} answers (${response.status}) with more than ${MOST_BYTES} bytes: that are no signature lines`,
      );
    return { status: response.status, body: answer.toString('utf8') };
  }
}
