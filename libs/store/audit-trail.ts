import { hash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { type AuditRecord, type LeafValue, leafText } from '#core/audit/audit-record.js';
import type { Instant } from '#core/event/event.js';
import { type CopyTable, copyRows } from './copy-rows.js';
import type { Scope } from './scope.js';

/** Last record of an entity: its number and leaf hash. Seq 0 and null: none yet. */
export interface ChainHead {
  seq: number;
  hash: Buffer | null;
}

export interface Deed {
  readonly action: string;
  readonly object: string;
  readonly schema: string;
  readonly ruleVersion: string | null;
  readonly inputsDigest: string | null;
  readonly fields: { readonly [key: string]: LeafValue };
}

interface AuditRow {
  readonly record: AuditRecord;
  readonly prev: Buffer | null;
  readonly scope: Scope | null;
  readonly leaf: string;
  readonly leafHash: Buffer;
}

const AUDIT_RECORD: CopyTable<AuditRow> = {
  table: 'audit_record',
  columns: [
    ['"time"', 'timestamptz', (row) => row.record.time],
    ['entity_seq', 'int8', (row) => row.record.entitySeq],
    ['id', 'text', (row) => row.record.id],
    ['actor', 'text', (row) => row.record.actor],
    ['action', 'text', (row) => row.record.action],
    ['object', 'text', (row) => row.record.object],
    ['schema', 'text', (row) => row.record.schema],
    ['tenant', 'text', (row) => row.record.tenant],
    ['entity', 'text', (row) => row.record.entity],
    ['prev', 'bytea', (row) => row.prev],
    ['rule_version', 'text', (row) => row.record.ruleVersion],
    ['inputs_digest', 'text', (row) => row.record.inputsDigest],
    ['trace_id', 'text', (row) => row.record.traceId],
    ['region_code', 'text', (row) => row.scope?.regionCode ?? null],
    ['unit_path', 'text', (row) => row.scope?.unitPath ?? null],
    ['subject_persons', 'text[]', (row) => row.scope?.subjectPersons ?? []],
    ['recipient_unit', 'text', (row) => row.scope?.recipientUnit ?? null],
    ['shared_space', 'bool', (row) => row.scope?.sharedSpace ?? false],
    ['leaf', 'text', (row) => row.leaf],
    ['leaf_hash', 'bytea', (row) => row.leafHash],
  ],
};

export interface TrailSettings {
  readonly time: Instant;
  readonly actor: string;
  readonly tenant: string;
  readonly traceId: string | null;
}

/**
 * Collects the records of one transaction and keeps the chains of the entities whose rows are locked. Records are
 * written with one statement at the end; heads are stored with the entities' own rows.
 */
export class AuditTrail {
  private readonly rows: AuditRow[] = [];

  constructor(private readonly settings: TrailSettings) {}

  /** Records a deed as the next of the entity, moving `head` on. Returns its number within the entity. */
  append(entity: string, head: ChainHead, deed: Deed, scope: Scope): number {
    const seq = head.seq + 1;
    const prev = head.hash;
    const row = this.row(deed, { id: `${entity}#${seq}`, entity, entitySeq: seq, prev, scope });
    head.seq = seq;
    head.hash = row.leafHash;
    return seq;
  }

  /** Records a deed that belongs to no locked entity: protected by the tree alone. `id` must be its own for ever. */
  appendAlone(id: string, deed: Deed, scope: Scope | null): void {
    this.row(deed, { id, entity: null, entitySeq: null, prev: null, scope });
  }

  get count(): number {
    return this.rows.length;
  }

  async write(client: PoolClient): Promise<void> {
    await copyRows(client, AUDIT_RECORD, this.rows);
  }

  private row(
    deed: Deed,
    place: {
      id: string;
      entity: string | null;
      entitySeq: number | null;
      prev: Buffer | null;
      scope: Scope | null;
    },
  ): AuditRow {
    const { time, actor, tenant, traceId } = this.settings;
    const record: AuditRecord = {
      ...deed,
      id: place.id,
      time,
      actor,
      tenant,
      traceId,
      entity: place.entity,
      entitySeq: place.entitySeq,
      prev: place.prev?.toString('hex') ?? null,
    };
    const leaf = leafText(record);
    const row: AuditRow = {
      record,
      prev: place.prev,
      scope: place.scope,
      leaf,
      // leafHash of the core: text is hashed by its UTF-8 bytes.
      leafHash: hash('sha256', `\u0000${leaf}`, 'buffer'),
    };
    this.rows.push(row);
    return row;
  }
}
