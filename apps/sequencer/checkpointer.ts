import type { Pool } from 'pg';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { formatCheckpoint } from '#core/audit/note/checkpoint.js';
import type { NoteKey } from '#core/audit/note/note-key.js';
import {
  formatNote,
  formatSignature,
  parseNote,
  verifyNote,
} from '#core/audit/note/signed-note.js';
import { readCheckpoint, saveCheckpoint } from '#store/audit-tree/checkpoints.js';
import { readConsistency } from '#store/audit-tree/tiles.js';
import { CheckpointClient, type Cosigner, type Submission } from './add-checkpoint.js';

export interface WitnessAt {
  readonly key: NoteKey;
  readonly url: string;
}

export interface CheckpointerOptions {
  readonly pool: Pool;
  readonly origin: string;
  /** Keys of the log: one of them has to have signed. */
  readonly logKeys: readonly NoteKey[];
  readonly signer: Cosigner;
  readonly witnesses: readonly WitnessAt[];
  /** How many witnesses have to cosign before a checkpoint counts as complete. */
  readonly quorum: number;
}

/** What became of one checkpoint. */
export interface CheckpointOutcome {
  readonly size: number;
  readonly note: string;
  readonly complete: boolean;
  /** Names of the witnesses that have cosigned. */
  readonly cosigners: readonly string[];
  /** Witnesses that have not, and why. */
  readonly missing: readonly { readonly name: string; readonly error: unknown }[];
}

/**
 * Lets a state of the tree be signed by the signer, then cosigned by the witnesses at once, and stores it. A crash before the
 * storing leaves a state that is signed and not stored: the signer signs it again, or a larger one that follows on it.
 */
export class Checkpointer {
  private readonly signer: CheckpointClient;
  private readonly witnesses: readonly {
    readonly key: NoteKey;
    readonly client: CheckpointClient;
  }[];

  constructor(private readonly options: CheckpointerOptions) {
    this.signer = new CheckpointClient(options.signer);
    this.witnesses = options.witnesses.map(({ key, url }) => ({
      key,
      client: new CheckpointClient({ name: `the witness ${key.name}`, url, token: null }),
    }));
  }

  /**
   * Signs and stores the committed state of this size and root. Without enough witnesses it is stored as incomplete; asked
   * again for the same state, what is missing is added.
   * @throws what the signer's client throws; NoteError where its signature does not verify; the database's own error
   */
  async sign(size: number, root: Uint8Array): Promise<CheckpointOutcome> {
    const { origin, pool, quorum } = this.options;
    const text = formatCheckpoint({ origin, size, root, extensions: [] });
    const proofFrom = (from: number) => readConsistency(pool, from, size);
    const stored = await readCheckpoint(pool, size);
    const start = stored === null ? null : this.linesOf(stored.note, text);
    const signed =
      start?.note ??
      (await this.signed({ size, note: formatNote({ text, signatures: [] }), proofFrom }));
    const cosigners = [...(start?.cosigners ?? [])];
    const missing: { name: string; error: unknown }[] = [];
    const asked = this.witnesses.filter(({ key }) => !cosigners.includes(key.name));
    const answers = await Promise.allSettled(
      asked.map(({ key, client }) => this.cosign(client, key, { size, note: signed, proofFrom })),
    );
    let note = signed;
    answers.forEach((answer, index) => {
      const { name } = (asked[index] as { key: NoteKey }).key;
      if (answer.status === 'rejected') missing.push({ name, error: answer.reason });
      else {
        cosigners.push(name);
        note += answer.value;
      }
    });
    const complete = cosigners.length >= quorum;
    await saveCheckpoint(pool, { size, root: Buffer.from(root), note, complete });
    return { size, note, complete, cosigners, missing };
  }

  /** The note with the signer's lines, of which one is of the log's key. */
  private async signed(submission: Submission): Promise<string> {
    const lines = await this.signer.ask(submission);
    const note = `${submission.note}${lines}`;
    verifyNote(parseNote(note), this.options.logKeys, verifyEd25519);
    return note;
  }

  /** A stored note and who has cosigned it; null where it is of another state, or no key of the log has signed it. */
  private linesOf(
    note: string,
    text: string,
  ): { readonly note: string; readonly cosigners: readonly string[] } | null {
    const keys = [...this.options.logKeys, ...this.witnesses.map(({ key }) => key)];
    const parsed = parseNote(note);
    if (parsed.text !== text) return null;
    const verified = verifyNote(parsed, keys, verifyEd25519).map(({ key }) => key);
    if (!verified.some((key) => this.options.logKeys.includes(key))) return null;
    return { note, cosigners: verified.filter(({ type }) => type === 4).map(({ name }) => name) };
  }

  /** The witness's own line of its answer, verified; others in it are passed over. */
  private async cosign(
    client: CheckpointClient,
    key: NoteKey,
    submission: Submission,
  ): Promise<string> {
    const lines = await client.ask(submission);
    const { text } = parseNote(submission.note);
    const { signatures } = parseNote(`${text}\n${lines}`);
    const own = signatures.filter(({ name, id }) => name === key.name && id === key.id).slice(0, 1);
    verifyNote({ text, signatures: own }, [key], verifyEd25519);
    return own.map(formatSignature).join('');
  }
}
