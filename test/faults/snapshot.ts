import type { Client } from 'pg';
import { withDatabase } from '../../apps/cli/demo/read-outcome.js';
import type { Stage } from './site.js';

/** What one entity left: its rows in order, as text; everything that says when or by whom it was saved is left out. */
export interface Trace {
  readonly caseId: string | null;
  readonly lines: readonly string[];
}

/** Everything that a run left in its database, by kind and by entity. */
export type Snapshot = ReadonlyMap<string, ReadonlyMap<string, Trace>>;

/**
 * Each query gives key, case_id and line, in the order in which the lines of a key are compared. Left out: time of
 * saving, ids of transactions, the audit chain's hashes (they contain the time; findFaults proves them), name of the
 * topic, and the offset (a source that repeats an append after a crash moves it; the order within the partition is
 * compared instead). Records about feeds and reference facts stand in every partition and are saved from the one that
 * is read first: which, is left out too.
 */
const CASELESS = "'^(feed|calendar|catalog|org)\\.'";
const QUERIES: Readonly<Record<string, string>> = {
  event: `
    select source || '/' || event_id || '@' || left(encode(raw_digest, 'hex'), 12) as key, case_id,
      (to_jsonb(e) - 'offset' - 'topic' - 'sealed' - case when type ~ ${CASELESS} then 'partition' else '' end)::text ||
      ' ' || md5(sealed) as line
    from event e order by key, "offset"`,
  'events of a partition, in order': `
    select 'partition ' || "partition" as key, null as case_id,
      count(*) || ' events, ' || md5(string_agg(encode(raw_digest, 'hex'), '' order by "offset")) as line
    from event where type !~ ${CASELESS} group by "partition" order by key`,
  'moved event': `
    select case_id || ' ' || source || '/' || event_id || '@' || left(encode(raw_digest, 'hex'), 12) as key, case_id,
      (to_jsonb(m) - 'sealed')::text || ' ' || md5(sealed) as line
    from moved_event m order by key`,
  finding: `
    select finding_id as key, case_id, to_jsonb(f)::text as line from finding f order by finding_id`,
  'history of a finding': `
    select finding_id as key, case_id, (to_jsonb(h) - 'saved_at' - 'body')::text || ' ' || md5(body) as line
    from finding_change h order by finding_id, change_no`,
  alert: `
    select alert_id as key, case_id, (to_jsonb(a) - 'audit_head')::text as line from alert a order by alert_id`,
  'history of an alert': `
    select e.alert_id as key, a.case_id, (to_jsonb(e) - 'saved_at' - 'seq' - 'xid')::text as line
    from alert_event e join alert a on a.alert_id = e.alert_id order by e.alert_id, e.event_no`,
  hold: `
    select alert_id || ' ' || source as key, case_id, to_jsonb(h)::text as line from alert_hold h order by key`,
  'audit records of an entity': `
    select coalesce(entity, id) as key, substring(entity from '^case:(.*)$') as case_id,
      (leaf::jsonb - 'time' - 'prev' - 'traceId' #- '{fields,offset}' #- '{fields,topic}'
        #- case when leaf::jsonb #>> '{fields,type}' ~ ${CASELESS} then '{fields,partition}'::text[] else '{}' end)::text
      as line
    from audit_record order by key, entity_seq, id`,
  case: `
    select case_id as key, case_id,
      (to_jsonb(c) - 'version' - 'as_of' - 'audit_head')::text as line from case_state c order by case_id`,
  message: `
    select key || ' ' || (payload->>'type') as key, payload #>> '{data,caseId}' as case_id,
      channel || ' ' || (payload - 'id')::text as line from outbox order by key, payload->>'time', line`,
  reference: `
    select kind || ' ' || code || ' ' || version || ' ' || encode(digest, 'hex') as key, null as case_id,
      to_jsonb(r)::text as line from reference_fact r order by key`,
  coverage: `
    select source as key, null as case_id, evaluated_through::text as line
    from source_coverage where known_to = 'infinity' order by source`,
  'consumed through': `
    select 'partition ' || "partition" as key, null as case_id, consumed_through::text as line
    from stream_position order by key`,
  quarantine: `
    select "partition" || '/' || encode(digest, 'hex') as key, null as case_id, reason as line
    from quarantine order by key`,
};

export function takeSnapshot(stage: Stage): Promise<Snapshot> {
  return withDatabase(stage.databaseUrl, async (client) => {
    const snapshot = new Map<string, ReadonlyMap<string, Trace>>();
    for (const [kind, sql] of Object.entries(QUERIES)) snapshot.set(kind, await read(client, sql));
    return snapshot;
  });
}

async function read(client: Client, sql: string): Promise<Map<string, Trace>> {
  const { rows } = await client.query<{ key: string; case_id: string | null; line: string }>(sql);
  const traces = new Map<string, { caseId: string | null; lines: string[] }>();
  for (const { key, case_id, line } of rows) {
    const known = traces.get(key);
    if (known === undefined) traces.set(key, { caseId: case_id, lines: [line] });
    else known.lines.push(line);
  }
  return traces;
}

/**
 * Faults within one database, whatever it is compared with: an audit chain with a gap or a wrong hash, a head that is
 * not the last record, an event saved twice, a position that is not the end of its partition.
 */
export function findFaults(stage: Stage, ends: ReadonlyMap<number, bigint>): Promise<string[]> {
  return withDatabase(stage.databaseUrl, async (client) => {
    const faults: string[] = [];
    for (const [what, sql] of Object.entries(FAULTS)) {
      const { rows } = await client.query<{ key: string }>(sql);
      for (const { key } of rows.slice(0, 5)) faults.push(`${what}: ${key}`);
      if (rows.length > 5) faults.push(`${what}: and ${rows.length - 5} more`);
    }
    const positions = await client.query<{ partition: number; next_offset: string }>(
      'select "partition", next_offset from stream_position where topic = $1',
      [stage.topic],
    );
    const saved = new Map(positions.rows.map((row) => [row.partition, BigInt(row.next_offset)]));
    for (const [partition, end] of ends)
      if (saved.get(partition) !== end)
        faults.push(
          `partition ${partition} ends at ${end}, its position is ${saved.get(partition)}`,
        );
    return faults;
  });
}

const FAULTS: Readonly<Record<string, string>> = {
  'an audit chain is broken': `
    select id as key from (
      select id, entity_seq, prev, row_number() over w as n, lag(leaf_hash) over w as before
      from audit_record where entity is not null window w as (partition by entity order by entity_seq)) r
    where entity_seq <> n or prev is distinct from before`,
  'a leaf is not what its hash says': `
    select id as key from audit_record where leaf_hash <> sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'))`,
  'a head is not the last audit record': `
    select 'case ' || case_id as key from case_state c where not exists (
      select from audit_record r where r.entity = 'case:' || c.case_id and r.entity_seq = c.audit_seq
        and r.leaf_hash = c.audit_head)`,
  'a head is not the last audit record of its alert': `
    select 'alert ' || alert_id as key from alert a where not exists (
      select from audit_record r where r.entity = 'alert:' || a.alert_id and r.entity_seq = a.audit_seq
        and r.leaf_hash = a.audit_head)`,
  'an audit id stands twice': 'select id as key from audit_record group by id having count(*) > 1',
  'an event was saved twice': `
    select source || '/' || event_id as key from event group by source, event_id, raw_digest having count(*) > 1`,
  'a moved event does not stand in its own case': `
    select case_id || ' ' || source || '/' || event_id as key from moved_event m where not exists (
      select from event_identity i where i.source = m.source and i.event_id = m.event_id
        and i.raw_digest = m.raw_digest and i.case_id = m.home_case_id)`,
  'an event has no audit record': `
    select source || '/' || event_id as key from event e where not exists (
      select from audit_record r where r.action = 'event.accepted'
        and case when e.sealing = 0 then r.inputs_digest = encode(e.raw_digest, 'hex')
          else r.schema = 'mingcha.event-accepted/2' end
        and r.object = 'event:' || e.source || '/' || e.event_id)`,
};
