import type { PoolClient } from 'pg';
import type { AuditTrail } from './audit-trail.js';
import { type CopyTable, copyRows } from './copy-rows.js';
import type { LockedCase } from './lock-cases.js';
import { type Scope, scopeOfEvent } from './scope.js';
import {
  type CaseKey,
  inputsSalt,
  PLAIN,
  saltedDigest,
  sealEvent,
  UNDER_CASE_KEY,
} from './sealing.js';
import type { EventToSave } from './step-to-save.js';

/** An event on its way into the tables. */
export interface EventRow {
  readonly saved: EventToSave;
  readonly scope: Scope;
  readonly tenant: string;
  readonly digest: Buffer;
  /** Null where bytes are stored plain. */
  readonly key: CaseKey | null;
}

const EVENT_IDENTITY: CopyTable<EventRow> = {
  table: 'event_identity',
  columns: [
    ['source', 'text', (row) => row.saved.event.source],
    ['event_id', 'text', (row) => row.saved.event.id],
    ['raw_digest', 'bytea', (row) => row.digest],
    ['case_id', 'text', (row) => row.saved.event.caseId],
  ],
};

const EVENT: CopyTable<EventRow> = {
  table: 'event',
  columns: [
    ['received_at', 'timestamptz', (row) => row.saved.event.receivedAt],
    ['occurred_at', 'timestamptz', (row) => row.saved.event.occurredAt],
    ['recorded_at', 'timestamptz', (row) => row.saved.event.recordedAt],
    ['"offset"', 'int8', (row) => row.saved.offset],
    ['data_version', 'int8', (row) => row.saved.event.dataVersion],
    ['"partition"', 'int4', (row) => row.saved.partition],
    ['sealing', 'int2', ({ key }) => (key === null ? PLAIN : UNDER_CASE_KEY)],
    ['shared_space', 'bool', (row) => row.scope.sharedSpace],
    ['is_test', 'bool', (row) => row.saved.event.isTest],
    ['case_id', 'text', (row) => row.saved.event.caseId],
    ['source', 'text', (row) => row.saved.event.source],
    ['event_id', 'text', (row) => row.saved.event.id],
    ['raw_digest', 'bytea', (row) => row.digest],
    ['type', 'text', (row) => row.saved.event.type],
    ['topic', 'text', (row) => row.saved.topic],
    ['tenant', 'text', (row) => row.tenant],
    ['region_code', 'text', (row) => row.scope.regionCode],
    ['unit_path', 'text', (row) => row.scope.unitPath],
    ['subject_persons', 'text[]', (row) => row.scope.subjectPersons],
    ['recipient_unit', 'text', (row) => row.scope.recipientUnit],
    ['sealed', 'bytea', ({ saved, key }) => sealEvent(saved.event, saved.raw, key)],
  ],
};

/** Identities go in key order, so that two writers of the same events cannot wait for each other in a circle. */
function byIdentity(a: EventRow, b: EventRow): number {
  const [x, y] = [a.saved.event, b.saved.event];
  if (x.source !== y.source) return x.source < y.source ? -1 : 1;
  if (x.id !== y.id) return x.id < y.id ? -1 : 1;
  return Buffer.compare(a.digest, b.digest);
}

/**
 * Enters the event into the chain of its case; without a case (reference records) it stands alone in the trail. What is
 * sealed is named by a salted digest (schema 2), so that destroying the key leaves nothing to try guesses against; of
 * what is kept plain the digest is plain too (schema 1): there is no key to destroy, and the bytes stand beside it.
 */
export function recordEvent(
  trail: AuditTrail,
  row: EventRow,
  inCase: LockedCase | undefined,
): void {
  const { event, topic, partition, offset, raw } = row.saved;
  const deed = {
    action: 'event.accepted',
    object: `event:${event.source}/${event.id}`,
    schema: row.key === null ? 'mingcha.event-accepted/1' : 'mingcha.event-accepted/2',
    ruleVersion: null,
    inputsDigest:
      row.key === null ? event.rawDigest : saltedDigest(inputsSalt(row.key, event), raw),
    // In canonical order.
    fields: {
      dataVersion: event.dataVersion,
      offset: offset.toString(),
      partition,
      receivedAt: new Date(event.receivedAt).toISOString(),
      topic,
      type: event.type,
    },
  };
  if (inCase !== undefined) trail.append(inCase.entity, inCase.head, deed, row.scope);
  else trail.appendAlone(`${deed.object}@${event.rawDigest}`, deed, row.scope);
}

/** Rows of the accepted events, to be sealed under the keys of their cases; null for a duplicate, which is not saved. */
export function eventRows(
  events: readonly EventToSave[],
  context: { readonly cases: ReadonlyMap<string, LockedCase>; readonly tenant: string },
): (EventRow | null)[] {
  const { cases, tenant } = context;
  return events.map((saved) => {
    if (saved.outcome === 'duplicate') return null;
    const { event } = saved;
    return {
      saved,
      tenant,
      scope: scopeOfEvent(event),
      digest: Buffer.from(event.rawDigest, 'hex'),
      key: cases.get(event.caseId)?.key ?? null,
    };
  });
}

/** Saves the rows with their identities. Each must have been recorded. */
export async function saveEvents(client: PoolClient, rows: readonly EventRow[]): Promise<number> {
  await copyRows(client, EVENT_IDENTITY, [...rows].sort(byIdentity));
  await copyRows(client, EVENT, rows);
  return rows.length;
}
