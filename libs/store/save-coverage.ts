import type { PoolClient } from 'pg';
import type { Instant } from '#core/event/event.js';
import type { AuditTrail } from './audit-trail.js';
import type { CoverageToSave } from './step-to-save.js';

/** Coverage is told apart in steps of this length; within one, the newest row is brought up to date in place. */
const COVERAGE_STEP_MS = 60_000;

interface StoredCoverage {
  readonly source: string;
  readonly known_from: Date;
  readonly evaluated_through: Date | null;
  readonly gap_from: Date | null;
  readonly gap_reason: string | null;
  readonly late: string;
  readonly quarantined: string;
}

interface Coverage {
  readonly source: string;
  readonly knownFrom: Instant;
  readonly evaluatedThrough: Instant | null;
  readonly gap: { readonly from: Instant; readonly reason: string } | null;
  readonly late: number;
  readonly quarantined: number;
}

interface Merged {
  /** The row that is known now, brought up to date or taken over by `fresh`. */
  readonly row: Coverage;
  /** True where the row found must be closed and a new one written. */
  readonly fresh: boolean;
}

function fromStored(row: StoredCoverage): Coverage {
  return {
    source: row.source,
    knownFrom: row.known_from.getTime(),
    evaluatedThrough: row.evaluated_through?.getTime() ?? null,
    gap:
      row.gap_from === null ? null : { from: row.gap_from.getTime(), reason: row.gap_reason ?? '' },
    late: Number(row.late),
    quarantined: Number(row.quarantined),
  };
}

function later(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

const LONGEST_REASON = 1_000;

/** A gap that opens within an open one makes it one: it begins where the first began, with the reasons of both. */
function joined(open: Coverage['gap'] | undefined, change: Coverage['gap']): Coverage['gap'] {
  if (open === null || open === undefined || change === null) return change;
  const reason = open.reason.includes(change.reason)
    ? open.reason
    : `${open.reason}; ${change.reason}`;
  return { from: Math.min(open.from, change.from), reason: reason.slice(0, LONGEST_REASON) };
}

function merge(before: Coverage | undefined, change: CoverageToSave): Merged {
  const gap = change.gap === undefined ? (before?.gap ?? null) : joined(before?.gap, change.gap);
  const row = {
    source: change.source,
    evaluatedThrough: later(before?.evaluatedThrough ?? null, change.evaluatedThrough),
    gap,
    late: (before?.late ?? 0) + change.late,
    quarantined: (before?.quarantined ?? 0) + change.quarantined,
  };
  if (before === undefined) return { row: { ...row, knownFrom: change.at }, fresh: true };
  const gapChanged = gap?.from !== before.gap?.from;
  const fresh =
    change.at > before.knownFrom &&
    (gapChanged || change.at >= before.knownFrom + COVERAGE_STEP_MS);
  return { row: { ...row, knownFrom: fresh ? change.at : before.knownFrom }, fresh };
}

function columnsOf(rows: readonly Coverage[]): unknown[] {
  const all = <T>(value: (row: Coverage) => T): T[] => rows.map(value);
  return [
    all((row) => row.source),
    all((row) => row.knownFrom),
    all((row) => row.evaluatedThrough),
    all((row) => row.gap?.from ?? null),
    all((row) => row.gap?.reason ?? null),
    all((row) => row.late),
    all((row) => row.quarantined),
  ];
}

const ROWS = `unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::text[], $6::bigint[], $7::bigint[])
  as u (source, known_from, evaluated_through, gap_from, gap_reason, late, quarantined)`;

async function updateInPlace(client: PoolClient, rows: readonly Coverage[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `update source_coverage c set evaluated_through = to_timestamp(u.evaluated_through / 1000),
       gap_from = to_timestamp(u.gap_from / 1000), gap_reason = u.gap_reason, late = u.late, quarantined = u.quarantined
     from ${ROWS} where c.source = u.source and c.known_to = 'infinity'`,
    columnsOf(rows),
  );
}

async function takeOver(
  client: PoolClient,
  rows: readonly Coverage[],
  tenant: string,
): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `update source_coverage c set known_to = to_timestamp(u.known_from / 1000)
     from unnest($1::text[], $2::float8[]) as u (source, known_from)
     where c.source = u.source and c.known_to = 'infinity'`,
    columnsOf(rows).slice(0, 2),
  );
  await client.query(
    `insert into source_coverage (source, known_from, evaluated_through, gap_from, gap_reason, late, quarantined, tenant)
     select u.source, to_timestamp(u.known_from / 1000), to_timestamp(u.evaluated_through / 1000),
       to_timestamp(u.gap_from / 1000), u.gap_reason, u.late, u.quarantined, $8
     from ${ROWS}`,
    [...columnsOf(rows), tenant],
  );
}

/**
 * Merges what the step teaches about its sources: evaluated-through never goes back, counts are added, a gap is opened
 * or closed. Past states stay readable to the minute, and exactly where a gap opens or closes. One writer at a time per
 * source: the locks are taken in source order, and only just before the commit.
 */
export async function saveCoverage(
  client: PoolClient,
  changes: readonly CoverageToSave[],
  tenant: string,
): Promise<void> {
  if (changes.length === 0) return;
  const sources = [...new Set(changes.map((change) => change.source))].sort();
  await client.query(
    `select pg_advisory_xact_lock(hashtextextended('coverage ' || source, 0))
     from unnest($1::text[]) with ordinality as s (source, place) order by place`,
    [sources],
  );
  const found = await client.query<StoredCoverage>(
    `select source, known_from, evaluated_through, gap_from, gap_reason, late, quarantined
     from source_coverage where source = any($1) and known_to = 'infinity'`,
    [sources],
  );
  const stored = new Map(found.rows.map((row) => [row.source, fromStored(row)]));
  const bySource = new Map<string, CoverageToSave[]>();
  for (const change of changes) {
    bySource.set(change.source, [...(bySource.get(change.source) ?? []), change]);
  }
  const merged = sources.map((source) => mergeAll(stored.get(source), bySource.get(source) ?? []));
  await updateInPlace(
    client,
    merged.filter(({ fresh }) => !fresh).map(({ row }) => row),
  );
  await takeOver(
    client,
    merged.filter(({ fresh }) => fresh).map(({ row }) => row),
    tenant,
  );
}

/** Several changes of one source in one step become one row: nobody could have read what lay between. */
function mergeAll(before: Coverage | undefined, changes: readonly CoverageToSave[]): Merged {
  let row = before;
  for (const change of changes) row = merge(row, change).row;
  const last = row as Coverage;
  return { row: last, fresh: last.knownFrom !== before?.knownFrom };
}

/** One audit record for each gap that the step opens or closes: what it said about coverage is evidence. */
export function recordGaps(changes: readonly CoverageToSave[], trail: AuditTrail): void {
  for (const { source, gap, reasonText, at } of changes) {
    if (gap === undefined) continue;
    const what = gap === null ? 'closed' : 'opened';
    const deed = {
      action: `coverage.gap-${what}`,
      object: `coverage:${source}`,
      schema: 'mingcha.coverage-gap/1',
      ruleVersion: null,
      inputsDigest: null,
      fields: { from: gap?.from ?? null, reason: gap?.reason ?? reasonText ?? null },
    };
    trail.appendAlone(`coverage:${source}#${what}@${at}`, deed, null);
  }
}
