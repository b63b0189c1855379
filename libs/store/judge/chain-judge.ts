import { nativeSha256 } from '../audit-tree/native-sha256.js';
import type { CopiedRows } from './copied-rows.js';
import { EntityHeads } from './entity-heads.js';
import { hex, sameHash } from './hash-bytes.js';
import { ENTITY, ENTITY_SEQ, ID, LEAF_INDEX, PREV, RECORD_NO } from './trail-columns.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';

/**
 * Follows every entity through the log: its records are numbered 1, 2, 3 … and each names the leaf hash of the one before.
 * Where `whole` is false the log is followed from its middle: an entity's first record that is met is taken as it is.
 */
export class ChainJudge {
  readonly heads = new EntityHeads();

  constructor(
    private readonly whole: boolean,
    private readonly onFinding: (finding: TrailFinding) => void,
  ) {}

  /** `hash`: leaf hash of the record. */
  take(row: CopiedRows, hash: Uint8Array): void {
    if (row.isNull(ENTITY)) return;
    const { heads } = this;
    const entityHash = nativeSha256(row.view(ENTITY));
    const seq = row.int8(ENTITY_SEQ);
    const known = heads.find(entityHash);
    if (known || this.whole) {
      const last = known ? heads.seq : 0;
      if (seq !== last + 1) this.gap(row, last, seq);
      else if (!this.follows(row, known)) this.joined(row, known);
    }
    heads.set(entityHash, seq, hash);
  }

  private follows(row: CopiedRows, known: boolean): boolean {
    if (!known) return row.isNull(PREV);
    const { heads } = this;
    return (
      row.length[PREV] === 32 &&
      sameHash(row.bytes, row.start[PREV] as number, heads.headBytes, heads.headAt)
    );
  }

  private gap(row: CopiedRows, last: number, seq: number): void {
    const entity = row.text(ENTITY) ?? '';
    const missing = seq - last - 1;
    this.onFinding(
      trailFinding({
        kind: 'chain',
        // Of records that are missing the first; otherwise that which repeats a number.
        id: missing > 0 ? `${entity}#${last + 1}` : row.text(ID),
        leafIndex: missing > 0 ? null : row.int8(LEAF_INDEX),
        count: Math.max(1, missing),
        recordNo: missing > 0 ? null : String(row.int8(RECORD_NO)),
        what: 'entitySeq',
        where: 'audit_record',
        expected: String(last + 1),
        found: String(seq),
      }),
    );
  }

  private joined(row: CopiedRows, known: boolean): void {
    this.onFinding(
      trailFinding({
        kind: 'chain',
        id: row.text(ID),
        leafIndex: row.int8(LEAF_INDEX),
        recordNo: String(row.int8(RECORD_NO)),
        what: 'prev',
        where: 'audit_record',
        expected: known ? hex(this.heads.headBytes, this.heads.headAt) : null,
        found: row.isNull(PREV) ? null : row.view(PREV).toString('hex'),
      }),
    );
  }
}
