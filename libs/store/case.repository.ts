import type { DataSource } from 'typeorm';
import type { Event } from '#core/event/event.js';
import type { Finding, FindingChangeKind } from '#core/finding.js';
import type { FindingHistoryEntry } from './alert.repository.js';
import { AuditRecordEntity } from './entity/audit-record.entity.js';
import { CaseStateEntity } from './entity/case-state.entity.js';
import { FindingChangeEntity } from './entity/finding-change.entity.js';
import { type CaseKeys, openEvent, UNDER_CASE_KEY } from './sealing.js';
import type { RecordPlace } from './step-to-save.js';

export interface TimelineEntry extends RecordPlace {
  readonly event: Event;
  /** Bytes exactly as received; empty for an event of another case, which keeps them. */
  readonly raw: Buffer;
}

export interface CaseTimeline {
  readonly state: CaseStateEntity;
  /**
   * Every kept version of every event, by (occurredAt, recordedAt, source, id), with those of other cases whose chain of
   * corrections concerns this one after them. Empty where `erased`.
   */
  readonly entries: readonly TimelineEntry[];
  readonly erased: boolean;
  /** Its events, or some, were erased or archived: nothing can be counted from what is left. */
  readonly frozen: 'erased' | 'archived' | null;
  /** Changes of all findings of the case, in the order in which they were saved. */
  readonly findingHistory: readonly FindingHistoryEntry[];
  readonly auditRecords: readonly AuditRecordEntity[];
}

interface EventRow {
  readonly source: string;
  readonly event_id: string;
  readonly sealing: number;
  readonly sealed: Buffer;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** Their places are those of the events themselves, which stand in their own cases. */
const MOVED = `
  select m.source, m.event_id, m.sealing, m.sealed, e.topic, e."partition", e."offset"
  from moved_event m
  join event e on e.case_id = m.home_case_id and e.received_at = m.received_at
    and e.source = m.source and e.event_id = m.event_id and e.raw_digest = m.raw_digest
  where m.case_id = $1
  order by e.occurred_at, e.recorded_at, m.source, m.event_id, e.data_version, m.raw_digest`;

/** Reads cases for people. Encrypted events need the keys. */
export class CaseRepository {
  constructor(
    private readonly source: DataSource,
    private readonly keys: CaseKeys | null,
  ) {}

  async byId(caseId: string): Promise<CaseStateEntity | null> {
    return this.source.getRepository(CaseStateEntity).findOneBy({ caseId });
  }

  /** Everything kept of one case, or null. */
  async timeline(caseId: string): Promise<CaseTimeline | null> {
    const state = await this.byId(caseId);
    if (state === null) return null;
    const stored: { secret: Buffer | null }[] = await this.source.query(
      'select secret from case_key where case_id = $1',
      [caseId],
    );
    const erased = stored[0] !== undefined && stored[0].secret === null;
    const [entries, findingHistory, auditRecords] = await Promise.all([
      erased ? [] : this.entries(state, stored[0]?.secret ?? null),
      this.findingHistory(caseId),
      this.source
        .getRepository(AuditRecordEntity)
        .find({ where: { entity: `case:${caseId}` }, order: { entitySeq: 'ASC' } }),
    ]);
    const frozen = erased ? 'erased' : state.frozen;
    return { state, entries, erased, frozen, findingHistory, auditRecords };
  }

  /** Findings of a case as last saved, in the order of their ids; retracted ones on request. */
  async findings(caseId: string, includeRetracted = false): Promise<Finding[]> {
    const rows: { body: string }[] = await this.source.query(
      `select h.body from finding f
       join finding_change h on h.finding_id = f.finding_id and h.change_no = f.change_no
       where f.case_id = $1 and ($2 or f.state <> 'retracted') order by f.finding_id`,
      [caseId, includeRetracted],
    );
    return rows.map((row) => JSON.parse(row.body) as Finding);
  }

  private async entries(state: CaseStateEntity, secret: Buffer | null): Promise<TimelineEntry[]> {
    if (secret !== null && this.keys === null) {
      throw new Error(
        `The events of case ${state.caseId} are encrypted, but MINGCHA_MASTER_KEY is not set.`,
      );
    }
    const key = secret === null ? null : (this.keys?.keyOf(state.caseId, secret) ?? null);
    const rows: EventRow[] = await this.source.query(
      `select source, event_id, sealing, sealed, topic, "partition", "offset" from event
       where case_id = $1 and received_at >= $2
       order by occurred_at, recorded_at, source, event_id, data_version, raw_digest`,
      [state.caseId, state.firstReceivedAt ?? new Date(0)],
    );
    const moved: EventRow[] = state.hasMoved ? await this.source.query(MOVED, [state.caseId]) : [];
    return [...rows, ...moved].map((row) => ({
      ...openEvent(
        row.sealed,
        { source: row.source, id: row.event_id },
        row.sealing === UNDER_CASE_KEY ? key : null,
      ),
      topic: row.topic,
      partition: row.partition,
      offset: BigInt(row.offset),
    }));
  }

  private async findingHistory(caseId: string): Promise<FindingHistoryEntry[]> {
    const rows = await this.source
      .getRepository(FindingChangeEntity)
      .createQueryBuilder('change')
      .where('change.findingId in (select f.finding_id from finding f where f.case_id = :caseId)', {
        caseId,
      })
      .orderBy('change.entitySeq', 'ASC')
      .getMany();
    return rows.map((row) => ({
      changeNo: row.changeNo,
      kind: row.kind as FindingChangeKind,
      at: row.at.getTime(),
      savedAt: row.savedAt.getTime(),
      finding: JSON.parse(row.body) as Finding,
    }));
  }
}
