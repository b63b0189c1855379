import { createHash, randomBytes } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { LeafValue } from '#core/audit/audit-record.js';
import { canonicalJson } from '#core/audit/canonical-json.js';
import { chinaTime } from '#core/calendar/china-time.js';
import type { Instant } from '#core/event/event.js';
import { AuditTrail, type ChainHead } from '#store/audit-trail.js';
import { ensureMonths } from '#store/save-months.js';
import type { Scope } from '#store/scope.js';
import { emptyStep } from '#store/step-to-save.js';
import { withTransaction } from '#store/transaction.js';
import type { Writer } from '#store/writer.js';
import { Redactor } from '../bundle/redact.js';
import { redactedScope } from '../bundle/redacted-scope.js';
import { ExportError } from './export-error.js';
import {
  type Edition,
  type ExportEventKind,
  type ExportState,
  entityOfRequest,
  MAY,
  stateAfter,
} from './export-request.js';
import { type ExportScope, scopeText } from './export-scope.js';
import { holdCases } from './hold-cases.js';

type Fields = Readonly<Record<string, LeafValue>>;

/** Who does something, and when; `at` is stamped once by the caller. */
export interface Doing {
  readonly actor: string;
  readonly at: Instant;
  /** Supervising authority; default `main`. */
  readonly tenant?: string;
}

/** Requests are for the discipline side alone: no region's or unit's list shows their records. */
const NOWHERE: Scope = {
  regionCode: '',
  unitPath: '',
  subjectPersons: [],
  recipientUnit: '',
  sharedSpace: false,
};

/** Like version 1, but `scope.staffNo` is `{"~redacted": digest}`, salted from the secret of the scope. */
const OFFICER_BY_DIGEST = 'mingcha.export-event/2';

const SERIES = { request: '', full: 'MZ-', redacted: 'MZS-' } as const;

/**
 * The next number of a series in the year (of China) of `at`. The row stays locked until the transaction ends, so that a
 * number that was not used is given again: none is missing. A crash leaves the counter where it was.
 */
async function nextNumber(
  client: PoolClient,
  series: keyof typeof SERIES,
  at: Instant,
): Promise<string> {
  const year = chinaTime(at).slice(0, 4);
  const { rows } = await client.query<{ last: number }>(
    `insert into export_number (series, year, last) values ($1, $2, 1)
     on conflict (series, year) do update set last = export_number.last + 1 returning last`,
    [series, year],
  );
  return `${SERIES[series]}${year}-${String(rows[0]?.last).padStart(4, '0')}`;
}

interface Standing {
  readonly requestNo: string;
  readonly state: ExportState | null;
  readonly eventNo: number;
  readonly head: ChainHead;
}

/** Records a deed in the chain of the request and adds its event. The row is brought up to date by the caller. */
async function record(
  client: PoolClient,
  standing: Standing,
  {
    kind,
    detail,
    schema = 'mingcha.export-event/1',
  }: { readonly kind: ExportEventKind; readonly detail: Fields; readonly schema?: string },
  { actor, at, tenant = 'main' }: Doing,
): Promise<void> {
  const { requestNo, head } = standing;
  const trail = new AuditTrail({ time: at, actor, tenant, traceId: null });
  const eventNo = standing.eventNo + 1;
  const entity = entityOfRequest(requestNo);
  const entitySeq = trail.append(
    entity,
    head,
    {
      action: `export.${kind}`,
      object: entity,
      schema,
      ruleVersion: null,
      inputsDigest: null,
      fields: { ...detail, eventNo },
    },
    NOWHERE,
  );
  await trail.write(client);
  await client.query(
    `insert into export_event (request_no, event_no, entity_seq, saved_at, kind, actor, detail)
     values ($1, $2, $3, to_timestamp($4::float8 / 1000), $5, $6, $7)`,
    [requestNo, eventNo, entitySeq, at, kind, actor, canonicalJson(detail)],
  );
}

export interface NewRequest {
  readonly requesters: readonly [string, string];
  readonly notice: string;
  readonly cause: string;
  readonly purpose: string;
  readonly scope: ExportScope;
  readonly editions: readonly Edition[];
}

interface ScopeRow {
  readonly digest: Buffer;
  readonly secret: Buffer;
}

async function scopeRow(client: PoolClient, scope: ExportScope): Promise<ScopeRow> {
  const text = scopeText(scope);
  const digest = createHash('sha256').update(text).digest();
  // The first request of a scope makes its secret; every later one salts with the same.
  await client.query(
    'insert into export_scope (scope_digest, scope, secret) values ($1, $2, $3) on conflict do nothing',
    [digest, text, randomBytes(32)],
  );
  const { rows } = await client.query<{ secret: Buffer }>(
    'select secret from export_scope where scope_digest = $1',
    [digest],
  );
  return { digest, secret: rows[0]?.secret as Buffer };
}

/** Saves a request with its record, in one transaction, and holds its cases. Returns its number. A crash before the commit leaves nothing. */
export async function saveRequest(
  writer: Writer,
  request: NewRequest,
  doing: Doing,
): Promise<string> {
  await ensureMonths(writer, emptyStep(doing.actor, doing.at));
  return withTransaction(writer, async (client) => {
    const { digest: scopeDigest, secret } = await scopeRow(client, request.scope);
    const isOfficer = request.scope.kind === 'officer';
    const requestNo = await nextNumber(client, 'request', doing.at);
    const standing: Standing = { requestNo, state: null, eventNo: 0, head: { seq: 0, hash: null } };
    const detail: Fields = {
      requesters: request.requesters,
      notice: request.notice,
      cause: request.cause,
      purpose: request.purpose,
      // A record stays for ever and stands in redacted editions too: a person is named by digest.
      scope: redactedScope(new Redactor(secret), request.scope) as LeafValue,
      editions: request.editions,
    };
    // The event first: the row holds the hash of its record, and the reference between them is checked at the commit.
    const schema = isOfficer ? OFFICER_BY_DIGEST : 'mingcha.export-event/1';
    await record(client, standing, { kind: 'requested', detail, schema }, doing);
    await client.query(
      `insert into export_request (request_no, state, event_no, audit_seq, audit_head, requested_at, requesters, notice,
         cause, purpose, scope_digest, editions, tenant)
       values ($1, 'requested', 1, $2, $3, to_timestamp($4::float8 / 1000), $5, $6, $7, $8, $9, $10, $11)`,
      [
        requestNo,
        standing.head.seq,
        standing.head.hash,
        doing.at,
        request.requesters,
        request.notice,
        request.cause,
        request.purpose,
        scopeDigest,
        request.editions,
        doing.tenant ?? 'main',
      ],
    );
    await holdCases(client, { requestNo, scope: request.scope }, null);
    return requestNo;
  });
}

/** What changes in the row of a request besides its state and the head of its chain. */
export interface RowChange {
  readonly approver?: string;
  readonly material?: Buffer;
  readonly treeSize?: number;
}

/**
 * A change of a standing request: what is recorded and what of the row changes. `detail` may need the locked row, and what
 * stands in the database while it is locked. Where `isDone` says that somebody else has done it meanwhile nothing is changed.
 */
export interface ExportChange {
  readonly kind: Exclude<ExportEventKind, 'requested'>;
  readonly row?: RowChange;
  isDone?(standing: StandingRequest): boolean;
  detail(standing: StandingRequest, client: PoolClient): Promise<Fields> | Fields;
}

/** The row that a change finds. */
export interface StandingRequest {
  readonly requestNo: string;
  readonly state: ExportState;
  readonly requesters: readonly string[];
  readonly editions: readonly Edition[];
  readonly numbers: Readonly<Record<Edition, string | null>>;
  readonly treeSize: number | null;
}

interface LockedRow {
  readonly state: ExportState;
  readonly event_no: number;
  readonly audit_seq: string;
  readonly audit_head: Buffer;
  readonly requesters: string[];
  readonly editions: Edition[];
  readonly full_number: string | null;
  readonly redacted_number: string | null;
  readonly tree_size: string | null;
}

/**
 * Changes a request: its row, the event and the record in one transaction, or none of them; those that change the same one
 * wait for each other. Returns it as it is after that. Throws ExportError where there is no such request, or where its
 * state does not allow it.
 */
export async function changeRequest(
  writer: Writer,
  requestNo: string,
  change: ExportChange,
  doing: Doing,
): Promise<StandingRequest> {
  await ensureMonths(writer, emptyStep(doing.actor, doing.at));
  return withTransaction(writer, async (client) => {
    const { rows } = await client.query<LockedRow>(
      `select state, event_no, audit_seq, audit_head, requesters, editions, full_number, redacted_number, tree_size
       from export_request where request_no = $1 for no key update`,
      [requestNo],
    );
    const found = rows[0];
    if (found === undefined) throw new ExportError('unknown-request', { requestNo });
    const numbers = { full: found.full_number, redacted: found.redacted_number };
    const standing: StandingRequest = {
      requestNo,
      state: found.state,
      requesters: found.requesters,
      editions: found.editions,
      numbers,
      treeSize: found.tree_size === null ? null : Number(found.tree_size),
    };
    if (change.isDone?.(standing) === true) return standing;
    if (!MAY[change.kind].includes(found.state))
      throw new ExportError(`not-${change.kind}`, { requestNo, state: found.state });
    if (change.kind === 'approved')
      for (const edition of found.editions)
        numbers[edition] = await nextNumber(client, edition, doing.at);
    const detail = await change.detail(standing, client);
    const head: ChainHead = { seq: Number(found.audit_seq), hash: found.audit_head };
    const place = { requestNo, state: found.state, eventNo: found.event_no, head };
    await record(client, place, { kind: change.kind, detail }, doing);
    const { approver, material, treeSize } = change.row ?? {};
    await client.query(
      `update export_request set state = $2, event_no = event_no + 1, audit_seq = $3, audit_head = $4,
         approver = coalesce($5, approver), decided_at = case when $5::text is null then decided_at else to_timestamp($6::float8 / 1000) end,
         full_number = coalesce($7, full_number), redacted_number = coalesce($8, redacted_number),
         material = coalesce($9, material), tree_size = coalesce($10, tree_size)
       where request_no = $1`,
      [
        requestNo,
        stateAfter(change.kind, found.state),
        head.seq,
        head.hash,
        approver ?? null,
        doing.at,
        numbers.full,
        numbers.redacted,
        material ?? null,
        treeSize ?? null,
      ],
    );
    return {
      ...standing,
      treeSize: standing.treeSize ?? treeSize ?? null,
      state: stateAfter(change.kind, found.state),
    };
  });
}
