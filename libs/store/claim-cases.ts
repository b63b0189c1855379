import type { PoolClient } from 'pg';
import type { Instant } from '#core/event/event.js';

/**
 * Claims up to `limit` cases whose next due instant is <= `upTo`, oldest first, and locks them until the transaction
 * ends; cases that another worker holds are skipped. Call inside withTransaction, then loadCases and saveStepIn there.
 */
export async function claimDue(
  client: PoolClient,
  limit: number,
  upTo: Instant,
): Promise<string[]> {
  const found = await client.query<{ case_id: string }>(
    `select case_id from case_state
     where next_due_at <= to_timestamp($2::float8 / 1000)
     order by next_due_at, case_id limit $1 for no key update skip locked`,
    [limit, upTo],
  );
  return found.rows.map((row) => row.case_id);
}

/**
 * Claims up to `limit` cases with a held alert that waited for `source` to be covered through an instant <=
 * `coveredThrough`, earliest deadline first. Alerts that still wait for another source, by the coverage saved for it,
 * are left: they are claimed when that source moves on. A gap ends what a source covers.
 */
export async function claimReleasable(
  client: PoolClient,
  wanted: { readonly source: string; readonly coveredThrough: Instant; readonly limit: number },
): Promise<string[]> {
  const found = await client.query<{ case_id: string }>(
    `select c.case_id from case_state c
     where c.case_id in (
       select case_id from (
         select h.case_id, min(h.until) as until from alert_hold h
         where h.source = $1 and h.until <= to_timestamp($2::float8 / 1000)
           and not exists (
             select from alert_hold o
             left join source_coverage c on c.source = o.source and c.known_to = 'infinity'
             where o.alert_id = h.alert_id and o.source <> $1
               and (c.evaluated_through is null or least(c.evaluated_through, c.gap_from) < o.until))
         group by h.case_id order by 2, 1 limit $3) first)
     order by c.case_id for no key update skip locked`,
    [wanted.source, wanted.coveredThrough, wanted.limit],
  );
  return found.rows.map((row) => row.case_id);
}

/** How many cases are due at `upTo` and how long the oldest has waited, for health and metrics. */
export async function dueLag(
  client: Pick<PoolClient, 'query'>,
  upTo: Instant,
): Promise<{ readonly waiting: number; readonly oldestDueAt: Instant | null }> {
  const found = await client.query<{ waiting: string; oldest: Date | null }>(
    `select count(*) as waiting, min(next_due_at) as oldest from case_state
     where next_due_at <= to_timestamp($1::float8 / 1000)`,
    [upTo],
  );
  const row = found.rows[0];
  return { waiting: Number(row?.waiting ?? 0), oldestDueAt: row?.oldest?.getTime() ?? null };
}
