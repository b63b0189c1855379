import type { PoolClient } from 'pg';
import type { CoverageToSave, ReferenceToSave } from './step-to-save.js';

const INSERT_REFERENCE = `
  insert into reference_fact (kind, code, version, digest, valid_from, valid_to, known_from, source, event_id, tenant, body)
  select u.kind, u.code, u.version, decode(u.digest, 'hex'), u.valid_from, u.valid_to, to_timestamp(u.known_from / 1000),
    u.source, u.event_id, $1, u.body
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[], $8::float8[], $9::text[],
      $10::text[], $11::jsonb[])
    as u (kind, code, version, digest, valid_from, valid_to, known_from, source, event_id, body)
  order by u.kind, u.code, u.version, u.digest
  on conflict do nothing`;

/** Of one (kind, code, version) each fact is known until the next one became known; ties go by digest. */
const CLOSE_REFERENCE = `
  update reference_fact r set known_to = n.known_to
  from (
    select kind, code, version, digest,
      lead(known_from, 1, 'infinity') over (partition by kind, code, version order by known_from, digest) as known_to
    from reference_fact
    where (kind, code, version) in (select * from unnest($1::text[], $2::text[], $3::text[]))
  ) n
  where r.kind = n.kind and r.code = n.code and r.version = n.version and r.digest = n.digest
    and r.known_to <> n.known_to`;

/** Saves reference facts as published; the same fact again has no effect, earlier versions stay readable. */
export async function saveReferences(
  client: PoolClient,
  facts: readonly ReferenceToSave[],
  tenant: string,
): Promise<void> {
  if (facts.length === 0) return;
  const all = <T>(value: (fact: ReferenceToSave) => T): T[] => facts.map(value);
  await client.query(INSERT_REFERENCE, [
    tenant,
    all((fact) => fact.kind),
    all((fact) => fact.code),
    all((fact) => fact.version),
    all((fact) => fact.digest),
    all((fact) => fact.validFrom),
    all((fact) => fact.validTo),
    all((fact) => fact.knownFrom),
    all((fact) => fact.source),
    all((fact) => fact.eventId),
    all((fact) => JSON.stringify(fact.body)),
  ]);
  await client.query(CLOSE_REFERENCE, [
    all((fact) => fact.kind),
    all((fact) => fact.code),
    all((fact) => fact.version),
  ]);
}

/** Coverage is told apart in steps of this length; within one, the newest row is brought up to date in place. */
const COVERAGE_STEP_MS = 60_000;

interface CoverageRow {
  readonly known_from: Date;
  readonly evaluated_through: Date | null;
  readonly gap_from: Date | null;
  readonly gap_reason: string | null;
  readonly late: string;
  readonly quarantined: string;
}

function merged(row: CoverageRow | undefined, change: CoverageToSave) {
  const before = row?.evaluated_through?.getTime() ?? null;
  const gap =
    change.gap === undefined
      ? { from: row?.gap_from?.getTime() ?? null, reason: row?.gap_reason ?? null }
      : { from: change.gap?.from ?? null, reason: change.gap?.reason ?? null };
  return {
    evaluatedThrough:
      before === null || change.evaluatedThrough === null
        ? (change.evaluatedThrough ?? before)
        : Math.max(before, change.evaluatedThrough),
    gap,
    gapChanged: gap.from !== (row?.gap_from?.getTime() ?? null),
    late: Number(row?.late ?? 0) + change.late,
    quarantined: Number(row?.quarantined ?? 0) + change.quarantined,
  };
}

/** One writer at a time per source: the lock is taken in source order, and only just before the commit. */
async function saveOneCoverage(
  client: PoolClient,
  change: CoverageToSave,
  tenant: string,
): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtextextended('coverage ' || $1, 0))", [
    change.source,
  ]);
  const found = await client.query<CoverageRow>(
    `select known_from, evaluated_through, gap_from, gap_reason, late, quarantined
     from source_coverage where source = $1 and known_to = 'infinity'`,
    [change.source],
  );
  const row = found.rows[0];
  const now = merged(row, change);
  const knownFrom = row?.known_from.getTime() ?? null;
  const values = [
    change.source,
    now.evaluatedThrough,
    now.gap.from,
    now.gap.reason,
    now.late,
    now.quarantined,
  ];
  const sameStep =
    knownFrom !== null && change.at < knownFrom + COVERAGE_STEP_MS && !now.gapChanged;
  if (sameStep || (knownFrom !== null && change.at <= knownFrom)) {
    await client.query(
      `update source_coverage set evaluated_through = to_timestamp($2::float8 / 1000),
         gap_from = to_timestamp($3::float8 / 1000), gap_reason = $4, late = $5, quarantined = $6
       where source = $1 and known_to = 'infinity'`,
      values,
    );
    return;
  }
  await client.query(
    `update source_coverage set known_to = to_timestamp($2::float8 / 1000)
     where source = $1 and known_to = 'infinity'`,
    [change.source, change.at],
  );
  await client.query(
    `insert into source_coverage (source, evaluated_through, gap_from, gap_reason, late, quarantined, known_from, tenant)
     values ($1, to_timestamp($2::float8 / 1000), to_timestamp($3::float8 / 1000), $4, $5, $6,
       to_timestamp($7::float8 / 1000), $8)`,
    [...values, change.at, tenant],
  );
}

/**
 * Merges what the step teaches about its sources: evaluated-through never goes back, counts are added. Past states stay
 * readable to the minute (and exactly where a gap opens or closes).
 */
export async function saveCoverage(
  client: PoolClient,
  changes: readonly CoverageToSave[],
  tenant: string,
): Promise<void> {
  const bySource = [...changes].sort((a, b) => (a.source < b.source ? -1 : 1));
  for (const change of bySource) await saveOneCoverage(client, change, tenant);
}
