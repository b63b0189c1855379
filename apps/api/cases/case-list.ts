import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { CaseStateEntity } from '#store/entity/case-state.entity.js';
import { type Page, pageOf, readCursor } from '#store/page-cursor.js';
import { type Query, QueryReader } from '../query/query-reader.js';

export const CASE_SORTS = ['caseId', 'nextDueAt'] as const;
export const MOST_CASES = 200;

/** What to list; absent fields do not filter. */
export interface CaseWanted {
  readonly open?: boolean | undefined;
  readonly unit?: string | undefined;
  /** Jurisdiction: prefix of the region code. */
  readonly region?: string | undefined;
  readonly item?: string | undefined;
  readonly case?: string | undefined;
  readonly test: boolean;
  readonly sort: (typeof CASE_SORTS)[number];
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** @throws ApiProblem 400 naming every parameter at fault. */
export function readCaseWanted(query: Query): CaseWanted {
  const reader = new QueryReader(query);
  const wanted = {
    open: reader.truth('open'),
    unit: reader.text('unit'),
    region: reader.text('region'),
    item: reader.text('item'),
    case: reader.text('case'),
    test: reader.truth('test') ?? false,
    sort: reader.choice('sort', CASE_SORTS) ?? 'caseId',
    limit: reader.whole('limit', 1, MOST_CASES) ?? 50,
    cursor: reader.text('cursor'),
  };
  reader.done();
  return wanted;
}

function narrowed(source: DataSource, wanted: CaseWanted): SelectQueryBuilder<CaseStateEntity> {
  const query = source.getRepository(CaseStateEntity).createQueryBuilder('one');
  query.where('one.isTest = :test', { test: wanted.test });
  if (wanted.open !== undefined)
    query.andWhere('one.openState = :state', { state: wanted.open ? 'open' : 'closed' });
  if (wanted.unit !== undefined) query.andWhere('one.agencyCode = :unit', { unit: wanted.unit });
  if (wanted.region !== undefined)
    query.andWhere('starts_with(one.regionCode, :region)', { region: wanted.region });
  if (wanted.item !== undefined) query.andWhere('one.itemCode = :item', { item: wanted.item });
  if (wanted.case !== undefined) query.andWhere('one.caseId = :case', { case: wanted.case });
  return query;
}

/**
 * One page of cases by their ids, or by the next instant at which something can change by itself; then only those that
 * have one. Throws RangeError on a foreign cursor.
 */
export async function listCases(
  source: DataSource,
  wanted: CaseWanted,
): Promise<Page<CaseStateEntity>> {
  const query = narrowed(source, wanted);
  const byDue = wanted.sort === 'nextDueAt';
  if (byDue) query.andWhere('one.nextDueAt is not null').orderBy('one.nextDueAt', 'ASC');
  if (wanted.cursor !== undefined) {
    const { at, id } = readCursor(wanted.cursor);
    const date = new Date(at);
    if (Number.isNaN(date.getTime())) throw new RangeError('The cursor names no instant');
    if (byDue) query.andWhere('(one.nextDueAt, one.caseId) > (:at, :id)', { at: date, id });
    else query.andWhere('one.caseId > :id', { id });
  }
  const rows = await query
    .addOrderBy('one.caseId', 'ASC')
    .limit(wanted.limit + 1)
    .getMany();
  return pageOf(rows, wanted.limit, {
    place: (row) => ({ at: byDue ? (row.nextDueAt?.getTime() ?? 0) : 0, id: row.caseId }),
    item: (row) => row,
  });
}

/** How many cases the list would give in all by case number, open and over; page and cursor do not matter. */
export async function countCases(
  source: DataSource,
  wanted: CaseWanted,
): Promise<{ readonly open: number; readonly closed: number }> {
  const rows = await narrowed(source, wanted)
    .select('one.openState', 'state')
    .addSelect('count(*)', 'count')
    .groupBy('one.openState')
    .getRawMany<{ state: string; count: string }>();
  const of = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0);
  return { open: of('open'), closed: of('closed') };
}

export interface CaseExtras {
  readonly itemName: string | null;
  readonly alerts: number;
}

/** Alerts of each case and the names of items whose cases were judged without a catalogue; found by index. */
export async function extrasOf(
  source: DataSource,
  caseIds: readonly string[],
): Promise<Map<string, CaseExtras>> {
  if (caseIds.length === 0) return new Map();
  const rows: { case_id: string; name: string | null; alerts: string }[] = await source.query(
    `select c.case_id, coalesce(c.item_name, i.name) as name,
       (select count(*) from alert a where a.case_id = c.case_id and a.is_test = c.is_test) as alerts
     from case_state c
     left join lateral (
       select f.body -> 'data' ->> 'name' as name from reference_fact f
       where f.kind = 'catalog.item-published' and f.code = c.item_code and c.item_name is null
       order by f.known_from desc limit 1) i on true
     where c.case_id = any($1)`,
    [caseIds],
  );
  return new Map(
    rows.map(({ case_id, name, alerts }) => [case_id, { itemName: name, alerts: Number(alerts) }]),
  );
}
