import type { Pool, PoolClient } from 'pg';
import type { Instant } from '#core/event/event.js';
import type { AuditTrail, ChainHead } from '../audit-trail.js';
import type { Scope } from '../scope.js';
import type { Writer } from '../writer.js';
import {
  appendStep,
  type Doing,
  demandOther,
  KeepingError,
  keepingTransaction,
  newKeepingId,
} from './keeping-deed.js';
import { holdsOnCase } from './legal-hold.js';

/** A request to erase the events of a case. */
export interface ErasureRequest {
  readonly requestId: string;
  readonly caseId: string;
  readonly reason: string;
  readonly requestedAt: Instant;
  readonly requestedBy: string;
  /** Null while it waits. Approved ones are carried out by the same transaction. */
  readonly decision: 'approved' | 'refused' | null;
  readonly decisionReason: string | null;
  readonly decidedAt: Instant | null;
  readonly decidedBy: string | null;
}

/** What an erasure did. */
export interface Erased {
  readonly caseId: string;
  /** Events of the case that can never be opened again. */
  readonly events: number;
  /** Copies of other cases' events that stood in this one, erased with it. */
  readonly copies: number;
  /** Cases that a correction has brought events of this one to: their copies stay until they are erased too. */
  readonly copiedTo: readonly string[];
}

interface RequestRow {
  readonly request_id: string;
  readonly case_id: string;
  readonly reason: string;
  readonly requested_at: Date;
  readonly requested_by: string;
  readonly decision: ErasureRequest['decision'];
  readonly decision_reason: string | null;
  readonly decided_at: Date | null;
  readonly decided_by: string | null;
}

function requestOf(row: RequestRow): ErasureRequest {
  return {
    requestId: row.request_id,
    caseId: row.case_id,
    reason: row.reason,
    requestedAt: row.requested_at.getTime(),
    requestedBy: row.requested_by,
    decision: row.decision,
    decisionReason: row.decision_reason,
    decidedAt: row.decided_at?.getTime() ?? null,
    decidedBy: row.decided_by,
  };
}

/** Requests by the time of asking; those that were decided on request. */
export async function listErasures(pool: Pool, includeDecided = false): Promise<ErasureRequest[]> {
  const { rows } = await pool.query<RequestRow>(
    'select * from erasure_request where $1 or decision is null order by requested_at, request_id',
    [includeDecided],
  );
  return rows.map(requestOf);
}

async function demandNoHold(client: PoolClient, caseId: string): Promise<void> {
  const holds = await holdsOnCase(client, caseId);
  if (holds.length > 0)
    throw new KeepingError('refused', `Case ${caseId} is under legal hold (${holds.join(', ')})`);
}

/**
 * Asks for the events of a case to be erased. Returns the request's id. Record `erasure.requested`.
 * @throws KeepingError `missing` where there is no such case, `refused` where it is erased, held, or asked for already
 */
export async function requestErasure(
  writer: Writer,
  { caseId, reason }: { readonly caseId: string; readonly reason: string },
  doing: Doing,
): Promise<string> {
  const requestId = newKeepingId();
  await keepingTransaction(writer, doing, async (client, trail) => {
    const found = await client.query<{ frozen: string | null }>(
      'select frozen from case_state where case_id = $1',
      [caseId],
    );
    const row = found.rows[0];
    if (row === undefined) throw new KeepingError('missing', `There is no case ${caseId}`);
    if (row.frozen === 'erased')
      throw new KeepingError('refused', `The events of case ${caseId} were erased already`);
    await demandNoHold(client, caseId);
    const made = await client.query(
      `insert into erasure_request (request_id, case_id, reason, requested_at, requested_by, tenant)
       values ($1, $2, $3, to_timestamp($4::float8 / 1000), $5, $6) on conflict do nothing`,
      [requestId, caseId, reason, doing.at, doing.actor, doing.tenant ?? 'main'],
    );
    if (made.rowCount !== 1)
      throw new KeepingError('refused', `The erasure of case ${caseId} has been asked for already`);
    appendStep(trail, {
      action: 'erasure.requested',
      object: `erasure:${requestId}`,
      schema: 'mingcha.erasure/1',
      fields: { caseId, reason },
    });
  });
  return requestId;
}

async function decide(
  client: PoolClient,
  trail: AuditTrail,
  to: {
    readonly requestId: string;
    readonly decision: 'approved' | 'refused';
    readonly reason: string | null;
    readonly doing: Doing;
  },
): Promise<ErasureRequest> {
  const { requestId, decision, reason, doing } = to;
  const { rows } = await client.query<RequestRow>(
    'select * from erasure_request where request_id = $1 for update',
    [requestId],
  );
  if (rows[0] === undefined)
    throw new KeepingError('missing', `There is no erasure request ${requestId}`);
  const request = requestOf(rows[0]);
  if (request.decision !== null)
    throw new KeepingError('refused', `${request.decidedBy} has decided on ${requestId} already`);
  demandOther(doing.actor, request.requestedBy, 'The erasure was asked for by');
  await client.query(
    `update erasure_request set decision = $2, decision_reason = $3, decided_by = $4,
       decided_at = to_timestamp($5::float8 / 1000) where request_id = $1`,
    [requestId, decision, reason, doing.actor, doing.at],
  );
  appendStep(trail, {
    action: `erasure.${decision}`,
    object: `erasure:${requestId}`,
    schema: 'mingcha.erasure/1',
    fields: { caseId: request.caseId, reason, askedBy: request.requestedBy },
  });
  return request;
}

/** Refuses a request. Record `erasure.refused`. @throws KeepingError as approveErasure */
export async function refuseErasure(
  writer: Writer,
  { requestId, reason }: { readonly requestId: string; readonly reason: string },
  doing: Doing,
): Promise<void> {
  await keepingTransaction(writer, doing, async (client, trail) => {
    await decide(client, trail, { requestId, decision: 'refused', reason, doing });
  });
}

interface CaseRow {
  readonly audit_seq: string;
  readonly audit_head: Buffer | null;
  readonly region_code: string;
  readonly unit_path: string;
  readonly subject_persons: string[];
  readonly recipient_unit: string;
  readonly shared_space: boolean;
}

async function lockCase(
  client: PoolClient,
  caseId: string,
): Promise<{ readonly head: ChainHead; readonly scope: Scope }> {
  const { rows } = await client.query<CaseRow>(
    `select audit_seq, audit_head, region_code, unit_path, subject_persons, recipient_unit, shared_space
     from case_state where case_id = $1 for no key update`,
    [caseId],
  );
  const row = rows[0];
  if (row === undefined) throw new KeepingError('missing', `There is no case ${caseId}`);
  return {
    head: { seq: Number(row.audit_seq), hash: row.audit_head },
    scope: {
      regionCode: row.region_code,
      unitPath: row.unit_path,
      subjectPersons: row.subject_persons,
      recipientUnit: row.recipient_unit,
      sharedSpace: row.shared_space,
    },
  };
}

async function countOf(client: PoolClient, caseId: string): Promise<Erased> {
  const { rows } = await client.query<{ events: string; copies: string; copied_to: string[] }>(
    `select (select count(*) from event where case_id = $1) as events,
       (select count(*) from moved_event where case_id = $1) as copies,
       array(select distinct case_id from moved_event where home_case_id = $1 order by 1) as copied_to`,
    [caseId],
  );
  const [row] = rows;
  return {
    caseId,
    events: Number(row?.events),
    copies: Number(row?.copies),
    copiedTo: row?.copied_to ?? [],
  };
}

/**
 * Approves a request and carries it out, in one transaction: the secret of the case is destroyed, so that neither its
 * events nor the salts of their digests can ever be made again; what could confirm a guess at their bytes goes with it;
 * the case stands still from now on, under a new version, so that no cache keeps it. Records `erasure.approved` and, in
 * the chain of the case, `data.erased`. A crash before the commit leaves all of it, after it nothing. What lies in
 * backups, in the write-ahead log and in the event log is not reached (docs/operating.md).
 * @throws KeepingError `second-person` where it is the same person, `missing`, or `refused` where the case is held, is
 * erased already, or has events that are stored in clear
 */
export function approveErasure(writer: Writer, requestId: string, doing: Doing): Promise<Erased> {
  return keepingTransaction(writer, doing, async (client, trail) => {
    const request = await decide(client, trail, {
      requestId,
      decision: 'approved',
      reason: null,
      doing,
    });
    const { caseId } = request;
    const { head, scope } = await lockCase(client, caseId);
    await demandNoHold(client, caseId);
    const erased = await countOf(client, caseId);
    await client.query('select destroy_case_key($1)', [requestId]).catch((error: unknown) => {
      // The database's own words: held meanwhile, no key, or events in clear.
      if (error instanceof Error && 'code' in error && error.code === '55000')
        throw new KeepingError('refused', error.message);
      throw error;
    });
    const entity = `case:${caseId}`;
    trail.append(
      entity,
      head,
      {
        action: 'data.erased',
        object: entity,
        schema: 'mingcha.data-erased/1',
        ruleVersion: null,
        inputsDigest: null,
        fields: {
          requestId,
          requestedBy: request.requestedBy,
          reason: request.reason,
          events: erased.events,
          copies: erased.copies,
          copiedTo: erased.copiedTo,
        },
      },
      scope,
    );
    await client.query('select freeze_erased_case($1, $2, $3)', [requestId, head.seq, head.hash]);
    return erased;
  });
}
