import type { Pool, PoolClient } from 'pg';
import type { Event, EventRef, Instant } from '#core/event/event.js';
import type { Finding, Level } from '#core/finding.js';
import { arrayLiteral } from './array-literal.js';
import { type CaseKey, openEvent, UNDER_CASE_KEY } from './sealing.js';
import type { AlertState, AwaitedSource } from './step-to-save.js';
import type { Writer } from './writer.js';

/** The alert of a finding as it stands, as far as the gates need it. */
export interface LoadedAlert {
  readonly alertId: string;
  readonly findingId: string;
  readonly revision: number;
  /** Number and instant of its last change. */
  readonly eventNo: number;
  readonly changedAt: Instant;
  readonly state: AlertState;
  readonly level: Level;
  readonly held: boolean;
  readonly ended: boolean;
  readonly retracted: boolean;
  readonly groupedInto: string | null;
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly regionCode: string;
  readonly agencyCode: string;
  readonly itemCode: string | null;
  readonly recipientUnit: string;
  readonly subjectPersons: readonly string[];
  readonly sharedSpace: boolean;
  readonly isTest: boolean;
  /** Sources whose coverage a held alert waits for. */
  readonly awaited: readonly AwaitedSource[];
}

export interface CaseContent {
  readonly asOf: Instant | null;
  readonly nextDueAt: Instant | null;
  /**
   * All kept versions of all events, in no particular order, with those of other cases whose chain of corrections
   * concerns this one. Empty where `frozen`.
   */
  readonly events: readonly Event[];
  /** Open and ended findings as last saved; retracted ones are history. */
  readonly findings: readonly Finding[];
  readonly alerts: readonly LoadedAlert[];
  /** Partition that the case's own events came from, else what was moved here; null where it has none. */
  readonly partition: number | null;
  /** The case's secret was destroyed: its events can never be read again. */
  readonly erased: boolean;
  /** What is kept of a case that stands still, because its events were erased or archived; null in any other. */
  readonly frozen: FrozenContent | null;
}

/** Columns of a case that are as its events last said; nothing makes them again. */
export interface FrozenContent {
  readonly reason: 'erased' | 'archived';
  readonly regionCode: string;
  readonly handlingRegionCode: string | null;
  readonly agencyCode: string;
  readonly itemCode: string | null;
  readonly itemName: string | null;
  readonly open: boolean;
  readonly isTest: boolean;
}

export interface LoadedCase {
  readonly caseId: string;
  /** 0: no such case yet. To be handed back in CaseToSave.version. */
  readonly version: number;
  /** `as-known`: still at the version that the caller said it holds. */
  readonly content: CaseContent | 'as-known';
}

export interface LoadOptions {
  /** Locks the rows until the transaction ends, in id order; needs a client inside a transaction. Default false. */
  readonly lock?: boolean;
  /** Versions that the caller holds in its cache; such cases are not read again. */
  readonly known?: ReadonlyMap<string, number>;
}

interface CaseRow {
  readonly case_id: string;
  readonly version: number;
  readonly as_of: Date;
  readonly next_due_at: Date | null;
  readonly first_received_at: Date | null;
  readonly has_moved: boolean;
  readonly secret: Buffer | null;
  readonly destroyed_at: Date | null;
  readonly frozen: FrozenContent | null;
}

interface EventRow {
  readonly case_id: string;
  readonly source: string;
  readonly event_id: string;
  readonly sealing: number;
  readonly sealed: Buffer;
  readonly partition: number;
}

const ROWS = `
  select c.case_id, c.version, c.as_of, c.next_due_at, c.first_received_at, c.has_moved, k.secret, k.destroyed_at,
    case when c.frozen is not null or k.destroyed_at is not null then json_build_object(
      'reason', coalesce(c.frozen, 'erased'), 'regionCode', c.region_code,
      'handlingRegionCode', c.handling_region_code, 'agencyCode', c.agency_code, 'itemCode', c.item_code,
      'itemName', c.item_name, 'open', c.open_state = 'open', 'isTest', c.is_test) end as frozen
  from unnest($1::text[], $2::int[]) as u (case_id, known)
  join case_state c on c.case_id = u.case_id
  left join case_key k on k.case_id = c.case_id`;

/** Only what is not at the version that the caller holds. */
const CHANGED = `${ROWS} where c.version <> u.known`;
const LOCKED = `${ROWS} order by c.case_id for no key update of c`;

const EVENTS = `
  select e.case_id, e.source, e.event_id, e.sealing, e.sealed, e."partition"
  from unnest($1::text[], $2::timestamptz[]) as u (case_id, first_received_at)
  cross join lateral (
    select * from event where event.case_id = u.case_id and event.received_at >= u.first_received_at) e`;

/** Asked only of cases that have any. */
const MOVED = `
  select case_id, source, event_id, sealing, sealed, "partition" from moved_event
  where case_id = any($1) order by case_id, received_at desc, source, event_id, raw_digest`;

const FINDINGS = `
  select f.case_id, h.body from finding f
  join finding_change h on h.finding_id = f.finding_id and h.change_no = f.change_no
  where f.case_id = any($1) and f.state <> 'retracted' order by f.finding_id`;

const ALERTS = `
  select case_id, alert_id as "alertId", finding_id as "findingId", revision, event_no as "eventNo",
    round(extract(epoch from changed_at) * 1000)::float8 as "changedAt", state, level, held, ended, retracted,
    grouped_into as "groupedInto", rule_id as "ruleId", rule_version as "ruleVersion", region_code as "regionCode",
    agency_code as "agencyCode", item_code as "itemCode", recipient_unit as "recipientUnit", subject_persons as "subjectPersons",
    shared_space as "sharedSpace", is_test as "isTest",
    coalesce((
      select json_agg(json_build_object('source', h.source, 'until', round(extract(epoch from h.until) * 1000)::bigint)
        order by h.source)
      from alert_hold h where h.alert_id = alert.alert_id), '[]') as awaited
  from alert where case_id = any($1) order by alert_id`;

function pushTo<T>(into: Map<string, T[]>, caseId: string, value: T): void {
  const list = into.get(caseId);
  if (list === undefined) into.set(caseId, [value]);
  else list.push(value);
}

function keysOf(writer: Writer, rows: readonly CaseRow[]): Map<string, CaseKey> {
  const keys = new Map<string, CaseKey>();
  for (const row of rows) {
    if (row.secret === null) continue;
    if (writer.keys === null) {
      throw new Error(
        `The events of case ${row.case_id} are encrypted, but MINGCHA_MASTER_KEY is not set.`,
      );
    }
    keys.set(row.case_id, writer.keys.keyOf(row.case_id, row.secret));
  }
  return keys;
}

interface LoadedEvents {
  readonly events: Map<string, Event[]>;
  readonly partitions: Map<string, number>;
}

async function loadEvents(
  client: Pool | PoolClient,
  writer: Writer,
  rows: readonly CaseRow[],
): Promise<LoadedEvents> {
  const readable = rows.filter(
    (row) => (row.first_received_at !== null || row.has_moved) && row.frozen === null,
  );
  const keys = keysOf(writer, readable);
  const events = new Map<string, Event[]>();
  const partitions = new Map<string, number>();
  if (readable.length === 0) return { events, partitions };
  const open = (found: readonly EventRow[]) => {
    for (const row of found) {
      const key = row.sealing === UNDER_CASE_KEY ? (keys.get(row.case_id) ?? null) : null;
      const identity = { source: row.source, id: row.event_id };
      pushTo(events, row.case_id, openEvent(row.sealed, identity, key).event);
      partitions.set(row.case_id, row.partition);
    }
  };
  const visited = readable.filter((row) => row.has_moved).map((row) => row.case_id);
  const moved = visited.length === 0 ? [] : (await client.query<EventRow>(MOVED, [visited])).rows;
  // The case's own events last: their partition is the one that counts.
  open(moved);
  const found = await client.query<EventRow>(EVENTS, [
    readable.map((row) => row.case_id),
    readable.map((row) => row.first_received_at),
  ]);
  open(found.rows);
  return { events, partitions };
}

async function loadContent(
  client: Pool | PoolClient,
  writer: Writer,
  rows: readonly CaseRow[],
): Promise<Map<string, CaseContent>> {
  if (rows.length === 0) return new Map();
  const ids = rows.map((row) => row.case_id);
  const { events, partitions } = await loadEvents(client, writer, rows);
  const findings = new Map<string, Finding[]>();
  const bodies = await client.query<{ case_id: string; body: string }>(FINDINGS, [ids]);
  for (const row of bodies.rows) pushTo(findings, row.case_id, JSON.parse(row.body) as Finding);
  const alerts = new Map<string, LoadedAlert[]>();
  const standing = await client.query<LoadedAlert & { case_id: string }>(ALERTS, [ids]);
  for (const { case_id, ...alert } of standing.rows) pushTo(alerts, case_id, alert);
  return new Map(
    rows.map((row) => [
      row.case_id,
      {
        asOf: row.as_of.getTime(),
        nextDueAt: row.next_due_at?.getTime() ?? null,
        events: events.get(row.case_id) ?? [],
        findings: findings.get(row.case_id) ?? [],
        alerts: alerts.get(row.case_id) ?? [],
        partition: partitions.get(row.case_id) ?? null,
        erased: row.destroyed_at !== null,
        frozen: row.frozen,
      },
    ]),
  );
}

const NOTHING: CaseContent = {
  asOf: null,
  nextDueAt: null,
  events: [],
  findings: [],
  alerts: [],
  partition: null,
  erased: false,
  frozen: null,
};

/**
 * Loads cases in the order asked for, unknown ones as version 0. Without `lock` nothing is held: versions are read
 * before contents, so that a case changed in between is refused by saveStep and never saved on stale grounds.
 */
export async function loadCases(
  client: Pool | PoolClient,
  writer: Writer,
  caseIds: readonly string[],
  options: LoadOptions = {},
): Promise<LoadedCase[]> {
  if (caseIds.length === 0) return [];
  const known = (caseId: string): number => options.known?.get(caseId) ?? 0;
  const found = await client.query<CaseRow>(options.lock === true ? LOCKED : CHANGED, [
    arrayLiteral(caseIds),
    arrayLiteral(caseIds.map(known)),
  ]);
  const changed = new Map(
    found.rows.filter((row) => row.version !== known(row.case_id)).map((row) => [row.case_id, row]),
  );
  const contents = await loadContent(client, writer, [...changed.values()]);
  return caseIds.map((caseId) => {
    const version = changed.get(caseId)?.version ?? known(caseId);
    const content = contents.get(caseId) ?? (version === 0 ? NOTHING : 'as-known');
    return { caseId, version, content };
  });
}

/** One kept version of an event: where it is and what its bytes were. */
export interface KnownVersion {
  readonly caseId: string;
  /** Hex SHA-256 of the bytes. */
  readonly rawDigest: string;
}

/** Key of an identity in the answer of findIdentities. */
export function identityKey(ref: EventRef): string {
  return `${ref.source}\n${ref.id}`;
}

/**
 * Which of these identities are saved already, with every kept version: tells duplicates from new versions, and finds
 * the case of a correction's target. Identities that are not saved are missing from the map.
 */
export async function findIdentities(
  client: Pool | PoolClient,
  refs: readonly EventRef[],
): Promise<Map<string, KnownVersion[]>> {
  const versions = new Map<string, KnownVersion[]>();
  if (refs.length === 0) return versions;
  const found = await client.query<{
    source: string;
    event_id: string;
    case_id: string;
    raw_digest: string;
  }>(
    `select i.source, i.event_id, i.case_id, encode(i.raw_digest, 'hex') as raw_digest
     from (select distinct * from unnest($1::text[], $2::text[]) as r (source, event_id)) r
     join event_identity i on i.source = r.source and i.event_id = r.event_id
     order by i.source, i.event_id, i.raw_digest`,
    [refs.map((ref) => ref.source), refs.map((ref) => ref.id)],
  );
  for (const row of found.rows) {
    const version = { caseId: row.case_id, rawDigest: row.raw_digest };
    pushTo(versions, identityKey({ source: row.source, id: row.event_id }), version);
  }
  return versions;
}
