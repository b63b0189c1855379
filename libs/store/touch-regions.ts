import type { PoolClient } from 'pg';
import type { TouchedRegion } from './step-to-save.js';
import { withTransaction } from './transaction.js';
import type { Writer } from './writer.js';

const INSERT = `
  insert into region_touch (touch_id, jurisdiction, at, judged_since)
  select u.touch_id, u.jurisdiction, to_timestamp(u.at / 1000), to_timestamp(u.judged_since / 1000)
  from unnest($1::text[], $2::text[], $3::float8[], $4::float8[]) as u (touch_id, jurisdiction, at, judged_since)
  order by u.touch_id
  on conflict do nothing`;

/** Notes that the calendar of these jurisdictions became known otherwise; `touchRegions` makes their cases due. */
export async function saveTouchedRegions(
  client: PoolClient,
  regions: readonly TouchedRegion[],
): Promise<void> {
  if (regions.length === 0) return;
  await client.query(INSERT, [
    regions.map((region) => region.touchId),
    regions.map((region) => region.jurisdiction),
    regions.map((region) => region.at),
    regions.map((region) => region.judgedSince),
  ]);
}

const CLAIM = `
  select touch_id, jurisdiction, after_case_id from region_touch
  where not done order by touch_id limit 1 for update skip locked`;

const PAGE = 'select case_id from case_state where case_id > $1 order by case_id limit $2';

/** As in save-touched.ts: rows in id order, and their version moves on. A case that is closed, awaits nothing and was last judged before the calendar's first day cannot be changed by it. */
const TOUCH = `
  with touched as (
    select c.case_id, t.at
    from region_touch t
    join case_state c on c.case_id = any($2::text[]) and starts_with(c.region_code, t.jurisdiction)
      and (c.open_state = 'open' or c.next_due_at is not null or c.as_of >= t.judged_since)
    where t.touch_id = $1
    order by c.case_id for no key update of c)
  update case_state c
  set next_due_at = least(coalesce(c.next_due_at, 'infinity'), t.at), version = c.version + 1
  from touched t where c.case_id = t.case_id`;

/**
 * Makes one page of at most `limit` cases due whose jurisdiction's calendar became known otherwise, in a transaction of
 * its own; false where nothing is left to do here. A crash before the commit leaves the page to be done again; several
 * processes never work on the same jurisdiction.
 */
export function touchRegions(writer: Writer, limit: number): Promise<boolean> {
  return withTransaction(writer, async (client) => {
    const claimed = await client.query<{ touch_id: string; after_case_id: string }>(CLAIM);
    const [touch] = claimed.rows;
    if (touch === undefined) return false;
    const page = await client.query<{ case_id: string }>(PAGE, [touch.after_case_id, limit]);
    const caseIds = page.rows.map((row) => row.case_id);
    if (caseIds.length > 0) await client.query(TOUCH, [touch.touch_id, caseIds]);
    await client.query(
      'update region_touch set after_case_id = $2, done = $3 where touch_id = $1',
      [touch.touch_id, caseIds.at(-1) ?? touch.after_case_id, caseIds.length < limit],
    );
    return true;
  });
}
