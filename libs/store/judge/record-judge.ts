import { HASH_BYTES } from '#core/audit/tree/hash-tree.js';
import { nativeSha256 } from '../audit-tree/native-sha256.js';
import type { ChainJudge } from './chain-judge.js';
import type { CopiedRows } from './copied-rows.js';
import { hex, sameHash } from './hash-bytes.js';
import type { TileBlock } from './stored-tiles.js';
import {
  ColumnJudge,
  columnText,
  ID,
  LEAF,
  LEAF_HASH,
  LEAF_INDEX,
  LEAF_TIME,
  type LeafDifference,
  RECORD_HASH,
  RECORD_NO,
} from './trail-columns.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';
import type { TreeJudge } from './tree-judge.js';

/** Judges the rows of leaves with their records: columns, text, stored hashes and the tile's hash of each. */
export class RecordJudge {
  private readonly columns = new ColumnJudge();
  /** Leaves of dropped months whose records were not given. */
  inArchives = 0;
  private missing: { from: number; count: number; recordNo: string } | null = null;

  constructor(
    private readonly tree: TreeJudge,
    private readonly chains: ChainJudge,
    private readonly onFinding: (finding: TrailFinding) => void,
    /** Months, as `2014-01`, of which the trail says that they were archived and dropped. */
    private readonly dropped: ReadonlySet<string>,
  ) {}

  /** A leaf with its record. The row's bytes are written over at one place that nothing reads afterwards. */
  record(row: CopiedRows, block: TileBlock): void {
    if (this.missing !== null) this.endMissing();
    const differences = this.columns.differences(row);
    const given = hashLeafInPlace(row);
    if (differences.length > 0) this.columnsDiffer(row, differences);
    this.chains.take(row, this.leaf(row, block, given));
  }

  /** A leaf whose record is not there: the tree goes on with the hash that its leaf keeps. */
  withoutRecord(row: CopiedRows, block: TileBlock): void {
    const index = row.int8(LEAF_INDEX);
    const { missing } = this;
    if (this.dropped.size > 0 && this.dropped.has(monthOf(row))) this.inArchives += 1;
    else if (missing !== null && missing.from + missing.count === index) missing.count += 1;
    else {
      this.endMissing();
      this.missing = { from: index, count: 1, recordNo: String(row.int8(RECORD_NO)) };
    }
    const stored = storedHash(block, index);
    const kept = row.view(LEAF_HASH);
    if (stored !== null && sameHash(stored, 0, kept, 0)) this.tree.agree(stored);
    else this.differ(row, { stored, given: Buffer.from(kept), where: 'audit_leaf' });
  }

  /** Leaves that are not there: their hashes are taken from the tiles. */
  withoutLeaf(index: number, block: TileBlock): void {
    this.tree.agree(storedHash(block, index) ?? Buffer.alloc(HASH_BYTES));
  }

  endMissing(): void {
    const { missing } = this;
    if (missing === null) return;
    this.missing = null;
    const { from, count, recordNo } = missing;
    this.onFinding(
      trailFinding({
        kind: 'missing',
        leafIndex: from,
        count,
        recordNo,
        what: 'record',
        where: 'audit_record',
      }),
    );
  }

  /** Gives the hash by which the record's successor has to name it: not that of a text that was edited afterwards. */
  private leaf(row: CopiedRows, block: TileBlock, given: Uint8Array): Uint8Array {
    const index = row.int8(LEAF_INDEX);
    const stored = storedHash(block, index);
    if (stored !== null && sameHash(stored, 0, given, 0)) {
      this.tree.agree(stored);
      if (!sameAt(row, RECORD_HASH, given))
        this.hashDiffers(row, { column: RECORD_HASH, where: 'audit_record', given });
      if (!sameAt(row, LEAF_HASH, given))
        this.hashDiffers(row, { column: LEAF_HASH, where: 'audit_leaf', given });
      return given;
    }
    this.differ(row, { stored, given, where: 'audit_record' });
    return stored !== null && sameAt(row, LEAF_HASH, stored) ? stored : given;
  }

  private differ(
    row: CopiedRows,
    { stored, given, where }: { stored: Buffer | null; given: Uint8Array; where: string },
  ): void {
    const index = row.int8(LEAF_INDEX);
    const place = placeOf(row);
    if (stored === null) {
      const what = `tile 0/${Math.floor(index / 256)}`;
      this.onFinding(trailFinding({ ...place, kind: 'tile', what, where: 'audit_tile' }));
      this.tree.agree(given);
      return;
    }
    const what = where === 'audit_leaf' ? 'leaf_hash' : 'leaf';
    this.tree.differ(stored, given, {
      leafIndex: index,
      edited: trailFinding({
        ...place,
        kind: 'edited',
        what,
        where,
        expected: hex(stored),
        found: hex(given),
      }),
      tile: trailFinding({
        ...place,
        kind: 'tile',
        what: `tile 0/${Math.floor(index / 256)}, hash ${index % 256}`,
        where: 'audit_tile',
        expected: hex(given),
        found: hex(stored),
      }),
    });
  }

  private columnsDiffer(row: CopiedRows, members: readonly LeafDifference[]): void {
    const [first] = members;
    this.onFinding(
      trailFinding({
        ...placeOf(row),
        kind: 'edited',
        what: members.join(', '),
        where: 'audit_record',
        expected: first === undefined ? null : this.columns.said(row, first),
        found: first === undefined ? null : columnText(row, first),
      }),
    );
  }

  private hashDiffers(
    row: CopiedRows,
    { column, where, given }: { column: number; where: string; given: Uint8Array },
  ): void {
    this.onFinding(
      trailFinding({
        ...placeOf(row),
        kind: 'edited',
        what: 'leaf_hash',
        where,
        expected: hex(given),
        found: row.view(column).toString('hex'),
      }),
    );
  }
}

function monthOf(row: CopiedRows): string {
  return new Date(row.micros(LEAF_TIME) / 1000).toISOString().slice(0, 7);
}

function placeOf(row: CopiedRows) {
  return {
    id: row.text(ID),
    leafIndex: row.int8(LEAF_INDEX),
    recordNo: String(row.int8(RECORD_NO)),
  };
}

function sameAt(row: CopiedRows, column: number, given: Uint8Array): boolean {
  return (
    row.length[column] === HASH_BYTES && sameHash(row.bytes, row.start[column] as number, given, 0)
  );
}

/**
 * SHA-256(0x00 || leaf). The text lies behind the four bytes of its length, the last of which becomes the 0x00: lengths
 * were read when the row was found.
 */
function hashLeafInPlace(row: CopiedRows): Uint8Array {
  const start = row.start[LEAF] as number;
  row.bytes[start - 1] = 0;
  return nativeSha256(row.bytes.subarray(start - 1, start + (row.length[LEAF] as number)));
}

/** The hash that the tile holds of a leaf of the block; null where it holds none. */
function storedHash(block: TileBlock, index: number): Buffer | null {
  const place = index - block.first;
  if ((place & 255) >= (block.widths[place >> 8] as number)) return null;
  return block.hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
}
