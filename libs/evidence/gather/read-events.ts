import type { Pool } from 'pg';
import type { Event } from '#core/event/event.js';
import {
  type CaseKey,
  inputsSalt,
  type OpenedEvent,
  openEvent,
  saltedDigest,
  UNDER_CASE_KEY,
} from '#store/sealing.js';
import type { Writer } from '#store/writer.js';
import { ExportError } from '../request/export-error.js';
import type { GatheredRecord } from './read-records.js';

/** Where an event was moved to by a correction. */
export interface MovedPlace {
  readonly caseId: string;
  /** Of the `event.moved` record. */
  readonly leafIndex: number;
  /** Hex; with it the record names the SHA-256 of the bytes. Null: it names it plainly. */
  readonly salt: string | null;
}

/** An event of the scope, as it was received and as the monitor read it. */
export interface GatheredEvent {
  readonly leafIndex: number;
  readonly source: string;
  readonly id: string;
  /** Case that it was sent to; null for a reference fact. */
  readonly caseId: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Instant of receipt. */
  readonly receivedAt: number;
  /** Hex SHA-256 of the received bytes; of erased ones what the leaf names, so that no guess can be tried. */
  readonly digest: string;
  /** Hex digest of the version in the store; no bundle shows it. */
  readonly stored: string;
  /** What the leaf names of the bytes. */
  readonly recordDigest: string;
  readonly salt: string | null;
  /** Null where the case's key was destroyed. */
  readonly raw: Buffer | null;
  readonly event: Event | null;
  readonly movedTo: MovedPlace[];
  readonly use: 'case' | 'reference';
}

interface Row {
  readonly case_id: string;
  readonly source: string;
  readonly event_id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly received_at: Date;
  readonly digest: string;
  readonly sealing: number;
  readonly sealed: Buffer;
}

const COLUMNS = `e.case_id, e.source, e.event_id, e.topic, e."partition", e."offset"::text as "offset", e.received_at,
  encode(e.raw_digest, 'hex') as digest, e.sealing, e.sealed`;

/** Opens the bytes of cases; the keys of each are derived once. */
export class EventOpener {
  private readonly keys = new Map<string, CaseKey | 'destroyed' | null>();
  /** True once the master key has opened something: what does not open after that was changed. */
  private isRightKey = false;

  constructor(private readonly writer: Writer) {}

  /** Makes the keys of these cases known. */
  async unlock(caseIds: readonly string[]): Promise<void> {
    const { rows } = await this.writer.pool.query<{ case_id: string; secret: Buffer | null }>(
      'select case_id, secret from case_key where case_id = any($1)',
      [caseIds.filter((caseId) => !this.keys.has(caseId))],
    );
    for (const { case_id: caseId, secret } of rows) {
      if (secret !== null && this.writer.keys === null) throw new ExportError('no-master-key');
      const key = secret === null ? 'destroyed' : this.writer.keys?.keyOf(caseId, secret);
      this.keys.set(caseId, key ?? null);
    }
  }

  /** Key of a case; null where its bytes are kept plain, `destroyed` where it was erased. */
  keyOf(caseId: string): CaseKey | 'destroyed' | null {
    return this.keys.get(caseId) ?? null;
  }

  /**
   * The event with its bytes; null where the key of its case was destroyed. Throws ExportError where they do not open:
   * for want of the right master key, or because they or the secret of their case were changed.
   */
  open(row: {
    readonly case_id: string;
    readonly source: string;
    readonly event_id: string;
    readonly sealing: number;
    readonly sealed: Buffer;
  }) {
    const key = row.sealing === UNDER_CASE_KEY ? (this.keys.get(row.case_id) ?? null) : null;
    if (key === 'destroyed') return null;
    const object = `event:${row.source}/${row.event_id}`;
    if (row.sealing === UNDER_CASE_KEY && key === null)
      throw new ExportError('no-case-key', { caseId: row.case_id, object });
    try {
      const opened = openEvent(row.sealed, { source: row.source, id: row.event_id }, key);
      this.isRightKey ||= key !== null;
      return opened;
    } catch {
      const isChanged = this.isRightKey || key === null;
      throw new ExportError(isChanged ? 'event-changed' : 'wrong-master-key', { object });
    }
  }
}

/** Bytes of a sealed block are views of a buffer that lives on; a bundle keeps them for long. */
const copyOf = (bytes: Buffer): Buffer => Buffer.from(bytes);

type Records = ReadonlyMap<string, readonly GatheredRecord[]>;

/** True where a record was made of the log record that the row was. */
function isOfPlaceInLog({ record }: GatheredRecord, row: Row): boolean {
  const { topic, partition, offset } = record.fields;
  return topic === row.topic && partition === row.partition && offset === row.offset;
}

/**
 * Finds the `event.accepted` record of a version among those about its object: the one that names its bytes; where they
 * can no longer be opened, the one that names its place in the event log.
 */
function recordOf(
  records: Records,
  row: Row,
  opened: { readonly salted: string | null } | null,
): { readonly record: GatheredRecord; readonly digest: string } | null {
  const about = records.get(`event:${row.source}/${row.event_id}`) ?? [];
  // The same bytes may have come by several partitions, each with a record of its own.
  for (const record of about.toSorted(
    (a, b) => Number(isOfPlaceInLog(b, row)) - Number(isOfPlaceInLog(a, row)),
  )) {
    const { inputsDigest } = record.record;
    if (record.record.action !== 'event.accepted' || inputsDigest === null) continue;
    const fits =
      opened === null
        ? isOfPlaceInLog(record, row)
        : inputsDigest === row.digest || inputsDigest === opened.salted;
    if (fits) return { record, digest: inputsDigest };
  }
  return null;
}

export function byObject(records: Iterable<GatheredRecord>): Map<string, GatheredRecord[]> {
  const found = new Map<string, GatheredRecord[]>();
  for (const one of records) {
    const list = found.get(one.record.object);
    if (list === undefined) found.set(one.record.object, [one]);
    else list.push(one);
  }
  return found;
}

function gatheredEvent(
  row: Row,
  opened: OpenedEvent | null,
  records: Records,
  use: GatheredEvent['use'],
): GatheredEvent | null {
  const salt = opened?.salt ?? null;
  const salted = salt === null || opened === null ? null : saltedDigest(salt, opened.raw);
  const found = recordOf(records, row, opened === null ? null : { salted });
  if (found === null) return null;
  return {
    leafIndex: found.record.leafIndex,
    source: row.source,
    id: row.event_id,
    caseId: use === 'case' ? row.case_id : null,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    receivedAt: row.received_at.getTime(),
    digest: opened === null ? found.digest : row.digest,
    stored: row.digest,
    recordDigest: found.digest,
    salt: salt === null || found.digest === row.digest ? null : Buffer.from(salt).toString('hex'),
    raw: opened === null ? null : copyOf(opened.raw),
    event: opened === null ? null : opened.event,
    movedTo: [],
    use,
  };
}

/**
 * Events of the cases, in the order of their records; versions that were saved after the pinned state are left out.
 * Throws ExportError where a record speaks of bytes that are not there.
 */
export async function readCaseEvents(
  pool: Pool,
  opener: EventOpener,
  chains: Records,
): Promise<GatheredEvent[]> {
  const events: GatheredEvent[] = [];
  const cases = [...chains.keys()].flatMap((entity) =>
    entity.startsWith('case:') ? entity.slice('case:'.length) : [],
  );
  for (let first = 0; first < cases.length; first += CASES_AT_ONCE) {
    const batch = cases.slice(first, first + CASES_AT_ONCE);
    const { rows } = await pool.query<Row>(
      `select ${COLUMNS} from event e where e.case_id = any($1)`,
      [batch],
    );
    const byCase = Map.groupBy(rows, (row) => row.case_id);
    for (const caseId of batch)
      events.push(
        ...(await eventsOfCase(pool, opener, {
          caseId,
          chain: chains.get(`case:${caseId}`) ?? [],
          rows: byCase.get(caseId) ?? [],
        })),
      );
  }
  return events.sort((a, b) => a.leafIndex - b.leafIndex);
}

/** Cases whose events are asked for with one query. */
const CASES_AT_ONCE = 50;

async function eventsOfCase(
  pool: Pool,
  opener: EventOpener,
  of: {
    readonly caseId: string;
    readonly chain: readonly GatheredRecord[];
    readonly rows: readonly Row[];
  },
): Promise<GatheredEvent[]> {
  const records = byObject(of.chain);
  const events = of.rows.flatMap(
    (row) => gatheredEvent(row, opener.open(row), records, 'case') ?? [],
  );
  const found = new Set(events.map(({ leafIndex }) => leafIndex));
  const missing = of.chain.find(
    ({ leafIndex, record }) => record.action === 'event.accepted' && !found.has(leafIndex),
  );
  if (missing !== undefined && !(await isErased(pool, of.caseId)))
    throw new ExportError('event-bytes', {
      leafIndex: missing.leafIndex,
      object: missing.record.object,
    });
  return events;
}

async function isErased(pool: Pool, caseId: string): Promise<boolean> {
  const { rows } = await pool.query('select from case_key where case_id = $1 and secret is null', [
    caseId,
  ]);
  return rows.length > 0;
}

/** Places of events that stand in other cases and were moved into cases of the scope. */
export function movedPlaces(chains: Records) {
  return [...chains].flatMap(([entity, chain]) =>
    chain
      .filter(({ record }) => record.action === 'event.moved')
      .map(({ leafIndex, record }) => ({
        caseId: entity.slice('case:'.length),
        leafIndex,
        homeCaseId: String(record.fields.homeCaseId),
        object: record.object,
        digest: record.inputsDigest,
      })),
  );
}

type Place = ReturnType<typeof movedPlaces>[number];

/**
 * Salt of a moved event's record, and whether it is this version that the record names. Of erased bytes the store keeps the
 * digest for the case that has the copy; it is not shown, and neither is the salt.
 */
function isOfPlace(
  opener: EventOpener,
  place: Place,
  version: GatheredEvent,
): { readonly fits: boolean; readonly salt: string | null } {
  if (place.digest === version.stored) return { fits: true, salt: null };
  const key = opener.keyOf(place.caseId);
  if (key === null || key === 'destroyed') return { fits: false, salt: null };
  const salt = Buffer.from(inputsSalt(key, version));
  const fits = saltedDigest(salt, Buffer.from(version.stored, 'hex')) === place.digest;
  return { fits, salt: version.raw === null ? null : salt.toString('hex') };
}

/**
 * Events that a correction moved into cases of the scope from cases outside of it, with the records of their homes.
 * Those whose home is of the scope too only get their `movedTo`.
 */
export async function readMovedEvents(
  pool: Pool,
  opener: EventOpener,
  given: {
    readonly chains: Records;
    readonly own: readonly GatheredEvent[];
    readonly homes: Records;
  },
): Promise<GatheredEvent[]> {
  const strays: GatheredEvent[] = [];
  const byName = new Map<string, GatheredEvent[]>();
  for (const one of given.own) {
    const name = `event:${one.source}/${one.id}`;
    byName.set(name, [...(byName.get(name) ?? []), one]);
  }
  for (const place of movedPlaces(given.chains)) {
    if (opener.keyOf(place.caseId) === 'destroyed') continue;
    let versions = byName.get(place.object);
    if (versions === undefined) {
      versions = await readHomeEvents(pool, opener, place, given.homes);
      byName.set(place.object, versions);
      strays.push(...versions);
    }
    const found = versions.map((one) => ({ one, ...isOfPlace(opener, place, one) }));
    const fitting = found.find(({ fits }) => fits);
    if (fitting === undefined)
      throw new ExportError('event-bytes', { leafIndex: place.leafIndex, object: place.object });
    const { caseId, leafIndex } = place;
    fitting.one.movedTo.push({ caseId, leafIndex, salt: fitting.salt });
  }
  return strays.filter(({ movedTo }) => movedTo.length > 0);
}

async function readHomeEvents(
  pool: Pool,
  opener: EventOpener,
  place: Place,
  records: Records,
): Promise<GatheredEvent[]> {
  const { rows } = await pool.query<Row>(
    `select ${COLUMNS} from event e where e.case_id = $1 and 'event:' || e.source || '/' || e.event_id = $2`,
    [place.homeCaseId, place.object],
  );
  return rows.flatMap((row) => gatheredEvent(row, opener.open(row), records, 'case') ?? []);
}

/** Reference facts with their bytes; `records` are those about their objects. */
export async function readReferenceEvents(
  pool: Pool,
  opener: EventOpener,
  facts: readonly { readonly source: string; readonly eventId: string; readonly digest: string }[],
  records: Records,
): Promise<GatheredEvent[]> {
  if (facts.length === 0) return [];
  const { rows } = await pool.query<Row>(
    `select ${COLUMNS} from unnest($1::text[], $2::text[], $3::text[]) as w (source, event_id, digest)
     join event_identity i on i.source = w.source and i.event_id = w.event_id and i.raw_digest = decode(w.digest, 'hex')
     join event e on e.case_id = i.case_id and e.source = i.source and e.event_id = i.event_id and e.raw_digest = i.raw_digest`,
    [
      facts.map(({ source }) => source),
      facts.map(({ eventId }) => eventId),
      facts.map(({ digest }) => digest),
    ],
  );
  return rows.flatMap((row) => gatheredEvent(row, opener.open(row), records, 'reference') ?? []);
}
