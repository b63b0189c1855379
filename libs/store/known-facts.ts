import type { Pool, PoolClient } from 'pg';
import type { Instant } from '#core/event/event.js';

export interface KnownFact {
  readonly kind: string;
  readonly code: string;
  readonly version: string;
  /** Local dates `YYYY-MM-DD`, both included; null: until further notice. */
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly knownFrom: Instant;
  readonly digest: string;
  readonly source: string;
  readonly eventId: string;
  readonly body: unknown;
}

/**
 * Reference facts as they were known at an instant (known_from <= knownAt < known_to), in (kind, code, version) order; null:
 * all that ever became known, also what was replaced since.
 */
export async function loadReferences(
  client: Pool | PoolClient,
  knownAt: Instant | null,
): Promise<KnownFact[]> {
  const found = await client.query<Omit<KnownFact, 'knownFrom'> & { knownFrom: Date }>(
    `select kind, code, version, to_char(valid_from, 'YYYY-MM-DD') as "validFrom",
       to_char(valid_to, 'YYYY-MM-DD') as "validTo", known_from as "knownFrom", encode(digest, 'hex') as digest,
       source, event_id as "eventId", body
     from reference_fact
     where $1::float8 is null
       or known_from <= to_timestamp($1::float8 / 1000) and known_to > to_timestamp($1::float8 / 1000)
     order by kind, code, version, known_from, digest`,
    [knownAt],
  );
  return found.rows.map((row) => ({ ...row, knownFrom: row.knownFrom.getTime() }));
}

/** Number of reference facts saved, ever: it grows whenever one becomes known. */
export async function countReferences(client: Pool | PoolClient): Promise<number> {
  const found = await client.query<{ n: string }>('select count(*) as n from reference_fact');
  return Number(found.rows[0]?.n ?? 0);
}

export interface KnownCoverage {
  readonly source: string;
  readonly evaluatedThrough: Instant | null;
  readonly gap: { readonly from: Instant; readonly reason: string } | null;
  readonly late: number;
  readonly quarantined: number;
  readonly knownFrom: Instant;
}

/** Instant through which a source is covered without a gap; null where it never was. */
export function coveredThrough({ evaluatedThrough, gap }: KnownCoverage): Instant | null {
  if (evaluatedThrough === null || gap === null) return evaluatedThrough;
  return Math.min(evaluatedThrough, gap.from);
}

/** Coverage of every source as known at an instant; null: now. */
export async function loadCoverage(
  client: Pool | PoolClient,
  knownAt: Instant | null = null,
): Promise<KnownCoverage[]> {
  const found = await client.query<{
    source: string;
    evaluated_through: Date | null;
    gap_from: Date | null;
    gap_reason: string | null;
    late: string;
    quarantined: string;
    known_from: Date;
  }>(
    `select * from source_coverage
     where case when $1::float8 is null then known_to = 'infinity'
       else known_from <= to_timestamp($1::float8 / 1000) and known_to > to_timestamp($1::float8 / 1000) end
     order by source`,
    [knownAt],
  );
  return found.rows.map((row) => ({
    source: row.source,
    evaluatedThrough: row.evaluated_through?.getTime() ?? null,
    gap:
      row.gap_from === null ? null : { from: row.gap_from.getTime(), reason: row.gap_reason ?? '' },
    late: Number(row.late),
    quarantined: Number(row.quarantined),
    knownFrom: row.known_from.getTime(),
  }));
}
