import { CHINA_OFFSET_MS } from '#core/calendar/china-time.js';
import { DAY_MS, parseDate } from '#core/calendar/local-time.js';
import type { Queryable } from '#store/audit-tree/tiles.js';
import type { ExportScope } from '../request/export-scope.js';

/** Cases and alerts of a scope, each sorted. */
export interface FoundScope {
  readonly cases: readonly string[];
  readonly alerts: readonly string[];
  /**
   * The other alerts of its cases. The scope does not speak of them, but their chains are given too, so that a receiver sees
   * that none was left out; of a scope of one alert there are none.
   */
  readonly others: readonly string[];
}

/** What the chains of a scope are of. */
export function entitiesOf({ cases, alerts, others }: FoundScope): string[] {
  return [...cases.map((id) => `case:${id}`), ...[...alerts, ...others].map((id) => `alert:${id}`)];
}

interface Row {
  readonly case_id: string;
  readonly alert_id: string | null;
}

/** First instant of a local day of China. */
const startOf = (day: string): number => parseDate(day) * DAY_MS - CHINA_OFFSET_MS;

/** Only what has a record below the size counts: what came later, also about an earlier time, changes no bundle. */
const RECORDED_EVENT = `exists (
  select from audit_record r join audit_leaf l on l.record_no = r.record_no
  where r.entity = 'case:' || e.case_id and r.object = 'event:' || e.source || '/' || e.event_id and l.leaf_index < $1)`;
const RECORDED_ALERT = `exists (
  select from audit_record r join audit_leaf l on l.record_no = r.record_no
  where r.entity = 'alert:' || h.alert_id and r.entity_seq = h.entity_seq and l.leaf_index < $1)`;

/**
 * An alert may name its person by the agency where events name the unit: in the cases of the officer the staff number
 * decides.
 */
const OF_OFFICER = `
  with of_events as (
    select distinct e.case_id from event e
    where e.subject_persons @> array[$2::text || '/' || $3::text]
      and e.received_at >= to_timestamp($4::float8 / 1000)
      and e.occurred_at >= to_timestamp($4::float8 / 1000) and e.occurred_at < to_timestamp($5::float8 / 1000)
      and ${RECORDED_EVENT})
  select case_id, null as alert_id from of_events
  union
  select a.case_id, a.alert_id from alert a join alert_event h using (alert_id)
  where a.first_at >= to_timestamp($4::float8 / 1000) and a.first_at < to_timestamp($5::float8 / 1000)
    and (h.subject_persons @> array[$2::text || '/' || $3::text]
      or (a.case_id in (select case_id from of_events)
        and exists (select from unnest(h.subject_persons) as p where right(p, length($3) + 1) = '/' || $3)))
    and ${RECORDED_ALERT}`;

const OF_QUERY = `
  select distinct a.case_id, a.alert_id from alert_event h join alert a using (alert_id)
  where a.first_at >= to_timestamp($2::float8 / 1000) and a.first_at < to_timestamp($3::float8 / 1000)
    and ($4::text is null or a.rule_id = $4)
    and ($5::text is null or h.level = $5)
    and ($6::text is null or a.agency_code = $6 or h.recipient_unit = $6 or h.unit_path = $6
      or starts_with(h.unit_path, $6 || '/'))
    and ${RECORDED_ALERT}`;

async function rowsOf(pool: Queryable, scope: ExportScope, size: number): Promise<readonly Row[]> {
  switch (scope.kind) {
    case 'case': {
      const { rows } = await pool.query<Row>(
        `select $2::text as case_id, h.alert_id from (select) as one
         left join lateral (
           select h.alert_id from alert a join alert_event h using (alert_id)
           where a.case_id = $2 and h.event_no = 1 and ${RECORDED_ALERT}) h on true`,
        [size, scope.caseId],
      );
      return rows;
    }
    case 'alert': {
      const { rows } = await pool.query<Row>(
        `select a.case_id, a.alert_id from alert a join alert_event h using (alert_id)
         where a.alert_id = $2 and h.event_no = 1 and ${RECORDED_ALERT}`,
        [size, scope.alertId],
      );
      return rows;
    }
    case 'officer': {
      const { rows } = await pool.query<Row>(OF_OFFICER, [
        size,
        scope.unitCode,
        scope.staffNo,
        startOf(scope.from),
        startOf(scope.to) + DAY_MS,
      ]);
      return rows;
    }
    case 'query': {
      const { rows } = await pool.query<Row>(OF_QUERY, [
        size,
        startOf(scope.from),
        startOf(scope.to) + DAY_MS,
        scope.ruleId,
        scope.level,
        scope.unit,
      ]);
      return rows;
    }
  }
}

/** Alerts of these cases that have a record in the tree of `size`. */
async function alertsOf(
  pool: Queryable,
  cases: readonly string[],
  size: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ alert_id: string }>(
    `select a.alert_id from alert a join alert_event h using (alert_id)
     where a.case_id = any($2) and h.event_no = 1 and ${RECORDED_ALERT}`,
    [size, cases],
  );
  return rows.map((row) => row.alert_id);
}

/** Cases and alerts of a scope in the tree of `size`; none where there is nothing of it. */
export async function findScope(
  pool: Queryable,
  scope: ExportScope,
  size: number,
): Promise<FoundScope> {
  const rows = await rowsOf(pool, scope, size);
  const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();
  const cases = sorted(rows.map((row) => row.case_id));
  const alerts = sorted(rows.flatMap((row) => row.alert_id ?? []));
  const all = scope.kind === 'alert' ? [] : await alertsOf(pool, cases, size);
  const spokenOf = new Set(alerts);
  return { cases, alerts, others: sorted(all.filter((id) => !spokenOf.has(id))) };
}
