import type { Instant } from '../event/event.js';
import type { Finding, FindingChange } from '../finding.js';
import { digestOf } from '../identity.js';
import { rank } from '../rule/candidate.js';
import type {
  AlertAfter,
  AlertChange,
  AlertChangeKind,
  AlertRecord,
  AwaitedSource,
} from './alert.js';

/** Through which instant each source is covered in the log that the case's events come from. */
export type Coverage = (source: string) => Instant;

/** Jurisdiction of a case, stamped on its alerts. */
export interface CasePlace {
  readonly caseId: string;
  readonly regionCode: string;
  readonly agencyCode: string;
  /** As of the events taken so far. */
  readonly itemCode: string | null;
  /** Name under which coverage of a source is counted for this case. */
  readonly lane: (source: string) => string;
}

/** Alert of a finding: a digest of the finding's identity, so the same finding has the same alert for ever. */
export function alertIdOf(findingId: string): string {
  return digestOf(['alert', findingId]);
}

/** Rules about the data themselves; the gate for doubtful times (X5) does not apply to them. */
function isDataRule(ruleId: string): boolean {
  return ruleId.startsWith('DQ-') || ruleId.startsWith('SV-');
}

const NO_RECORDS: ReadonlyMap<string, AlertRecord> = new Map();

/**
 * The alerts of one case, folded from finding changes through the gates (rules.md section 1: X5, X10, test data). It
 * changes in place and says what changed; the gates never change a finding. The outcome depends on the order of the
 * changes and on coverage only. A finding that rests on an absence is always held first and released once its sources
 * are covered, because at the instant of its deadline nothing later can be known.
 */
export class CaseAlerts {
  /** By finding; null while there are none, as in most cases. */
  private byFinding: Map<string, AlertRecord> | null = null;

  constructor(
    private readonly place: CasePlace,
    records: Iterable<AlertRecord> = [],
  ) {
    for (const record of records) this.remember(record.findingId, record);
  }

  private get records(): ReadonlyMap<string, AlertRecord> {
    return this.byFinding ?? NO_RECORDS;
  }

  private remember(findingId: string, record: AlertRecord): void {
    this.byFinding ??= new Map();
    this.byFinding.set(findingId, record);
  }

  all(): AlertRecord[] {
    return [...this.records.values()];
  }

  /** Applies one finding change. */
  apply(change: FindingChange): AlertChange[] {
    const findingId = change.after?.id ?? change.before?.id ?? '';
    const record = this.records.get(findingId);
    if (change.kind === 'retracted') return this.retract(record, change.at);
    const finding = change.after;
    if (finding === null) return [];
    if (record === undefined || isOver(record.after)) {
      if (change.kind !== 'raised' && record !== undefined && !record.after.retracted)
        return this.keep(record, finding, change);
      const opened = this.open(finding, change.at, record);
      if (finding.ruleId === 'DQ-02') opened.push(...this.holdAll(change.at));
      return opened;
    }
    return this.keep(record, finding, change);
  }

  /** True while an alert is held until its sources are covered. */
  areWaiting(): boolean {
    return this.waiting().length > 0;
  }

  /**
   * Releases what was held for want of coverage, in the order of the holds; one whose sources are not covered yet keeps
   * those after it waiting, so that the gates meet the same alerts however coverage arrives. A release speaks of the
   * instant of the hold that it lifts: when coverage was looked at must not show in an alert's history.
   */
  release(coverage: Coverage): AlertChange[] {
    const changes: AlertChange[] = [];
    if (this.records.size === 0) return changes;
    for (const record of this.waiting()) {
      const { awaited } = record.after;
      if (awaited.some(({ source, until }) => coverage(source) < until)) break;
      const at = Math.max(record.changedAt, ...awaited.map(({ until }) => until));
      changes.push(...this.passGates(record, at, 'released'));
    }
    return changes;
  }

  private waiting(): AlertRecord[] {
    const waiting = this.all().filter(({ after }) => after.held && after.awaited.length > 0);
    return waiting.sort((a, b) => a.changedAt - b.changedAt || (a.alertId < b.alertId ? -1 : 1));
  }

  /** In the order in which their conditions began to hold: one that was held until now does not overtake an older one. */
  private sorted(): AlertRecord[] {
    const since = ({ finding }: AlertRecord) => finding?.since ?? Number.NEGATIVE_INFINITY;
    return this.all().sort((a, b) => since(a) - since(b) || (a.findingId < b.findingId ? -1 : 1));
  }

  private open(finding: Finding, at: Instant, before: AlertRecord | undefined): AlertChange[] {
    const record: AlertRecord = {
      alertId: alertIdOf(finding.id),
      findingId: finding.id,
      revision: (before?.revision ?? 0) + 1,
      eventNo: before?.eventNo ?? 0,
      changedAt: at,
      finding,
      after: this.fresh(finding),
    };
    this.remember(finding.id, record);
    return this.enter(record, finding, at);
  }

  /** The gates from the first: test data, coverage, then those that do not depend on it. */
  private enter(record: AlertRecord, finding: Finding, at: Instant): AlertChange[] {
    if (finding.isTest)
      return [this.put(record, 'silenced', at, { reason: 'test-data', state: 'silenced' })];
    if (finding.restsOnAbsenceUntil !== null) {
      const until = finding.restsOnAbsenceUntil;
      const awaited: AwaitedSource[] = finding.sources.map((source) => ({
        source: this.place.lane(source),
        until,
      }));
      return [
        this.put(record, 'held', at, { reason: 'coverage', state: 'held', held: true, awaited }),
      ];
    }
    return this.passGates(record, at, 'raised');
  }

  /** Gates that do not depend on coverage: doubtful times, then an open alert of the same rule. */
  private passGates(record: AlertRecord, at: Instant, kind: 'raised' | 'released'): AlertChange[] {
    const { after } = record;
    if (!isDataRule(after.ruleId) && this.timesAreDoubtful())
      return after.held && after.awaited.length === 0
        ? []
        : [
            this.put(record, 'held', at, {
              reason: 'doubtful-times',
              state: 'held',
              held: true,
              awaited: [],
            }),
          ];
    const cover = this.coverFor(record);
    if (cover !== null)
      return [
        this.put(record, 'grouped', at, {
          reason: 'same-rule',
          state: 'covered',
          held: false,
          awaited: [],
          groupedInto: cover.alertId,
        }),
      ];
    return [
      this.put(record, kind, at, {
        reason: null,
        state: record.finding?.until === null ? 'raised' : endedState(after),
        held: false,
        awaited: [],
        groupedInto: null,
      }),
    ];
  }

  /** Impossible times came to light: the clocks of the case's other open alerts stand still (X5). */
  private holdAll(at: Instant): AlertChange[] {
    return this.sorted()
      .filter(({ after }) => !isDataRule(after.ruleId) && after.state === 'raised' && !after.held)
      .map((record) =>
        this.put(record, 'held', at, { reason: 'doubtful-times', state: 'held', held: true }),
      );
  }

  private timesAreDoubtful(): boolean {
    return this.all().some(({ after }) => after.ruleId === 'DQ-02' && !after.retracted);
  }

  private coverFor(record: AlertRecord): AlertRecord | null {
    for (const other of this.sorted()) {
      if (other === record || other.after.ruleId !== record.after.ruleId) continue;
      if (other.findingId === record.findingId || other.after.state !== 'raised') continue;
      if (rank(other.after.level) >= rank(record.after.level)) return other;
    }
    return null;
  }

  private keep(record: AlertRecord, finding: Finding, change: FindingChange): AlertChange[] {
    const { after } = record;
    const next: AlertRecord = { ...record, finding };
    this.remember(finding.id, next);
    const kind = kindOf(change);
    if (kind === null) return [];
    const ended = finding.until !== null;
    const changes = [
      this.put(next, kind, change.at, {
        reason: null,
        level: finding.level,
        ruleVersion: finding.ruleVersion,
        ended,
        ...addressed(finding),
        state:
          ended && after.state === 'raised'
            ? endedState({ ...after, level: finding.level })
            : after.state,
      }),
    ];
    if (kind === 'level-raised' && after.state === 'covered')
      changes.push(...this.passGatesAgain(finding.id, change.at));
    if (finding.isTest !== after.isTest) changes.push(...this.enterAgain(finding, change.at));
    if (finding.ruleId === 'DQ-02' && ended) changes.push(...this.settleDoubt(change.at));
    return changes;
  }

  /** A case turned out to be a test, or not to be one. */
  private enterAgain(finding: Finding, at: Instant): AlertChange[] {
    const record = this.records.get(finding.id);
    if (record === undefined) return [];
    const changes = this.enter({ ...record, after: { ...record.after, ...NOWHERE } }, finding, at);
    return finding.isTest ? [...changes, ...this.uncover(record.alertId, at)] : changes;
  }

  private passGatesAgain(findingId: string, at: Instant): AlertChange[] {
    const record = this.records.get(findingId);
    if (record === undefined) return [];
    return this.coverFor(record) === null ? this.passGates(record, at, 'raised') : [];
  }

  private retract(record: AlertRecord | undefined, at: Instant): AlertChange[] {
    if (record === undefined || record.after.retracted) return [];
    const gone: AlertRecord = { ...record, finding: null };
    this.remember(record.findingId, gone);
    const changes = [
      this.put(gone, 'retracted', at, {
        // Nobody was told of what was held, grouped or silenced; nobody is told that it is taken back.
        reason: isToldOf(record.after) ? 'knowledge' : 'knowledge-before-told',
        state: 'retracted',
        held: false,
        awaited: [],
        retracted: true,
        groupedInto: null,
      }),
    ];
    changes.push(...this.uncover(record.alertId, at));
    if (record.after.ruleId === 'DQ-02') changes.push(...this.settleDoubt(at));
    return changes;
  }

  /** Findings grouped under an alert that is no more: the first of them takes its place. */
  private uncover(alertId: string, at: Instant): AlertChange[] {
    const changes: AlertChange[] = [];
    for (const record of this.sorted()) {
      if (record.after.groupedInto !== alertId || record.after.retracted) continue;
      changes.push(...this.passGates(record, at, 'raised'));
    }
    return changes;
  }

  /** Times are no longer doubtful: what was held for that alone passes the gates. */
  private settleDoubt(at: Instant): AlertChange[] {
    if (this.timesAreDoubtful()) return [];
    const changes: AlertChange[] = [];
    for (const record of this.sorted()) {
      const { after } = record;
      if (!after.held || after.awaited.length > 0 || after.retracted) continue;
      changes.push(...this.passGates(record, at, 'released'));
    }
    return changes;
  }

  private fresh(finding: Finding): AlertAfter {
    return {
      ...addressed(finding),
      recipientUnit: finding.answerable[0]?.unitCode ?? this.place.agencyCode,
      state: 'raised',
      level: finding.level,
      ruleId: finding.ruleId,
      ruleVersion: finding.ruleVersion,
      held: false,
      ended: finding.until !== null,
      retracted: false,
      groupedInto: null,
      awaited: [],
      regionCode: this.place.regionCode,
      agencyCode: this.place.agencyCode,
      itemCode: this.place.itemCode,
      sharedSpace: finding.level !== 'lead',
    };
  }

  private put(
    record: AlertRecord,
    kind: AlertChangeKind,
    at: Instant,
    change: Partial<AlertAfter> & { readonly reason: string | null },
  ): AlertChange {
    const { reason, ...fields } = change;
    const itemCode = this.place.itemCode ?? record.after.itemCode;
    const after: AlertAfter = { ...record.after, ...fields, itemCode };
    const eventNo = (this.records.get(record.findingId)?.eventNo ?? record.eventNo) + 1;
    this.remember(record.findingId, { ...record, after, eventNo, changedAt: at });
    const { alertId, findingId, revision, finding } = record;
    return {
      eventNo,
      alertId,
      findingId,
      caseId: this.place.caseId,
      revision,
      kind,
      at,
      reason,
      after,
      detail: { since: finding?.since ?? null, until: finding?.until ?? null },
    };
  }
}

/** No longer held, grouped or waiting for anything. */
const NOWHERE = { held: false, awaited: [], groupedInto: null } as const;

/** Whom an alert is about and addressed to; later facts may name another officer. */
function addressed(
  finding: Finding,
): Pick<AlertAfter, 'subjectPersons' | 'isTest'> & Partial<Pick<AlertAfter, 'recipientUnit'>> {
  const persons = finding.answerable.flatMap(({ unitCode, staffNo }) =>
    staffNo === null ? [] : [`${unitCode}/${staffNo}`],
  );
  const unit = finding.answerable[0]?.unitCode;
  return {
    subjectPersons: [...new Set(persons)],
    isTest: finding.isTest,
    ...(unit === undefined ? {} : { recipientUnit: unit }),
  };
}

/** A notice closes itself when its condition is over; yellow and red wait for a person. */
function endedState(after: AlertAfter): AlertAfter['state'] {
  return after.level === 'notice' || after.level === 'data' ? 'ended' : 'raised';
}

function isOver(after: AlertAfter): boolean {
  return after.retracted || after.state === 'ended';
}

function kindOf(change: FindingChange): AlertChangeKind | null {
  switch (change.kind) {
    case 'level-raised':
    case 'level-lowered':
    case 'ended':
    case 'revised':
      return change.kind;
    default:
      return null;
  }
}

/** True for an alert that went out to people. */
function isToldOf(after: AlertAfter): boolean {
  return !after.held && after.state !== 'covered' && after.state !== 'silenced';
}
