import { setTimeout as wait } from 'node:timers/promises';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { judgeCheckpoint } from '#core/audit/note/checkpoint.js';
import { parseVerifierKey } from '#core/audit/note/note-key.js';
import { readLatestCheckpoint } from '#store/audit-tree/checkpoints.js';
import { openAuditorPool } from '#store/judge/auditor-pool.js';
import { judgeDatabase } from '#store/judge/judge-database.js';
import type { AuditProcesses } from './audit-processes.js';

/** What the audit trail of a run came to. */
export interface TrailOutcome {
  /** Leaves under the last checkpoint. */
  readonly size: number;
  /** Root that the last checkpoint states, in hex; null where nothing was signed in time. */
  readonly root: string | null;
  /** True only where everything was computed anew and agrees: leaves, tree, signatures, what signer and witness remember. */
  readonly verified: boolean;
  /** What does not, one line each. */
  readonly faults: readonly string[];
}

const COVERED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/**
 * Waits until every record stands under a checkpoint that the witness has cosigned, then computes the whole trail anew, from the
 * text of each record up to the signed root, and asks signer and witness themselves what they have signed.
 */
export async function verifyTrail(
  databaseUrl: string,
  audit: AuditProcesses,
): Promise<TrailOutcome> {
  const pool = openAuditorPool(databaseUrl, 'mingcha-demo');
  try {
    const policy = {
      origin: audit.origin,
      logKeys: [parseVerifierKey(audit.logKey)],
      witnesses: [parseVerifierKey(audit.witnessKey)],
      quorum: 1,
    };
    const giveUpAt = Date.now() + COVERED_WITHIN_MS;
    let faults: string[] = [];
    while (!(await isCovered(pool)))
      if (Date.now() > giveUpAt) {
        faults = ['not every record stands under a complete checkpoint'];
        break;
      } else await wait(LOOK_EVERY_MS);
    const checkpoint = await readLatestCheckpoint(pool, { complete: true });
    if (checkpoint === null) return { size: 0, root: null, verified: false, faults };
    const judged = judgeCheckpoint(checkpoint.note, policy, verifyEd25519);
    if (!judged.ok)
      return { size: checkpoint.size, root: null, verified: false, faults: [judged.message] };
    const { size, root } = judged.checkpoint;
    const remembered = await Promise.all(
      (['signer', 'witness'] as const).map(async (where) => {
        const last = await audit.signed(where);
        return { size: last.size, root: Buffer.from(last.root ?? '', 'hex'), where, time: null };
      }),
    );
    for (const one of remembered)
      if (one.size !== size || !one.root.equals(root))
        faults.push(
          `the ${one.where} has signed ${one.size} leaves with another root than the checkpoint's`,
        );
    // Times of a simulation are not those at which it ran.
    await judgeDatabase({
      ...{ pool, remembered, clock: false },
      trust: { policy, verify: verifyEd25519 },
      onFinding: (finding) => faults.push(JSON.stringify(finding)),
    });
    return { size, root: Buffer.from(root).toString('hex'), verified: faults.length === 0, faults };
  } finally {
    await pool.end();
  }
}

async function isCovered(pool: ReturnType<typeof openAuditorPool>): Promise<boolean> {
  const { rows } = await pool.query<{ covered: boolean }>(
    `select (select count(*) from audit_record) = (select coalesce(max(size), 0) from audit_checkpoint where complete) as covered`,
  );
  return rows[0]?.covered === true;
}
