import type { Pool } from 'pg';
import type { GatheredEvent } from './read-events.js';
import { type GatheredRecord, readAlone } from './read-records.js';

/** Records that say what is missing or doubtful in what the sources of a scope delivered. */
export interface GatheredGaps {
  /** Gaps in coverage, opened and closed. */
  readonly gaps: readonly GatheredRecord[];
  /** Records of these sources that broke the contract, and what was decided of them. */
  readonly quarantined: readonly GatheredRecord[];
}

/** Gaps and quarantined records of the sources, in the partitions and between the first and last receipt of the events. */
export async function readGaps(
  pool: Pool,
  events: readonly GatheredEvent[],
  size: number,
): Promise<GatheredGaps> {
  const own = events.filter(({ use }) => use === 'case');
  if (own.length === 0) return { gaps: [], quarantined: [] };
  const lanes = new Set(own.map(({ source, partition }) => `coverage:${source}#${partition}`));
  const receipts = own.map(({ receivedAt }) => receivedAt);
  const { rows } = await pool.query<{ quarantine_id: string }>(
    `select quarantine_id from quarantine
     where source = any($1) and received_at between to_timestamp($2::float8 / 1000) and to_timestamp($3::float8 / 1000)`,
    [
      [...new Set(own.map(({ source }) => source))],
      receipts.reduce((a, b) => Math.min(a, b)),
      receipts.reduce((a, b) => Math.max(a, b)),
    ],
  );
  return {
    gaps: await readAlone(pool, [...lanes].sort(), size),
    quarantined: await readAlone(
      pool,
      rows.map((row) => `quarantine:${row.quarantine_id}`).sort(),
      size,
    ),
  };
}
