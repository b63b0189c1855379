import type { PoolClient } from 'pg';
import type { AuditTrail } from './audit-trail.js';
import { type CopyTable, copyRows } from './copy-rows.js';
import type { LockedCase } from './lock-cases.js';
import { inputsSalt, PLAIN, saltedDigest, sealEvent, UNDER_CASE_KEY } from './sealing.js';
import type { MovedToSave, StepToSave } from './step-to-save.js';

interface MovedRow {
  readonly moved: MovedToSave;
  readonly inCase: LockedCase;
  readonly tenant: string;
}

const MOVED_EVENT: CopyTable<MovedRow> = {
  table: 'moved_event',
  columns: [
    ['received_at', 'timestamptz', ({ moved }) => moved.event.receivedAt],
    ['"partition"', 'int4', ({ moved }) => moved.partition],
    ['sealing', 'int2', ({ inCase }) => (inCase.key === null ? PLAIN : UNDER_CASE_KEY)],
    ['shared_space', 'bool', ({ inCase }) => inCase.scope.sharedSpace],
    ['case_id', 'text', ({ moved }) => moved.caseId],
    ['source', 'text', ({ moved }) => moved.event.source],
    ['event_id', 'text', ({ moved }) => moved.event.id],
    ['raw_digest', 'bytea', ({ moved }) => Buffer.from(moved.event.rawDigest, 'hex')],
    ['home_case_id', 'text', ({ moved }) => moved.event.caseId],
    ['tenant', 'text', ({ tenant }) => tenant],
    ['region_code', 'text', ({ inCase }) => inCase.scope.regionCode],
    ['unit_path', 'text', ({ inCase }) => inCase.scope.unitPath],
    ['subject_persons', 'text[]', ({ inCase }) => inCase.scope.subjectPersons],
    ['recipient_unit', 'text', ({ inCase }) => inCase.scope.recipientUnit],
    ['sealed', 'bytea', ({ moved, inCase }) => sealEvent(moved.event, '', inCase.key)],
  ],
};

/**
 * Enters a version that a correction has brought from another case into the chain of the case that it now concerns. The
 * bytes stand in their own case; here the digest is of their SHA-256 (32 bytes), salted from the secret of the case that
 * reads it (schema 2), or plain where that case has none (schema 1).
 */
export function recordMoved(trail: AuditTrail, moved: MovedToSave, inCase: LockedCase): void {
  const { event } = moved;
  const { key } = inCase;
  const deed = {
    action: 'event.moved',
    object: `event:${event.source}/${event.id}`,
    schema: key === null ? 'mingcha.event-moved/1' : 'mingcha.event-moved/2',
    ruleVersion: null,
    inputsDigest:
      key === null
        ? event.rawDigest
        : saltedDigest(inputsSalt(key, event), Buffer.from(event.rawDigest, 'hex')),
    fields: {
      type: event.type,
      dataVersion: event.dataVersion,
      receivedAt: new Date(event.receivedAt).toISOString(),
      homeCaseId: event.caseId,
    },
  };
  trail.append(inCase.entity, inCase.head, deed, inCase.scope);
}

/**
 * Saves what concerns cases besides the one that it stands in: the decoded event, sealed under the key of the case that
 * reads it, so that loading and erasing a case never need another. Must have been recorded. A crash before the commit
 * leaves it in neither case.
 */
export async function saveMoved(
  client: PoolClient,
  step: StepToSave,
  cases: ReadonlyMap<string, LockedCase>,
): Promise<void> {
  const rows = step.moved.map((moved) => ({
    moved,
    inCase: cases.get(moved.caseId) as LockedCase,
    tenant: step.tenant,
  }));
  await copyRows(client, MOVED_EVENT, rows);
}
