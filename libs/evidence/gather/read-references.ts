import type { Pool } from 'pg';
import type { Event } from '#core/event/event.js';
import { personsIn } from '#core/fact-times.js';
import {
  byObject,
  type EventOpener,
  type GatheredEvent,
  readReferenceEvents,
} from './read-events.js';
import { type GatheredRecord, readAlone } from './read-records.js';

/** A reference fact as the monitor knew it, with its bytes. */
export interface GatheredFact {
  readonly event: GatheredEvent;
  /** The event as the monitor kept it: of the same bytes from several partitions, the first receipt. */
  readonly body: Event;
  readonly knownFrom: number;
}

interface FactRow {
  readonly kind: string;
  readonly source: string;
  readonly eventId: string;
  readonly digest: string;
  readonly known_from: Date;
  readonly body: Event;
}

const COLUMNS = `f.kind, f.source, f.event_id as "eventId", encode(f.digest, 'hex') as digest, f.known_from, f.body`;

/**
 * Only facts whose record lies below the size: what became known later changes no bundle, also where it came under the id
 * of an earlier one.
 */
const RECORDED = `exists (
  select from audit_record r join audit_leaf l on l.record_no = r.record_no
  where r.entity is null and r.object = 'event:' || f.source || '/' || f.event_id
    and r.inputs_digest = encode(f.digest, 'hex') and l.leaf_index < $1)`;

/** Kinds of which the rules ask whether there is any at all. */
const TABLES = ['catalog.item-published', 'org.posting-changed'];

/**
 * The reference facts that judging the events can touch: all calendars; of the catalogue the items, of the postings the
 * persons, of the outages the feeds that the events name. Where none of a table is among them its first fact is added,
 * because the rules ask whether there is such a table.
 */
async function findFacts(
  pool: Pool,
  events: readonly GatheredEvent[],
  size: number,
): Promise<FactRow[]> {
  const persons = new Set(events.flatMap(({ event }) => [...personsIn(event)]));
  const items = new Set(events.flatMap(({ event }) => event?.itemCode ?? []));
  const sources = new Set(events.map(({ source }) => source));
  const { rows } = await pool.query<FactRow>(
    `select ${COLUMNS} from reference_fact f
     where (f.kind like 'calendar.%'
       or (f.kind like 'catalog.%'
         and (f.code = any($2) or f.body->>'itemCode' = any($2) or f.body->'data'->>'itemCode' = any($2)))
       or (f.kind like 'org.%' and f.code = any($3))
       or (f.kind = 'feed.outage-declared' and f.code = any($4)))
       and ${RECORDED}`,
    [size, [...items], [...persons], [...sources]],
  );
  for (const kind of TABLES) {
    if (rows.some((row) => row.kind === kind)) continue;
    const first = await pool.query<FactRow>(
      `select ${COLUMNS} from reference_fact f where f.kind = $2 and ${RECORDED}
       order by f.source, f.event_id, f.digest limit 1`,
      [size, kind],
    );
    rows.push(...first.rows);
  }
  return rows;
}

/** Reference facts of the scope in the order of their records, which are given with them. */
export async function readReferences(
  pool: Pool,
  opener: EventOpener,
  events: readonly GatheredEvent[],
  size: number,
): Promise<{ readonly facts: GatheredFact[]; readonly records: GatheredRecord[] }> {
  const rows = await findFacts(pool, events, size);
  const objects = new Set(rows.map((row) => `event:${row.source}/${row.eventId}`));
  const about = byObject(await readAlone(pool, [...objects], size));
  const found = await readReferenceEvents(pool, opener, rows, about);
  const byVersion = new Map(found.map((one) => [`${one.source}\n${one.id}\n${one.digest}`, one]));
  const facts = rows.flatMap((row) => {
    const event = byVersion.get(`${row.source}\n${row.eventId}\n${row.digest}`);
    return event === undefined
      ? []
      : [{ event, body: row.body, knownFrom: row.known_from.getTime() }];
  });
  const used = new Set(facts.map(({ event }) => event.leafIndex));
  const records = [...about.values()].flat().filter(({ leafIndex }) => used.has(leafIndex));
  return { facts: facts.sort((a, b) => a.event.leafIndex - b.event.leafIndex), records };
}
