import type { DataSource, SelectQueryBuilder } from 'typeorm';
import type { Instant } from '#core/event/event.js';
import type { Finding, FindingChangeKind, Level } from '#core/finding.js';
import { AlertEntity } from './entity/alert.entity.js';
import { AlertEventEntity } from './entity/alert-event.entity.js';
import { AuditRecordEntity } from './entity/audit-record.entity.js';
import { FindingEntity } from './entity/finding.entity.js';
import { FindingChangeEntity } from './entity/finding-change.entity.js';
import { type Page, pageOf, readCursor } from './page-cursor.js';

/** What to list. Absent fields do not filter; lists match any of their values. */
export interface AlertFilter {
  readonly levels?: readonly Level[];
  readonly states?: readonly string[];
  readonly ruleIds?: readonly string[];
  /** Jurisdiction: prefix of the region code. */
  readonly regionPrefix?: string;
  readonly agencyCode?: string;
  readonly recipientUnit?: string;
  readonly itemCode?: string;
  readonly caseId?: string;
  readonly held?: boolean;
  readonly ended?: boolean;
  readonly retracted?: boolean;
  /** Default false: test data is kept apart. */
  readonly isTest?: boolean;
  /** First event of the alert at or after / before these instants. */
  readonly from?: Instant;
  readonly before?: Instant;
}

export interface AlertInList {
  readonly alert: AlertEntity;
  /** The finding as last saved; as it stood before where it was retracted. */
  readonly finding: Finding;
}

export interface FindingHistoryEntry {
  readonly changeNo: number;
  readonly kind: FindingChangeKind;
  readonly at: Instant;
  readonly savedAt: Instant;
  readonly finding: Finding;
}

export interface AlertDetail extends AlertInList {
  /** Oldest first. */
  readonly findingHistory: readonly FindingHistoryEntry[];
  readonly events: readonly AlertEventEntity[];
  /** The alert's own chain, oldest first. */
  readonly auditRecords: readonly AuditRecordEntity[];
  readonly othersOfCase: readonly AlertEntity[];
}

const MOST = 500;

function narrow(query: SelectQueryBuilder<AlertEntity>, filter: AlertFilter): void {
  const equal: [string, unknown][] = [
    ['agencyCode', filter.agencyCode],
    ['recipientUnit', filter.recipientUnit],
    ['itemCode', filter.itemCode],
    ['caseId', filter.caseId],
    ['held', filter.held],
    ['ended', filter.ended],
    ['retracted', filter.retracted],
    ['isTest', filter.isTest ?? false],
  ];
  for (const [field, value] of equal) {
    if (value !== undefined) query.andWhere(`alert.${field} = :${field}`, { [field]: value });
  }
  const any: [string, readonly string[] | undefined][] = [
    ['level', filter.levels],
    ['state', filter.states],
    ['ruleId', filter.ruleIds],
  ];
  for (const [field, values] of any) {
    if (values !== undefined)
      query.andWhere(`alert.${field} = any(:${field})`, { [field]: values });
  }
  if (filter.regionPrefix !== undefined) {
    query.andWhere('starts_with(alert.regionCode, :regionPrefix)', {
      regionPrefix: filter.regionPrefix,
    });
  }
  if (filter.from !== undefined) {
    query.andWhere('alert.firstAt >= :from', { from: new Date(filter.from) });
  }
  if (filter.before !== undefined) {
    query.andWhere('alert.firstAt < :before', { before: new Date(filter.before) });
  }
}

/** Reads alerts with their findings. */
export class AlertRepository {
  constructor(private readonly source: DataSource) {}

  /** Newest first, at most 500 on a page. Throws RangeError on a foreign cursor. */
  async list(
    filter: AlertFilter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<Page<AlertInList>> {
    const limit = Math.max(1, Math.min(page.limit, MOST));
    const query = this.source.getRepository(AlertEntity).createQueryBuilder('alert');
    narrow(query, filter);
    if (page.cursor !== undefined) {
      const { at, id } = readCursor(page.cursor);
      query.andWhere('(alert.firstAt, alert.alertId) < (:at, :id)', { at: new Date(at), id });
    }
    const alerts = await query
      .orderBy('alert.firstAt', 'DESC')
      .addOrderBy('alert.alertId', 'DESC')
      .limit(limit + 1)
      .getMany();
    const findings = await this.findings(alerts.slice(0, limit).map((alert) => alert.findingId));
    return pageOf(alerts, limit, {
      place: (alert) => ({ at: alert.firstAt.getTime(), id: alert.alertId }),
      item: (alert) => ({ alert, finding: findings.get(alert.findingId) as Finding }),
    });
  }

  /** How many alerts match, by level. */
  async countByLevel(filter: AlertFilter): Promise<Partial<Record<Level, number>>> {
    const query = this.source.getRepository(AlertEntity).createQueryBuilder('alert');
    narrow(query, filter);
    const rows = await query
      .select('alert.level', 'level')
      .addSelect('count(*)', 'count')
      .groupBy('alert.level')
      .getRawMany<{ level: Level; count: string }>();
    return Object.fromEntries(rows.map((row) => [row.level, Number(row.count)]));
  }

  /** One alert with its explanation and history, or null. */
  async byId(alertId: string): Promise<AlertDetail | null> {
    const alert = await this.source.getRepository(AlertEntity).findOneBy({ alertId });
    if (alert === null) return null;
    const [findingHistory, events, auditRecords, ofCase] = await Promise.all([
      this.history(alert.findingId),
      this.source
        .getRepository(AlertEventEntity)
        .find({ where: { alertId }, order: { eventNo: 'ASC' } }),
      this.source
        .getRepository(AuditRecordEntity)
        .find({ where: { entity: `alert:${alertId}` }, order: { entitySeq: 'ASC' } }),
      this.ofCase(alert.caseId),
    ]);
    const finding = findingHistory.at(-1)?.finding;
    if (finding === undefined)
      throw new Error(`Alert ${alertId} has no finding ${alert.findingId}.`);
    return {
      alert,
      finding,
      findingHistory,
      events,
      auditRecords,
      othersOfCase: ofCase.filter((other) => other.alertId !== alertId),
    };
  }

  /** Alerts of one case, oldest first. */
  async ofCase(caseId: string): Promise<AlertEntity[]> {
    return this.source
      .getRepository(AlertEntity)
      .find({ where: { caseId }, order: { firstAt: 'ASC', alertId: 'ASC' } });
  }

  /** Changes of one finding, oldest first. */
  async history(findingId: string): Promise<FindingHistoryEntry[]> {
    const rows = await this.source
      .getRepository(FindingChangeEntity)
      .find({ where: { findingId }, order: { changeNo: 'ASC' } });
    return rows.map((row) => ({
      changeNo: row.changeNo,
      kind: row.kind as FindingChangeKind,
      at: row.at.getTime(),
      savedAt: row.savedAt.getTime(),
      finding: JSON.parse(row.body) as Finding,
    }));
  }

  private async findings(findingIds: readonly string[]): Promise<Map<string, Finding>> {
    if (findingIds.length === 0) return new Map();
    const rows = await this.source
      .getRepository(FindingChangeEntity)
      .createQueryBuilder('change')
      .innerJoin(
        FindingEntity,
        'finding',
        'finding.findingId = change.findingId and finding.changeNo = change.changeNo',
      )
      .where('change.findingId = any(:findingIds)', { findingIds })
      .getMany();
    return new Map(rows.map((row) => [row.findingId, JSON.parse(row.body) as Finding]));
  }
}
