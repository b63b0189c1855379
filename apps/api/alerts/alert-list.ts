import type { DataSource, SelectQueryBuilder } from 'typeorm';
import type { Instant } from '#core/event/event.js';
import { type Finding, LEVELS, type Level } from '#core/finding.js';
import { AlertEntity } from '#store/entity/alert.entity.js';
import { type Page, pageOf, readCursor } from '#store/page-cursor.js';
import { type Query, QueryReader } from '../query/query-reader.js';
import { ALERT_STATES } from './alert.dto.js';

export const SORTS = ['-firstAt', 'firstAt'] as const;

/** What to list; absent fields do not filter. */
export interface AlertWanted {
  readonly level?: readonly Level[] | undefined;
  readonly state?: readonly string[] | undefined;
  readonly rule?: readonly string[] | undefined;
  /** Agency or recipient unit. */
  readonly unit?: string | undefined;
  /** Jurisdiction: prefix of the region code. */
  readonly region?: string | undefined;
  readonly case?: string | undefined;
  readonly item?: string | undefined;
  readonly held?: boolean | undefined;
  readonly test: boolean;
  /** First event at or after `since`, before `until`. */
  readonly since?: Instant | undefined;
  readonly until?: Instant | undefined;
  readonly sort: (typeof SORTS)[number];
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export const MOST = 200;

/** @throws ApiProblem 400 naming every parameter at fault. */
export function readWanted(query: Query): AlertWanted {
  const reader = new QueryReader(query);
  const wanted = {
    level: reader.choices('level', LEVELS),
    state: reader.choices('state', ALERT_STATES),
    rule: reader.list('rule'),
    unit: reader.text('unit'),
    region: reader.text('region'),
    case: reader.text('case'),
    item: reader.text('item'),
    held: reader.truth('held'),
    test: reader.truth('test') ?? false,
    since: reader.instant('since'),
    until: reader.instant('until'),
    sort: reader.choice('sort', SORTS) ?? '-firstAt',
    limit: reader.whole('limit', 1, MOST) ?? 50,
    cursor: reader.text('cursor'),
  };
  reader.done();
  return wanted;
}

function narrow(query: SelectQueryBuilder<AlertEntity>, wanted: AlertWanted): void {
  query.where('alert.isTest = :test', { test: wanted.test });
  if (wanted.level) query.andWhere('alert.level = any(:level)', { level: wanted.level });
  if (wanted.state) query.andWhere('alert.state = any(:state)', { state: wanted.state });
  if (wanted.rule) query.andWhere('alert.ruleId = any(:rule)', { rule: wanted.rule });
  if (wanted.unit !== undefined)
    query.andWhere('(alert.agencyCode = :unit or alert.recipientUnit = :unit)', {
      unit: wanted.unit,
    });
  if (wanted.region !== undefined)
    query.andWhere('starts_with(alert.regionCode, :region)', { region: wanted.region });
  if (wanted.case !== undefined) query.andWhere('alert.caseId = :case', { case: wanted.case });
  if (wanted.item !== undefined) query.andWhere('alert.itemCode = :item', { item: wanted.item });
  if (wanted.held !== undefined) query.andWhere('alert.held = :held', { held: wanted.held });
  if (wanted.since !== undefined)
    query.andWhere('alert.firstAt >= :since', { since: new Date(wanted.since) });
  if (wanted.until !== undefined)
    query.andWhere('alert.firstAt < :until', { until: new Date(wanted.until) });
}

/** One page of alerts by (firstAt, alertId), newest or oldest first. Throws RangeError on a foreign cursor. */
export async function listAlerts(
  source: DataSource,
  wanted: AlertWanted,
): Promise<Page<AlertEntity>> {
  const direction = wanted.sort === 'firstAt' ? 'ASC' : 'DESC';
  const query = narrowed(source, wanted);
  if (wanted.cursor !== undefined) {
    const { at, id } = readCursor(wanted.cursor);
    const beyond = direction === 'ASC' ? '>' : '<';
    query.andWhere(`(alert.firstAt, alert.alertId) ${beyond} (:at, :id)`, {
      at: instantOf(at),
      id,
    });
  }
  const rows = await query
    .orderBy('alert.firstAt', direction)
    .addOrderBy('alert.alertId', direction)
    .limit(wanted.limit + 1)
    .getMany();
  return pageOf(rows, wanted.limit, {
    place: (alert) => ({ at: alert.firstAt.getTime(), id: alert.alertId }),
    item: (alert) => alert,
  });
}

export interface AlertCount {
  readonly level: Level;
  readonly state: string;
  readonly count: number;
}

/** How many alerts the list would give in all, by level and state; order, page and cursor do not matter. */
export async function countAlerts(source: DataSource, wanted: AlertWanted): Promise<AlertCount[]> {
  const rows = await narrowed(source, wanted)
    .select('alert.level', 'level')
    .addSelect('alert.state', 'state')
    .addSelect('count(*)', 'count')
    .groupBy('alert.level')
    .addGroupBy('alert.state')
    .getRawMany<{ level: Level; state: string; count: string }>();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** What the list would give in all, for counting it in another way; selects nothing yet. */
export function narrowed(source: DataSource, wanted: AlertWanted): SelectQueryBuilder<AlertEntity> {
  const query = source.getRepository(AlertEntity).createQueryBuilder('alert');
  narrow(query, wanted);
  return query;
}

function instantOf(at: Instant): Date {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) throw new RangeError('The cursor names no instant');
  return date;
}

/** Findings as last saved, by id; a retracted one as it stood before. */
export async function findingsById(
  source: DataSource,
  findingIds: readonly string[],
): Promise<Map<string, Finding>> {
  if (findingIds.length === 0) return new Map();
  const rows: { finding_id: string; body: string }[] = await source.query(
    `select h.finding_id, h.body from finding f
     join finding_change h on h.finding_id = f.finding_id and h.change_no = f.change_no
     where f.finding_id = any($1)`,
    [findingIds],
  );
  return new Map(rows.map((row) => [row.finding_id, JSON.parse(row.body) as Finding]));
}
