import type { Pool } from 'pg';
import { nativeSha256 } from '../audit-tree/native-sha256.js';
import type { CopiedRows } from './copied-rows.js';
import { EntityHeads } from './entity-heads.js';
import { hex } from './hash-bytes.js';
import { ENTITY, ENTITY_SEQ, ID, LEAF_INDEX, PREV, RECORD_NO } from './trail-columns.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';

/** Entities with records ahead of their turn of which more than this are a fault, and no matter of order. */
const MOST_AHEAD = 20_000;

/** A record of a chain, as far as the next one is compared with it. */
interface Link {
  readonly seq: number;
  readonly id: string;
  readonly leafIndex: number;
  readonly recordNo: string;
  /** Hex leaf hash that it names as its predecessor's; null: none. */
  readonly prev: string | null;
  /** Hex leaf hash of its own. */
  readonly hash: string;
}

/** An entity of which records came before their turn. */
interface Ahead {
  readonly entity: string;
  /** Number and hex leaf hash of the last record up to which there is no gap; hash null: the beginning, or not known. */
  seq: number;
  hash: string | null;
  /** False: the record before is missing, so that what the next one names cannot be compared. */
  known: boolean;
  readonly links: Map<number, Link>;
}

/**
 * Follows every entity through the log: its records are numbered 1, 2, 3 … and each names the leaf hash of the one before.
 * A record may stand before its predecessor, since transactions get their places by their ids and not by their commits: it
 * waits here until the other has come. Where `whole` is false the log is followed from its middle: an entity's first
 * record that is met is taken as it is.
 */
export class ChainJudge {
  /** For each entity the record with the highest number: what the index of entities commits to. */
  readonly heads = new EntityHeads();
  private readonly ahead = new Map<string, Ahead>();
  private gapsTell = true;

  constructor(
    private whole: boolean,
    private readonly onFinding: (finding: TrailFinding) => void,
  ) {}

  /** Records were passed over that are kept elsewhere: from here on a gap may be theirs, and is not told. */
  passOver(): void {
    this.whole = false;
    this.gapsTell = false;
  }

  /** `hash`: leaf hash of the record. */
  take(row: CopiedRows, hash: Uint8Array): void {
    if (row.isNull(ENTITY)) return;
    const { heads } = this;
    const entityHash = nativeSha256(row.view(ENTITY));
    const seq = row.int8(ENTITY_SEQ);
    const known = heads.find(entityHash);
    const last = known ? heads.seq : 0;
    if (this.ahead.size > 0 && this.inDisorder(row, { entityHash, seq, hash })) {
      if (seq > last) heads.set(entityHash, seq, hash);
      return;
    }
    if (seq === last + 1) {
      if ((known || this.whole) && !this.follows(row, known))
        this.joined(linkOf(row, seq, hash), known ? hex(heads.headBytes, heads.headAt) : null);
      heads.set(entityHash, seq, hash);
    } else if (known || this.whole) this.outOfTurn(row, { entityHash, seq, hash, last, known });
    else heads.set(entityHash, seq, hash);
  }

  /**
   * At a pause: of records ahead of their turn whose predecessor is not anywhere in the trail, that is told; one that is
   * there and has a place from `size` on, or none yet, will still come.
   */
  async settle(pool: Pool, size: number): Promise<void> {
    if (this.ahead.size === 0) return;
    const waiting = [...this.ahead];
    const { rows } = await pool.query<{ at: string }>(
      `select w.at from unnest($1::text[], $2::bigint[]) with ordinality as w(entity, seq, at)
       where exists (
         select from audit_record r left join audit_leaf l on l.record_no = r.record_no
         where r.entity = w.entity and r.entity_seq = w.seq and coalesce(l.leaf_index, $3) >= $3)`,
      [waiting.map(([, { entity }]) => entity), waiting.map(([, { seq }]) => seq + 1), size],
    );
    const toCome = new Set(rows.map(({ at }) => Number(at) - 1));
    for (const [at, [key, ahead]] of waiting.entries())
      if (!toCome.has(at)) {
        while (ahead.links.size > 0) this.passGap(ahead);
        this.ahead.delete(key);
      }
  }

  private follows(row: CopiedRows, known: boolean): boolean {
    if (!known) return row.isNull(PREV);
    const { heads } = this;
    const at = row.start[PREV] as number;
    return (
      row.length[PREV] === 32 &&
      row.bytes.compare(heads.headBytes, heads.headAt, heads.headAt + 32, at, at + 32) === 0
    );
  }

  private outOfTurn(
    row: CopiedRows,
    at: { entityHash: Uint8Array; seq: number; hash: Uint8Array; last: number; known: boolean },
  ): void {
    const { entityHash, seq, hash, last, known } = at;
    const link = linkOf(row, seq, hash);
    if (seq <= last) {
      // Followed from the middle, it may be one whose successor stood before it.
      if (this.whole) this.repeated(link, last + 1);
      return;
    }
    const { heads } = this;
    const ahead: Ahead = {
      entity: row.text(ENTITY) ?? '',
      seq: last,
      hash: known ? hex(heads.headBytes, heads.headAt) : null,
      known: true,
      links: new Map([[seq, link]]),
    };
    if (this.ahead.size < MOST_AHEAD) this.ahead.set(hex(entityHash), ahead);
    else this.passGap(ahead);
    heads.set(entityHash, seq, hash);
  }

  /** True where the entity has records ahead of their turn; the record is then one of them, or the one they wait for. */
  private inDisorder(
    row: CopiedRows,
    { entityHash, seq, hash }: { entityHash: Uint8Array; seq: number; hash: Uint8Array },
  ): boolean {
    const key = hex(entityHash);
    const ahead = this.ahead.get(key);
    if (ahead === undefined) return false;
    const link = linkOf(row, seq, hash);
    if (seq <= ahead.seq || ahead.links.has(seq)) {
      this.repeated(link, ahead.seq + 1);
      return true;
    }
    ahead.links.set(seq, link);
    this.drain(ahead);
    if (ahead.links.size === 0) this.ahead.delete(key);
    return true;
  }

  /** Takes the records whose turn has come. */
  private drain(ahead: Ahead): void {
    for (let next = ahead.links.get(ahead.seq + 1); next !== undefined; ) {
      if (ahead.known && next.prev !== ahead.hash) this.joined(next, ahead.hash);
      ahead.links.delete(next.seq);
      ahead.seq = next.seq;
      ahead.hash = next.hash;
      ahead.known = true;
      next = ahead.links.get(ahead.seq + 1);
    }
  }

  /** Tells the first gap and goes on behind it. */
  private passGap(ahead: Ahead): void {
    const next = Math.min(...ahead.links.keys());
    const missing = trailFinding({
      kind: 'chain',
      id: `${ahead.entity}#${ahead.seq + 1}`,
      count: next - ahead.seq - 1,
      what: 'entitySeq',
      where: 'audit_record',
      expected: String(ahead.seq + 1),
      found: String(next),
    });
    if (this.gapsTell) this.onFinding(missing);
    ahead.seq = next - 1;
    ahead.known = false;
    this.drain(ahead);
  }

  private repeated(link: Link, expected: number): void {
    this.tell(link, { what: 'entitySeq', expected: String(expected), found: String(link.seq) });
  }

  private joined(link: Link, expected: string | null): void {
    this.tell(link, { what: 'prev', expected, found: link.prev });
  }

  private tell(
    { id, leafIndex, recordNo }: Link,
    difference: { what: string; expected: string | null; found: string | null },
  ): void {
    const place = { kind: 'chain' as const, where: 'audit_record', id, leafIndex, recordNo };
    this.onFinding(trailFinding({ ...place, ...difference }));
  }
}

function linkOf(row: CopiedRows, seq: number, hash: Uint8Array): Link {
  return {
    seq,
    id: row.text(ID) ?? '',
    leafIndex: row.int8(LEAF_INDEX),
    recordNo: String(row.int8(RECORD_NO)),
    prev: row.isNull(PREV) ? null : row.view(PREV).toString('hex'),
    hash: hex(hash),
  };
}
