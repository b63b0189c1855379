import type { Pool } from 'pg';
import type { Instant } from '#core/event/event.js';

/** What lists say of an alert that does not stand in its own row. */
export interface AlertFacts {
  /** At the version that applied to the case; else as it was last published. */
  readonly itemName: string | null;
  /** When it last went out to people: raised, or released after it was held; null: never. */
  readonly raisedAt: Instant | null;
}

/** By alert; each is found by index. */
export async function factsOf(
  pool: Pool,
  alertIds: readonly string[],
): Promise<Map<string, AlertFacts>> {
  if (alertIds.length === 0) return new Map();
  const { rows } = await pool.query<{ alert_id: string; name: string | null; at: Date | null }>(
    `select a.alert_id, coalesce(c.item_name, i.name) as name, r.at
     from alert a
     left join case_state c on c.case_id = a.case_id
     left join lateral (
       select f.body -> 'data' ->> 'name' as name from reference_fact f
       where f.kind = 'catalog.item-published' and f.code = a.item_code and c.item_name is null
       order by f.known_from desc limit 1) i on true
     left join lateral (
       select e.at from alert_event e
       where e.alert_id = a.alert_id and e.kind in ('raised', 'released')
       order by e.event_no desc limit 1) r on true
     where a.alert_id = any($1)`,
    [alertIds],
  );
  return new Map(
    rows.map(({ alert_id, name, at }) => [
      alert_id,
      { itemName: name, raisedAt: at?.getTime() ?? null },
    ]),
  );
}
