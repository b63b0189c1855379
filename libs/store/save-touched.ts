import type { PoolClient } from 'pg';
import type { TouchedItem } from './step-to-save.js';

/** Rows are locked in id order, as everywhere, and their version moves on: whoever evaluated them before evaluates again. */
const TOUCH = `
  with touched as (
    select c.case_id, u.at
    from unnest($1::text[], $2::float8[]) as u (item_code, at)
    join case_state c on c.item_code = u.item_code
    where c.case_id <> all($3::text[])
    order by c.case_id for no key update of c)
  update case_state c
  set next_due_at = least(coalesce(c.next_due_at, 'infinity'), to_timestamp(t.at / 1000)), version = c.version + 1
  from touched t where c.case_id = t.case_id`;

/**
 * Makes the cases of these items due, because a version of the item became known. Cases that the step itself saves were
 * evaluated with it already. A crash before the commit leaves neither the fact nor the mark.
 */
export async function saveTouched(
  client: PoolClient,
  items: readonly TouchedItem[],
  savedCases: readonly string[],
): Promise<void> {
  if (items.length === 0) return;
  await client.query(TOUCH, [
    items.map((item) => item.itemCode),
    items.map((item) => item.at),
    savedCases,
  ]);
}
