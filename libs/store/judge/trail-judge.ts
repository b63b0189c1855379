import type { Pool } from 'pg';
import { type CompactTree, EMPTY_TREE } from '#core/audit/tree/hash-tree.js';
import type { ArchivedRecords } from './archived-records.js';
import { withClient } from './auditor-pool.js';
import { ChainJudge } from './chain-judge.js';
import { ClockJudge } from './clock-judge.js';
import { type CopiedRows, copyOut } from './copied-rows.js';
import { IndexJudge } from './index-judge.js';
import { RecordJudge } from './record-judge.js';
import { type Stop, Stops } from './stops.js';
import { BLOCK_LEAVES, judgeUpperTiles, readTileBlock, type TileBlock } from './stored-tiles.js';
import {
  FIELDS,
  ID,
  isIndexRecord,
  LEAF,
  LEAF_INDEX,
  leavesWithRecords,
  RECORD_NO,
} from './trail-columns.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';
import { type Anchor, TreeJudge } from './tree-judge.js';

export interface TrailJudgeOptions {
  /** Connections that may read the trail; two are used at a time. */
  readonly pool: Pool;
  /** Where to begin: the tree as it was when everything before had been judged. Default: the beginning. */
  readonly start?: CompactTree;
  /** True: times of records are compared with those of the anchors. */
  readonly clock: boolean;
  /** Records of months that are no longer in the database; null: none. */
  readonly archived?: ArchivedRecords | null;
  /** Months, as `2014-01`, whose records may be missing. */
  readonly dropped?: ReadonlySet<string>;
  readonly onFinding: (finding: TrailFinding) => void;
}

/**
 * Judges the trail of a database in the order of its log: each leaf with its record, the tiles, the roots that somebody
 * remembers, the chains of entities and their committed indexes. Reads every row once; memory does not grow with the
 * number of records, only with that of entities (`EntityHeads`).
 */
export class TrailJudge {
  private readonly tree: TreeJudge;
  private readonly records: RecordJudge;
  private readonly chains: ChainJudge;
  private readonly indexes: IndexJudge;
  private readonly clock: ClockJudge | null;
  private block: TileBlock | null = null;
  private nextBlock: Promise<TileBlock> | null = null;
  private next: number;
  private through = 0;

  constructor(private readonly options: TrailJudgeOptions) {
    const { start = EMPTY_TREE, onFinding } = options;
    this.next = start.size;
    this.tree = new TreeJudge(start, onFinding);
    this.chains = new ChainJudge(start.size === 0, onFinding);
    this.indexes = new IndexJudge(this.chains.heads, start.size === 0, onFinding);
    this.clock = options.clock ? new ClockJudge(onFinding) : null;
    this.records = new RecordJudge(this.tree, this.chains, onFinding, options.dropped ?? new Set());
  }

  /** Leaves judged so far. */
  get size(): number {
    return this.next;
  }

  /** The tree of what was judged. */
  get judged(): CompactTree {
    return this.tree.tree;
  }

  /** True where a root was met that the tree of the records does not have: what follows is another history. */
  get isStrange(): boolean {
    return this.tree.isStrange;
  }

  get entities(): number {
    return this.chains.heads.size;
  }

  /** Leaves of dropped months whose records were not given: only their hashes were judged. */
  get inArchives(): number {
    return this.records.inArchives;
  }

  get indexesJudged(): number {
    return this.indexes.judged;
  }

  /**
   * Judges the leaves from where it stands to `through` (exclusive), which must all be there, and every anchor within:
   * ascending by size. Rejects where the database does; the judge must then not be used any more.
   */
  async advance(through: number, anchors: readonly Anchor[]): Promise<void> {
    const { pool, onFinding } = this.options;
    this.through = through;
    // Its last tile may have grown since.
    this.block = null;
    const sizes = await this.indexes.sizesWithin(pool, this.next, through);
    const stops = new Stops(anchors, sizes, (at) => this.stop(at));
    stops.reach(this.next);
    await withClient(pool, async (client) => {
      const query = leavesWithRecords(this.next, through);
      for await (const rows of copyOut(client, query, FIELDS)) await this.take(rows, stops);
    });
    await this.fill(through, stops);
    this.records.endMissing();
    this.tree.flush();
    await judgeUpperTiles(pool, this.tree.takeUpper(), onFinding);
    await this.chains.settle(pool, through);
    await this.indexes.settle(pool);
  }

  /** Tells what no later root is waited for to decide. Judging may go on afterwards. */
  end(): void {
    this.tree.end();
  }

  private async take(rows: CopiedRows, stops: Stops): Promise<void> {
    while (rows.next()) {
      const index = rows.int8(LEAF_INDEX);
      if (index > this.next) await this.fill(index, stops);
      else if (index < this.next) {
        this.twice(rows, index);
        continue;
      }
      const block = this.inBlock(index) ?? (await this.enterBlock(index));
      const row = rows.isNull(LEAF) ? await this.archivedOf(rows) : rows;
      if (row === null) {
        this.records.withoutRecord(rows, block);
        if (this.records.inArchives > 0) {
          this.chains.passOver();
          this.indexes.passOver();
        }
      } else {
        this.records.record(row, block);
        this.clock?.take(row);
        if (isIndexRecord(row)) this.indexes.take(row);
      }
      this.next = index + 1;
      if (this.next >= stops.nextAt) stops.reach(this.next);
    }
  }

  private async archivedOf(rows: CopiedRows): Promise<CopiedRows | null> {
    return (await this.options.archived?.restored(rows)) ?? null;
  }

  /** Leaves that are missing in the table up to `index`. */
  private async fill(index: number, stops: Stops): Promise<void> {
    if (index <= this.next) return;
    this.options.onFinding(
      trailFinding({
        kind: 'missing',
        leafIndex: this.next,
        count: index - this.next,
        what: 'leaf',
        where: 'audit_leaf',
      }),
    );
    while (this.next < index) {
      const block = this.inBlock(this.next) ?? (await this.enterBlock(this.next));
      this.records.withoutLeaf(this.next, block);
      this.next += 1;
      if (this.next >= stops.nextAt) stops.reach(this.next);
    }
  }

  private stop({ anchor, indexSize }: Stop): void {
    if (anchor !== null) {
      this.tree.meet(anchor);
      if (anchor.time !== null) this.clock?.reach(anchor.time);
    }
    if (indexSize !== null) this.indexes.reach(indexSize);
  }

  private twice(rows: CopiedRows, index: number): void {
    this.options.onFinding(
      trailFinding({
        kind: 'twice',
        leafIndex: index,
        id: rows.text(ID),
        recordNo: String(rows.int8(RECORD_NO)),
        what: 'record_no',
        where: 'audit_record',
      }),
    );
  }

  private inBlock(index: number): TileBlock | null {
    const { block } = this;
    return block !== null && index >= block.first && index < block.first + BLOCK_LEAVES
      ? block
      : null;
  }

  /** The next block is being read while this one is judged. */
  private async enterBlock(index: number): Promise<TileBlock> {
    const { pool, onFinding } = this.options;
    this.tree.flush();
    await judgeUpperTiles(pool, this.tree.takeUpper(), onFinding);
    const first = index - (index % BLOCK_LEAVES);
    const after = first + BLOCK_LEAVES;
    const waiting = this.nextBlock;
    this.nextBlock = null;
    const known = waiting === null ? null : await waiting;
    this.block = known?.first === first ? known : await readTileBlock(pool, index, this.through);
    if (after < this.through) {
      this.nextBlock = readTileBlock(pool, after, this.through);
      // Whether it failed is asked where the block is needed.
      this.nextBlock.catch(() => undefined);
    }
    return this.block;
  }
}
