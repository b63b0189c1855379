import type { Pool } from 'pg';
import {
  type Checkpoint,
  type CheckpointPolicy,
  judgeCheckpoint,
  parseCheckpoint,
} from '#core/audit/note/checkpoint.js';
import { NoteError } from '#core/audit/note/note-error.js';
import { parseNote, type VerifyEd25519 } from '#core/audit/note/signed-note.js';
import { sameBytes } from '#core/audit/tree/hash-tree.js';
import { readLatestCheckpoint } from '../audit-tree/checkpoints.js';
import { hex } from './hash-bytes.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';
import type { Anchor } from './tree-judge.js';

const PAGE = 2_000;

/** Keys from outside, and who verifies signatures. */
export interface Trust {
  readonly policy: CheckpointPolicy;
  readonly verify: VerifyEd25519;
}

interface Row {
  readonly size: string | number;
  readonly root: Buffer;
  readonly note: string;
  readonly complete: boolean;
}

/**
 * The stored checkpoints of sizes above `from` up to `to`, each compared with its own note and, where keys are given,
 * with its signatures: one that is said to be complete has to reach the quorum. Those that pass are anchors.
 */
export async function checkpointAnchors(
  pool: Pool,
  within: { readonly from: number; readonly to: number },
  trust: Trust | null,
  onFinding: (finding: TrailFinding) => void,
): Promise<Anchor[]> {
  const anchors: Anchor[] = [];
  for (let after = within.from; ; ) {
    const { rows } = await pool.query<Row>(
      `select size, root, note, complete from audit_checkpoint
       where size > $1 and size <= $2 order by size limit ${PAGE}`,
      [after, within.to],
    );
    for (const row of rows) {
      const anchor = anchorOf(row, trust, onFinding);
      if (anchor !== null) anchors.push(anchor);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return anchors;
    after = Number(last.size);
  }
}

/**
 * The largest stored checkpoint that is said to be complete; null where there is none, or where it does not pass as
 * `checkpointAnchors` has it.
 */
export async function newestComplete(
  pool: Pool,
  trust: Trust | null,
  onFinding: (finding: TrailFinding) => void,
): Promise<Anchor | null> {
  const newest = await readLatestCheckpoint(pool, { complete: true });
  return newest === null ? null : anchorOf(newest, trust, onFinding);
}

function anchorOf(
  row: Row,
  trust: Trust | null,
  onFinding: (finding: TrailFinding) => void,
): Anchor | null {
  const size = Number(row.size);
  const refuse = (what: string, expected: string | null = null, found: string | null = null) => {
    const where = 'audit_checkpoint';
    onFinding(
      trailFinding({ kind: 'checkpoint', what: `${what} of ${size}`, where, expected, found }),
    );
    return null;
  };
  const noted = readNote(row, trust);
  if (typeof noted === 'string') return refuse(noted);
  const { checkpoint, time } = noted;
  if (checkpoint.size !== size) return refuse('size', String(checkpoint.size), String(size));
  if (!sameBytes(checkpoint.root, row.root))
    return refuse('root', hex(checkpoint.root), row.root.toString('hex'));
  return { size, root: checkpoint.root, where: 'audit_checkpoint', time };
}

/** What the note says and when it was first cosigned; otherwise why it is not trusted. */
function readNote(
  { note, complete }: Row,
  trust: Trust | null,
): { checkpoint: Checkpoint; time: number | null } | string {
  if (trust === null) {
    try {
      return { checkpoint: parseCheckpoint(parseNote(note).text), time: null };
    } catch (error) {
      if (error instanceof NoteError) return error.reason;
      throw error;
    }
  }
  const { policy, verify } = trust;
  const outcome = judgeCheckpoint(note, complete ? policy : { ...policy, quorum: 0 }, verify);
  if (!outcome.ok) return outcome.reason;
  const times = outcome.cosigners.flatMap(({ time }) => (time === null ? [] : [time]));
  return { checkpoint: outcome.checkpoint, time: times.length === 0 ? null : Math.min(...times) };
}
