import type { Pool } from 'pg';
import type { Instant } from '#core/event/event.js';
import { acceptEvent, advance, findingsOf, type Law, newCase } from '#core/step.js';
import { saveStep } from '#store/save-step.js';
import { type EventToSave, emptyStep } from '#store/step-to-save.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { referenceToSave } from '../apps/monitor/law-source.js';
import { itemPublished, made, openCaseFacts, SOURCE } from './bench-case.js';
import { PARTITIONS, TOPIC } from './bench-servers.js';
import { lawOf } from './engine.js';

/**
 * Fills a database with open cases faster than the writer could. A model case is decided by the engine and saved by the
 * writer; then its rows are multiplied inside Postgres under other case numbers: received bytes, decoded event, digests,
 * the audit chain with its hashes, and the case's row are those that the writer would have written.
 */
export interface OpenCases {
  /** When the open step of each model was entered. */
  readonly entered: readonly Instant[];
  /** Limit of that step; the case falls due 1 ms after it. */
  readonly stepHours: number;
  /** Cases made of each model, itself included. */
  readonly copies: number;
  /** Begins the case numbers. */
  readonly prefix: string;
}

/** Open cases of one database that do not fall due while the benchmark runs. */
export interface Background extends OpenCases {
  readonly url: string;
  readonly name: string;
}

/** Digits of a copy's number; the model has number 0, and all lengths stay the same. */
const DIGITS = 8;
const MODEL = `-${'0'.repeat(DIGITS)}`;

export function subjectOf(cases: Pick<OpenCases, 'prefix'>, model: number, copy: number): string {
  return `${cases.prefix}${String(model).padStart(6, '0')}-${String(copy).padStart(DIGITS, '0')}`;
}

export function caseIdOf(subject: string): string {
  return `${SOURCE}/${subject}`;
}

/** Partition that the events of a model's cases come from. */
export function partitionOfModel(model: number): number {
  return model % PARTITIONS;
}

/** The law of the benchmark: whole pack, national calendar, the one item. */
export function benchLaw(): Law {
  return lawOf([itemPublished().event]);
}

/** Saves the item where it is not saved yet, the models, and multiplies them. `onProgress` hears the cases made. */
export async function fillWithOpenCases(
  url: string,
  cases: OpenCases,
  onProgress: (made: number) => void = () => undefined,
): Promise<void> {
  const writer = openWriter({ url, role: null, masterKey: null, connections: 3 });
  try {
    await saveItem(writer);
    const law = benchLaw();
    for (let model = 0; model < cases.entered.length; model += 1)
      await saveModel(writer, cases, model, law);
    let next = 0;
    const lane = async () => {
      while (next < cases.entered.length) {
        const model = next;
        next += 1;
        await multiply(writer.pool, subjectOf(cases, model, 0), cases.copies);
        onProgress(next * cases.copies);
      }
    };
    await Promise.all([lane(), lane()]);
  } finally {
    await closeWriter(writer);
  }
}

async function saveItem(writer: Writer): Promise<void> {
  const { event } = itemPublished();
  await saveStep(writer, {
    ...emptyStep('bench', event.receivedAt),
    references: [referenceToSave(event)],
  });
}

/** The model as the monitor would have left it after its last event. */
async function saveModel(writer: Writer, cases: OpenCases, model: number, law: Law): Promise<void> {
  const subject = subjectOf(cases, model, 0);
  const caseId = caseIdOf(subject);
  const enteredAt = cases.entered[model] as Instant;
  const state = newCase(caseId, law);
  const events: EventToSave[] = openCaseFacts(enteredAt, cases.stepHours).map((fact, index) => {
    const { raw, event } = made(subject, index + 1, fact);
    acceptEvent(state, event, law);
    const offset = BigInt(model * 10 + index);
    const partition = partitionOfModel(model);
    return { event, raw, topic: TOPIC, partition, offset, outcome: 'accepted' };
  });
  advance(state, enteredAt, law);
  const first = events[0]?.event;
  const found = findingsOf(state).map(({ ruleId }) => ruleId);
  if (found.length > 0 || first === undefined)
    throw new Error(`an open case of the benchmark is to be lawful, but trips ${found.join(', ')}`);
  await saveStep(writer, {
    ...emptyStep('monitor', enteredAt),
    events,
    cases: [
      {
        caseId,
        version: 0,
        asOf: state.asOf,
        nextDueAt: state.nextDueAt,
        regionCode: first.regionCode,
        agencyCode: first.agencyCode,
        itemCode: state.view.itemCode,
        itemName: state.view.item?.name ?? null,
        openState: 'open',
        isTest: false,
      },
    ],
  });
}

/**
 * Multiplies one model: `$1` = its case id, `$2` = copies including the model, which is there already. `model` holds its
 * events, each with its audit record, and both parts of the sealed block (four bytes of length, the decoded event as
 * JSON, the bytes as received). `copied` says what becomes of them in each copy, along the chain of its records: every
 * leaf takes up the hash of the one before it. It reads nothing but the model, so a million cases cost no more each than
 * a thousand. `offset 0` has a value worked out once, however often it is used.
 */
const MULTIPLY = `
  with recursive model as materialized (
    select e.*, a.*, convert_from(substr(e.sealed, 5, e.length), 'UTF8') as json,
      convert_from(substr(e.sealed, 5 + e.length), 'UTF8') as raw
    from (select *, (get_byte(sealed, 2) << 8) + get_byte(sealed, 3) as length from event where case_id = $1) e
    join (select "time", entity_seq, id, actor, action, object, schema, entity, coalesce(encode(prev, 'hex'), '') as prev,
        rule_version, inputs_digest, trace_id, leaf
      from audit_record where entity = 'case:' || $1) a on a.object = 'event:' || e.source || '/' || e.event_id),
  copied as materialized (
    select n.own, c.* from generate_series(1, $2::int - 1) as g
    cross join lateral (select '-' || lpad(g::text, ${DIGITS}, '0') as own offset 0) n
    cross join lateral (
      with recursive chain as (
        select 0::bigint as seq, null::bytea as raw, null::bytea as digest, null::text as leaf, null::bytea as prev,
          null::bytea as hash
        union all
        select m.entity_seq, r.raw, d.digest, l.leaf, before.hash, sha256('\\x00'::bytea || convert_to(l.leaf, 'UTF8'))
        from chain before
        join model m on m.entity_seq = before.seq + 1
        cross join lateral (select convert_to(replace(m.raw, '${MODEL}', n.own), 'UTF8') as raw offset 0) r
        cross join lateral (select sha256(r.raw) as digest offset 0) d
        cross join lateral (
          select replace(replace(replace(m.leaf, '${MODEL}', n.own), m.inputs_digest, encode(d.digest, 'hex')),
            m.prev, coalesce(encode(before.hash, 'hex'), '')) as leaf offset 0) l)
      select * from chain where seq > 0) c),
  events as (
    insert into event (received_at, occurred_at, recorded_at, "offset", data_version, "partition", sealing, shared_space,
      is_test, case_id, source, event_id, raw_digest, type, topic, tenant, region_code, unit_path, subject_persons,
      recipient_unit, sealed)
    select m.received_at, m.occurred_at, m.recorded_at, m."offset", m.data_version, m."partition", m.sealing,
      m.shared_space, m.is_test, replace(m.case_id, '${MODEL}', c.own), m.source, replace(m.event_id, '${MODEL}', c.own),
      c.digest, m.type, m.topic, m.tenant, m.region_code, m.unit_path, m.subject_persons, m.recipient_unit,
      substr(m.sealed, 1, 4) || convert_to(replace(replace(m.json, '${MODEL}', c.own), encode(m.raw_digest, 'hex'),
        encode(c.digest, 'hex')), 'UTF8') || c.raw
    from copied c join model m on m.entity_seq = c.seq),
  identities as (
    insert into event_identity (source, event_id, raw_digest, case_id)
    select m.source, replace(m.event_id, '${MODEL}', c.own), c.digest, replace(m.case_id, '${MODEL}', c.own)
    from copied c join model m on m.entity_seq = c.seq),
  records as (
    insert into audit_record ("time", entity_seq, id, actor, action, object, schema, tenant, entity, prev, rule_version,
      inputs_digest, trace_id, region_code, unit_path, subject_persons, recipient_unit, shared_space, leaf, leaf_hash)
    select m."time", m.entity_seq, replace(m.id, '${MODEL}', c.own), m.actor, m.action,
      replace(m.object, '${MODEL}', c.own), m.schema, m.tenant, replace(m.entity, '${MODEL}', c.own), c.prev,
      m.rule_version, encode(c.digest, 'hex'), m.trace_id, m.region_code, m.unit_path, m.subject_persons,
      m.recipient_unit, m.shared_space, c.leaf, c.hash
    from copied c join model m on m.entity_seq = c.seq)
  insert into case_state (case_id, version, audit_seq, as_of, next_due_at, first_received_at, is_test, open_state,
    audit_head, agency_code, handling_region_code, item_code, item_name, tenant, region_code, unit_path,
    subject_persons, recipient_unit, shared_space)
  select replace(m.case_id, '${MODEL}', c.own), m.version, m.audit_seq, m.as_of, m.next_due_at, m.first_received_at,
    m.is_test, m.open_state, c.hash, m.agency_code, m.handling_region_code, m.item_code, m.item_name, m.tenant,
    m.region_code, m.unit_path, m.subject_persons, m.recipient_unit, m.shared_space
  from case_state m join copied c on c.seq = m.audit_seq where m.case_id = $1`;

/** Copies one model, whole or not at all. What is lost in a crash is made anew: only here the commit is not waited for. */
async function multiply(pool: Pool, subject: string, copies: number): Promise<void> {
  if (copies < 2) return;
  const caseId = caseIdOf(subject);
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query("set local synchronous_commit = off; set local work_mem = '64MB'");
    await client.query(MULTIPLY, [caseId, copies]);
    await client.query('commit');
  } finally {
    client.release();
  }
}
