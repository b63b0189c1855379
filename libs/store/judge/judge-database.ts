import type { Pool } from 'pg';
import { ArchivedRecords } from './archived-records.js';
import { droppedMonths } from './dropped-months.js';
import { judgeEvents } from './recorded-events.js';
import { checkpointAnchors, type Trust } from './stored-checkpoints.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';
import { TrailJudge } from './trail-judge.js';
import type { Anchor } from './tree-judge.js';
import {
  detachedMonths,
  judgeUnlogged,
  judgeUnrecorded,
  type WaitingRecords,
} from './unlogged-records.js';

/** Leaves judged between two reports of progress, unless asked for otherwise. */
const STEP = 262_144;

/** The stored state of the tree. */
export interface StoredTree {
  readonly size: number;
  readonly root: Buffer;
  /** Leaves that there are; more or fewer than `size` is a fault. */
  readonly leaves: number;
  /** Size of the largest stored checkpoint, from the same moment; 0: none. */
  readonly checkpoint: number;
}

export async function storedTree(pool: Pool): Promise<StoredTree> {
  const { rows } = await pool.query<{
    size: string;
    root: Buffer;
    leaves: string;
    checkpoint: string;
  }>(
    `select t.size, t.root, coalesce((select max(l.leaf_index) + 1 from audit_leaf l), 0) as leaves,
       coalesce((select max(c.size) from audit_checkpoint c), 0) as checkpoint
     from audit_tree t`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('audit_tree has no row: the database is not migrated');
  return {
    size: Number(row.size),
    root: row.root,
    leaves: Number(row.leaves),
    checkpoint: Number(row.checkpoint),
  };
}

export interface JudgeOptions {
  readonly pool: Pool;
  /** Null: signatures are not checked, only that checkpoints fit. */
  readonly trust: Trust | null;
  /** What others remember: signer, witnesses, auditor. */
  readonly remembered: readonly Anchor[];
  /** Folders of archived months (docs/adr/0020); what was dropped is read from there. */
  readonly archives?: readonly string[];
  /** False: times of records are not compared with those of witnesses (simulations). */
  readonly clock: boolean;
  readonly onFinding: (finding: TrailFinding) => void;
  /** Called after every step; judging goes on once it resolves, and ends with its error where it rejects. */
  readonly onProgress?: (judged: number, size: number) => void | Promise<void>;
  /** Leaves of one step. */
  readonly step?: number;
}

export interface Judged {
  readonly size: number;
  readonly root: Buffer;
  readonly entities: number;
  readonly checkpoints: number;
  readonly indexes: number;
  /** Records of archived months that were not given: only their hashes were judged. */
  readonly inArchives: number;
  readonly waiting: WaitingRecords;
  /** Size of the largest checkpoint that was trusted; leaves beyond it are not signed yet. */
  readonly signed: number;
  readonly detached: readonly string[];
  /** Knows the tree and all chains up to `size`; it can be asked to go on from there. */
  readonly judge: TrailJudge;
}

/**
 * Judges the whole audit trail of a database as it stands now: what comes in meanwhile is left to the next time. Every
 * fault is told once, through `onFinding`. Rejects only where the database cannot be read, or with ArchiveError where an
 * archive can not.
 */
export async function judgeDatabase(options: JudgeOptions): Promise<Judged> {
  const { pool, trust, remembered, onFinding } = options;
  const tree = await storedTree(pool);
  if (tree.leaves > tree.size)
    onFinding(
      trailFinding({
        kind: 'tree',
        leafIndex: tree.size,
        count: tree.leaves - tree.size,
        what: 'size',
        where: 'audit_tree',
        expected: String(tree.leaves),
        found: String(tree.size),
      }),
    );
  for (const anchor of remembered) if (anchor.size > tree.size) onFinding(rollback(anchor, tree));
  const beyond = await largestBeyond(tree, options);
  if (beyond !== null) onFinding(rollback(beyond, tree));
  const archived =
    options.archives === undefined ? null : await ArchivedRecords.open(options.archives);
  const clock = options.clock && trust !== null;
  const dropped = await droppedMonths(pool, tree.size);
  const judge = new TrailJudge({ pool, onFinding, clock, archived, dropped: dropped.records });
  const events = judgeEvents(pool, dropped, onFinding);
  // Beside the walk, since the server has it to itself; whether it failed is asked at the end.
  events.catch(() => undefined);
  const own: Anchor = { size: tree.size, root: tree.root, where: 'audit_tree', time: null };
  let checkpoints = 0;
  let signed = 0;
  for (let from = -1; judge.size < tree.size || from < 0; ) {
    const through = Math.min(tree.size, judge.size + (options.step ?? STEP));
    const stored = await checkpointAnchors(pool, { from, to: through }, trust, onFinding);
    checkpoints += stored.length;
    signed = stored.at(-1)?.size ?? signed;
    const others = [...remembered, own].filter(({ size }) => size > from && size <= through);
    await judge.advance(through, [...stored, ...others]);
    await options.onProgress?.(judge.size, tree.size);
    from = through;
  }
  judge.end();
  const waiting = await judgeUnlogged(pool, onFinding);
  await judgeUnrecorded(pool, dropped.records, onFinding);
  await events;
  return {
    size: tree.size,
    root: tree.root,
    entities: judge.entities,
    checkpoints,
    indexes: judge.indexesJudged,
    inArchives: judge.inArchives,
    waiting,
    signed,
    detached: await detachedMonths(pool),
    judge,
  };
}

/**
 * The largest trusted checkpoint of those that were beyond the tree when both were read: only who set the tree back leaves
 * one. What was stored since is not looked at where no larger one was there before.
 */
async function largestBeyond(
  tree: StoredTree,
  { pool, trust, onFinding }: JudgeOptions,
): Promise<Anchor | null> {
  if (tree.checkpoint <= tree.size) return null;
  const within = { from: tree.size, to: tree.checkpoint };
  return (await checkpointAnchors(pool, within, trust, onFinding)).at(-1) ?? null;
}

/** Told where the stored tree is smaller than somebody remembers it. */
export function rollback(anchor: Anchor, tree: StoredTree): TrailFinding {
  return trailFinding({
    kind: 'rollback',
    leafIndex: tree.size,
    count: anchor.size - tree.size,
    what: 'size',
    where: anchor.where,
    expected: String(anchor.size),
    found: String(tree.size),
  });
}
