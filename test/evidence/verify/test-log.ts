import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { type AuditRecord, leafText } from '#core/audit/audit-record.js';
import {
  bucketOf,
  buildIndex,
  commitmentRecord,
  type EntityIndex,
  entityHash,
  type IndexRow,
} from '#core/audit/entity/entity-index.js';
import { type EntityProof, formatEntityProof } from '#core/audit/entity/entity-proof.js';
import { leafHash } from '#core/audit/leaf-hash.js';
import { formatCheckpoint } from '#core/audit/note/checkpoint.js';
import { cosignedMessage, packCosignature } from '#core/audit/note/cosignature.js';
import { formatVerifierKey, type NoteKey, noteKey } from '#core/audit/note/note-key.js';
import { formatNote, formatSignature } from '#core/audit/note/signed-note.js';
import { formatProof } from '#core/audit/note/tlog-proof.js';
import { EMPTY_TREE, growTree, rootOf } from '#core/audit/tree/hash-tree.js';
import { proveConsistency, proveInclusion } from '#core/audit/tree/proof.js';

export const native = (bytes: Uint8Array): Uint8Array =>
  createHash('sha256').update(bytes).digest();

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** A key pair made from a name, so that a test's bytes are the same in every run. */
export class TestKey {
  readonly note: NoteKey;
  private readonly secret: KeyObject;

  constructor(name: string, type: 1 | 4) {
    const seed = createHash('sha256').update(`test key ${name}`).digest();
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    this.secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const jwk = this.secret.export({ format: 'jwk' });
    this.note = noteKey(name, type, Buffer.from(String(jwk.x), 'base64url'));
  }

  get vkey(): string {
    return formatVerifierKey(this.note);
  }

  sign(message: Uint8Array | string): Buffer {
    return sign(null, Buffer.from(message), this.secret);
  }

  /** A note of one signature line. */
  signNote(text: string): string {
    const { name, id } = this.note;
    return formatNote({ text, signatures: [{ name, id, signature: this.sign(text) }] });
  }
}

type Deed = Pick<
  AuditRecord,
  'action' | 'object' | 'schema' | 'ruleVersion' | 'inputsDigest' | 'fields'
>;

interface Kept {
  readonly leaf: string;
  readonly hash: Uint8Array;
  readonly entity: string | null;
}

const WITNESSED_AT = 1_700_000_000;

/** A log kept in memory: records in their chains, the tree, signed and witnessed checkpoints, the committed index. */
export class TestLog {
  readonly records: Kept[] = [];
  readonly chains = new Map<string, number[]>();
  readonly origin = 'audit.test.example/log';
  readonly logKey = new TestKey('audit.test.example/log', 1);
  readonly witnesses = [
    new TestKey('witness-a.test.example', 4),
    new TestKey('witness-b.test.example', 4),
  ];
  private readonly levels: Uint8Array[][] = [];
  private tree = EMPTY_TREE;

  append(entity: string | null, time: number, deed: Deed): number {
    const chain = entity === null ? null : (this.chains.get(entity) ?? []);
    const index = this.records.length;
    const seq = chain === null ? null : chain.length + 1;
    const last = chain?.at(-1);
    const record: AuditRecord = {
      ...deed,
      id: entity === null ? `${deed.object}@${index}` : `${entity}#${seq}`,
      time,
      actor: 'monitor',
      tenant: 'main',
      traceId: null,
      entity,
      entitySeq: seq,
      prev: last === undefined ? null : Buffer.from(this.records[last]?.hash ?? []).toString('hex'),
    };
    const leaf = leafText(record);
    const hash = leafHash(leaf, native);
    this.records.push({ leaf, hash, entity });
    if (entity !== null && chain !== null) {
      chain.push(index);
      this.chains.set(entity, chain);
    }
    this.tree = growTree(this.tree, [hash], native, (level, at, node) => {
      this.levels[level] ??= [];
      (this.levels[level] as Uint8Array[])[at] = node;
    });
    return index;
  }

  private readonly nodeAt = (level: number, index: number): Uint8Array =>
    this.levels[level]?.[index] as Uint8Array;

  /** Signed and witnessed checkpoint of the log as it stands. */
  checkpoint(): { readonly size: number; readonly note: string } {
    const { size } = this.tree;
    const root = rootOf(this.tree, native);
    const text = formatCheckpoint({ origin: this.origin, size, root, extensions: [] });
    const cosigned = this.witnesses.map((witness) => {
      const signature = witness.sign(cosignedMessage(WITNESSED_AT, text));
      const { name, id } = witness.note;
      return formatSignature({ name, id, signature: packCosignature(WITNESSED_AT, signature) });
    });
    return { size, note: this.logKey.signNote(text) + cosigned.join('') };
  }

  inclusion(index: number, { size, note }: { size: number; note: string }): string {
    const proof = proveInclusion(index, size, this.nodeAt, native);
    return formatProof({ index, proof, checkpoint: note });
  }

  consistency(from: number, to: number): Uint8Array[] {
    return proveConsistency(from, to, this.nodeAt, native);
  }

  /** Commits to the heads of all chains; the record of it is the last of the log. */
  commitIndex(time: number): CommittedIndex {
    const size = this.records.length;
    const rows = [...this.chains]
      .map(([entity, chain]) => ({
        entityHash: entityHash(entity, native),
        entitySeq: chain.length,
        head: this.records[chain.at(-1) as number]?.hash as Uint8Array,
      }))
      .sort((a, b) => Buffer.compare(a.entityHash, b.entityHash));
    const index = buildIndex(rows, native);
    const recordIndex = this.append(null, time, {
      ...commitmentRecord({ size, entities: index.entities, root: index.root }),
      ruleVersion: null,
      inputsDigest: null,
    });
    return new CommittedIndex(index, rows, { size, recordIndex });
  }
}

export class CommittedIndex {
  constructor(
    private readonly index: EntityIndex,
    private readonly rows: readonly IndexRow[],
    readonly place: { readonly size: number; readonly recordIndex: number },
  ) {}

  proofOf(entity: string): EntityProof & { readonly position: number } {
    const hash = entityHash(entity, native);
    const bucket = bucketOf(hash);
    const rows = this.rows.filter((row) => bucketOf(row.entityHash) === bucket);
    const position = rows.findIndex((row) => Buffer.compare(row.entityHash, hash) === 0);
    return { ...formatEntityProof(this.index, { ...this.place, bucket }, rows), position };
  }
}
