import type { PoolClient } from 'pg';
import type { AuditTrail } from './audit-trail.js';
import { type CopyTable, copyRows } from './copy-rows.js';
import { InconsistentStepError } from './errors.js';
import type { RecordPlace, RejectedToSave, StepToSave } from './step-to-save.js';
import { storableJson, storableText } from './storable-text.js';

/** Key of a quarantined record: its place in the event log. */
export function quarantineIdOf(place: RecordPlace): string {
  return `${place.topic}/${place.partition}/${place.offset}`;
}

function quarantineTable(tenant: string): CopyTable<RejectedToSave> {
  return {
    table: 'quarantine',
    columns: [
      ['quarantine_id', 'text', quarantineIdOf],
      ['received_at', 'timestamptz', (row) => row.receivedAt],
      ['"offset"', 'int8', (row) => row.offset],
      ['"partition"', 'int4', (row) => row.partition],
      ['topic', 'text', (row) => row.topic],
      ['reason', 'text', (row) => row.reason],
      ['field', 'text', (row) => storableText(row.field)],
      ['detail', 'jsonb', (row) => storableJson(row.detail)],
      ['source', 'text', (row) => storableText(row.source)],
      ['event_id', 'text', (row) => storableText(row.id)],
      ['raw', 'bytea', (row) => row.raw],
      ['digest', 'bytea', (row) => Buffer.from(row.digest, 'hex')],
      ['tenant', 'text', () => tenant],
    ],
  };
}

async function decide(client: PoolClient, step: StepToSave, trail: AuditTrail): Promise<void> {
  for (const decision of step.quarantineDecisions) {
    const done = await client.query(
      `update quarantine set state = $2, decided_at = to_timestamp($3::float8 / 1000), decided_by = $4,
         reason_text = $5, repaired_by = $6
       where quarantine_id = $1 and state = 'waiting'`,
      [
        decision.quarantineId,
        decision.to,
        decision.at,
        step.actor,
        decision.reasonText,
        decision.repairedBy,
      ],
    );
    if (done.rowCount !== 1) {
      throw new InconsistentStepError(
        `quarantined record ${decision.quarantineId} does not exist or is decided already`,
      );
    }
    const deed = {
      action: `event.${decision.to}`,
      object: `quarantine:${decision.quarantineId}`,
      schema: 'mingcha.quarantine-decision/1',
      ruleVersion: null,
      inputsDigest: null,
      fields: { reasonText: decision.reasonText, repairedBy: decision.repairedBy },
    };
    trail.appendAlone(`quarantine:${decision.quarantineId}#decided`, deed, null);
  }
}

/** Saves rejected records with their bytes and reason, and decisions on earlier ones, with one audit record each. */
export async function saveQuarantine(
  client: PoolClient,
  step: StepToSave,
  trail: AuditTrail,
): Promise<void> {
  await copyRows(client, quarantineTable(step.tenant), step.rejected);
  for (const row of step.rejected) {
    const id = quarantineIdOf(row);
    const deed = {
      action: 'event.quarantined',
      object: `quarantine:${id}`,
      schema: 'mingcha.event-quarantined/1',
      ruleVersion: null,
      inputsDigest: row.digest,
      fields: {
        reason: row.reason,
        field: storableText(row.field),
        source: storableText(row.source),
      },
    };
    trail.appendAlone(`quarantine:${id}`, deed, null);
  }
  await decide(client, step, trail);
}
