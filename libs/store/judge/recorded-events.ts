import type { Pool } from 'pg';
import { withPatientClient } from './auditor-pool.js';
import type { DroppedMonths } from './dropped-months.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';

/** Events named; of more the number is told. */
const MOST_NAMED = 1_000;

/**
 * Objects of which there are more events than records, or fewer; in hashes of both whole tables, since an index would be
 * asked for each event. $1: months of events that may be gone, $2: events received before this may be without theirs.
 */
const UNEVEN = `
  select object, sum(n) as more, count(*) over () as total
  from (
    select 'event:' || e.source || '/' || e.event_id as object, 1 as n, e.received_at as at from event e
    union all
    select r.object, -1, null from audit_record r
    where r.action = 'event.accepted'
      and (cardinality($1::text[]) = 0 or coalesce(substring(r.leaf from '"receivedAt":"(\\d{4}-\\d\\d)-'), '') <> all($1))
  ) x
  group by object
  having sum(n) < 0 or sum(n) > 0 and ($2::timestamptz is null or min(at) >= $2)
  limit ${MOST_NAMED}`;

/**
 * Compares events with their records, one to one, whatever the order: no event without the record of its acceptance, none
 * recorded that is not there any more. An identity that came with several versions has a record for each. Events of
 * months that were dropped may be gone, and a month of events that was brought back may have lost its records with
 * theirs.
 */
export async function judgeEvents(
  pool: Pool,
  dropped: DroppedMonths,
  onFinding: (finding: TrailFinding) => void,
): Promise<void> {
  const last = [...dropped.records].sort().at(-1);
  const [year = 0, month = 0] = last?.split('-').map(Number) ?? [];
  const { rows } = await withPatientClient(pool, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    await client.query('set local enable_seqscan = on');
    await client.query("set local work_mem = '64MB'");
    const found = await client.query<{ object: string; more: string; total: string }>(UNEVEN, [
      [...dropped.events],
      last === undefined ? null : new Date(Date.UTC(year, month)),
    ]);
    await client.query('commit');
    return found;
  });
  for (const { object, more } of rows) {
    const count = Math.abs(Number(more));
    const place = { id: object, count, where: 'event' };
    onFinding(
      Number(more) > 0
        ? trailFinding({ kind: 'unrecorded', what: 'audit_record', ...place })
        : trailFinding({ kind: 'missing', what: 'event', ...place }),
    );
  }
  const left = Number(rows[0]?.total ?? 0) - rows.length;
  if (left > 0)
    onFinding(
      trailFinding({ kind: 'unrecorded', count: left, what: 'further events', where: 'event' }),
    );
}
