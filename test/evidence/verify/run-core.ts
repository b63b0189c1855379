import type { AlertChange } from '#core/alert/alert.js';
import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { REFERENCE_TYPES, type ReferenceSettings } from '#core/build-references.js';
import { createDecoder } from '#core/event/decode.js';
import type { Event, FeedConfig } from '#core/event/event.js';
import type { FindingChange } from '#core/finding.js';
import { KnownLaws } from '#core/known-laws.js';
import type { Rulebook } from '#core/rule/compile.js';
import { isDuplicate } from '#core/step.js';
import { openCase, takeEvent, takeTick, type WorkCase } from '#core/work-case.js';
import { sha256Hex, type TestLog } from './test-log.js';

/** A record of the event log: the bytes as they came. */
export interface Received {
  readonly receivedAt: number;
  readonly value: string;
  /** Attributes, where they came in headers (binary mode of CloudEvents). */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RunWith {
  readonly rulebook: Rulebook;
  readonly feeds: readonly FeedConfig[];
  readonly settings: ReferenceSettings;
}

/** An accepted event with the leaf of its record. */
export interface Accepted extends Received {
  readonly event: Event;
  readonly leafIndex: number;
  readonly offset: number;
}

const CASELESS = /^(catalog|calendar|org|feed)\./;
const EVER = () => Number.MAX_SAFE_INTEGER;
const iso = (at: number) => new Date(at).toISOString();

/** Runs received bytes through the core as the monitor does, and records in a log what the monitor records. */
export class CoreRun {
  readonly accepted: Accepted[] = [];
  /** Texts whose digests stand in leaves, by leaf index. */
  readonly payloads = new Map<number, string>();
  readonly works = new Map<string, WorkCase>();
  private readonly laws: KnownLaws;
  private readonly decoder;
  private readonly changeNo = new Map<string, number>();
  private offset = 0;

  constructor(
    readonly log: TestLog,
    given: RunWith,
  ) {
    const feeds = new Map(given.feeds.map((feed) => [feed.source, feed]));
    this.laws = new KnownLaws(given.rulebook, { ...given.settings, feeds });
    this.decoder = createDecoder({ feeds: (source) => feeds.get(source) ?? null });
  }

  take({ receivedAt, value, headers = {} }: Received): void {
    const bytes = Buffer.from(value);
    const digest = sha256Hex(bytes);
    const decoded = this.decoder.decode({ value: bytes, receivedAt, digest, headers });
    this.offset += 1;
    if (!decoded.ok) throw new Error(`${value}: ${JSON.stringify(decoded.rejected)}`);
    const { event } = decoded;
    // Signs of life are counted, not kept.
    if (event.type === 'feed.heartbeat') return;
    if (REFERENCE_TYPES.has(event.type)) this.laws.add(event);
    const isOfCase = !CASELESS.test(event.type);
    const work = isOfCase ? this.workOf(event) : null;
    if (work !== null && isDuplicate(work.state, event)) return;
    const taken =
      work === null
        ? null
        : takeEvent(work, event, this.laws.at(Math.max(receivedAt, work.state.asOf)), EVER);
    const { changes = [], due = 0, alerts = [] } = taken ?? {};
    for (const change of changes.slice(0, due)) this.recordChange(event.caseId, change, receivedAt);
    const leafIndex = this.recordEvent(event, isOfCase);
    this.accepted.push({ receivedAt, value, event, leafIndex, offset: this.offset });
    for (const change of changes.slice(due)) this.recordChange(event.caseId, change, receivedAt);
    for (const alert of alerts) this.recordAlert(alert, receivedAt);
  }

  /** Brings every case forward to `to`. */
  tick(to: number): void {
    for (const [caseId, work] of this.works) {
      const { changes, alerts } = takeTick(work, to, this.laws.at(to), EVER);
      for (const change of changes) this.recordChange(caseId, change, to);
      for (const alert of alerts) this.recordAlert(alert, to);
    }
  }

  private workOf(event: Event): WorkCase {
    const { caseId, regionCode, agencyCode } = event;
    const known = this.works.get(caseId);
    if (known !== undefined) return known;
    const opening = { caseId, regionCode, agencyCode, partition: 0 };
    const work = openCase(opening, this.laws.at(event.receivedAt));
    this.works.set(caseId, work);
    return work;
  }

  private recordEvent(event: Event, isOfCase: boolean): number {
    return this.log.append(isOfCase ? `case:${event.caseId}` : null, event.receivedAt, {
      action: 'event.accepted',
      object: `event:${event.source}/${event.id}`,
      schema: 'mingcha.event-accepted/1',
      ruleVersion: null,
      inputsDigest: event.rawDigest,
      fields: {
        dataVersion: event.dataVersion,
        offset: String(this.offset),
        partition: 0,
        receivedAt: iso(event.receivedAt),
        topic: 'mingcha.events',
        type: event.type,
      },
    });
  }

  private recordChange(caseId: string, { kind, at, before, after }: FindingChange, time: number) {
    const finding = after ?? before;
    if (finding === null) throw new Error('a change without a finding');
    const changeNo = (this.changeNo.get(finding.id) ?? 0) + 1;
    this.changeNo.set(finding.id, changeNo);
    const body = JSON.stringify(finding);
    const index = this.log.append(`case:${caseId}`, time, {
      action: `finding.${kind}`,
      object: `finding:${finding.id}`,
      schema: 'mingcha.finding-change/1',
      ruleVersion: `${finding.ruleId}@${finding.ruleVersion}`,
      inputsDigest: finding.inputsDigest,
      fields: {
        changeNo,
        at: iso(at),
        level: finding.level,
        levelBefore: before?.level ?? null,
        occurrence: finding.occurrence,
        since: iso(finding.since),
        until: finding.until === null ? null : iso(finding.until),
        bodyDigest: sha256Hex(body),
      },
    });
    this.payloads.set(index, body);
  }

  private recordAlert(change: AlertChange, time: number): void {
    const detail = canonicalJson(change.detail as { readonly [key: string]: JsonValue });
    const index = this.log.append(`alert:${change.alertId}`, time, {
      action: `alert.${change.kind}`,
      object: `alert:${change.alertId}`,
      schema: 'mingcha.alert-event/1',
      ruleVersion: `${change.after.ruleId}@${change.after.ruleVersion}`,
      inputsDigest: null,
      fields: {
        eventNo: change.eventNo,
        revision: change.revision,
        findingId: change.findingId,
        caseId: change.caseId,
        at: iso(change.at),
        level: change.after.level,
        state: change.after.state,
        reason: change.reason,
        detailDigest: sha256Hex(detail),
      },
    });
    this.payloads.set(index, detail);
  }
}
