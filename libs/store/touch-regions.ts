import type { PoolClient } from 'pg';
import { prefixOf } from '#core/reach.js';
import type { TouchedRegion } from './step-to-save.js';
import { withTransaction } from './transaction.js';
import type { Writer } from './writer.js';

const INSERT = `
  insert into region_touch (touch_id, jurisdiction, agency_code, authority, at, judged_since)
  select u.touch_id, u.jurisdiction, u.agency_code, u.authority,
    to_timestamp(u.at / 1000), to_timestamp(u.judged_since / 1000)
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[])
    as u (touch_id, jurisdiction, agency_code, authority, at, judged_since)
  order by u.touch_id
  on conflict do nothing`;

/** Notes that something became known otherwise for these cases; `touchRegions` makes them due. */
export async function saveTouchedRegions(
  client: PoolClient,
  touched: readonly TouchedRegion[],
): Promise<void> {
  if (touched.length === 0) return;
  await client.query(INSERT, [
    touched.map(({ touchId }) => touchId),
    touched.map(({ reach }) => reach.jurisdiction),
    touched.map(({ reach }) => reach.agencyCode),
    touched.map(({ reach }) => reach.authority),
    touched.map(({ at }) => at),
    touched.map(({ reach }) => reach.judgedSince),
  ]);
}

interface ClaimedTouch {
  readonly touch_id: string;
  readonly agency_code: string | null;
  readonly authority: string | null;
  readonly after_case_id: string;
}

const CLAIM = `
  select touch_id, agency_code, authority, after_case_id from region_touch
  where not done order by touch_id limit 1 for update skip locked`;

/** Cases in id order, after the first parameter; each statement walks one index. */
const PAGES = {
  every: 'select case_id from case_state where case_id > $1 order by case_id limit $2',
  agency: `select case_id from case_state where agency_code = $3 and case_id > $1
           order by case_id limit $2`,
  // Byte by byte: '0' comes next after '/', with which the prefix ends.
  authority: `select case_id from case_state
              where case_id > greatest($1, $3 collate "C") and case_id < $4
              order by case_id limit $2`,
} as const;

/** As in save-touched.ts: rows in id order, and their version moves on. Of cases that await nothing, those that core's `reaches` names. */
const TOUCH = `
  with touched as (
    select c.case_id, t.at
    from region_touch t
    join case_state c on c.case_id = any($2::text[]) and starts_with(c.region_code, t.jurisdiction)
      and (c.next_due_at is not null or c.as_of >= t.judged_since)
    where t.touch_id = $1
    order by c.case_id for no key update of c)
  update case_state c
  set next_due_at = least(coalesce(c.next_due_at, 'infinity'), t.at), version = c.version + 1
  from touched t where c.case_id = t.case_id`;

async function pageOf(
  client: PoolClient,
  { agency_code: agency, authority, after_case_id: after }: ClaimedTouch,
  limit: number,
): Promise<string[]> {
  const asked = (text: string, values: readonly unknown[]) =>
    client.query<{ case_id: string }>(text, [after, limit, ...values]);
  const { rows } =
    agency !== null
      ? await asked(PAGES.agency, [agency])
      : authority !== null
        ? await asked(PAGES.authority, [prefixOf(authority), `${authority}0`])
        : await asked(PAGES.every, []);
  return rows.map((row) => row.case_id);
}

/**
 * Makes one page of at most `limit` cases due for which a calendar, a posting or an outage became known otherwise, in a
 * transaction of its own; false where nothing is left to do here. A crash before the commit leaves the page to be done
 * again; several processes never work on the same touch.
 */
export function touchRegions(writer: Writer, limit: number): Promise<boolean> {
  return withTransaction(writer, async (client) => {
    const claimed = await client.query<ClaimedTouch>(CLAIM);
    const [touch] = claimed.rows;
    if (touch === undefined) return false;
    const caseIds = await pageOf(client, touch, limit);
    if (caseIds.length > 0) await client.query(TOUCH, [touch.touch_id, caseIds]);
    await client.query(
      'update region_touch set after_case_id = $2, done = $3 where touch_id = $1',
      [touch.touch_id, caseIds.at(-1) ?? touch.after_case_id, caseIds.length < limit],
    );
    return true;
  });
}
