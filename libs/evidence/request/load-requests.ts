import type { Pool } from 'pg';
import type { Queryable } from '#store/audit-tree/tiles.js';
import { ExportError } from './export-error.js';
import type {
  Edition,
  ExportEvent,
  ExportEventKind,
  ExportRequest,
  ExportState,
} from './export-request.js';
import type { ExportScope } from './export-scope.js';

interface Row {
  readonly request_no: string;
  readonly state: ExportState;
  readonly requested_at: Date;
  readonly requesters: [string, string];
  readonly notice: string;
  readonly cause: string;
  readonly purpose: string;
  readonly scope: string;
  readonly editions: Edition[];
  readonly approver: string | null;
  readonly decided_at: Date | null;
  readonly full_number: string | null;
  readonly redacted_number: string | null;
  readonly material: string | null;
  readonly tree_size: string | null;
  readonly index_size: string | null;
}

const SELECT = `
  select r.request_no, r.state, r.requested_at, r.requesters, r.notice, r.cause, r.purpose, s.scope, r.editions, r.approver,
    r.decided_at, r.full_number, r.redacted_number, encode(r.material, 'hex') as material, r.tree_size, p.index_size
  from export_request r
  join export_scope s using (scope_digest)
  left join export_pin p using (tree_size)`;

const whole = (value: string | null): number | null => (value === null ? null : Number(value));

function requestOf(row: Row): ExportRequest {
  return {
    requestNo: row.request_no,
    state: row.state,
    requestedAt: row.requested_at.getTime(),
    requesters: row.requesters,
    notice: row.notice,
    cause: row.cause,
    purpose: row.purpose,
    scope: JSON.parse(row.scope) as ExportScope,
    editions: row.editions,
    approver: row.approver,
    decidedAt: row.decided_at?.getTime() ?? null,
    numbers: { full: row.full_number, redacted: row.redacted_number },
    material: row.material,
    treeSize: whole(row.tree_size),
    indexSize: whole(row.index_size),
  };
}

/** Requests, the newest first, at most `limit`; `state` null: of any. */
export async function listRequests(
  pool: Pool,
  state: ExportState | null,
  limit: number,
): Promise<ExportRequest[]> {
  const { rows } = await pool.query<Row>(
    `${SELECT} where $1::text is null or r.state = $1 order by r.requested_at desc, r.request_no desc limit $2`,
    [state, limit],
  );
  return rows.map(requestOf);
}

/** One request by its own number or by that of one of its bundles. Throws ExportError where there is none. */
export async function loadRequest(pool: Pool, number: string): Promise<ExportRequest> {
  const { rows } = await pool.query<Row>(
    `${SELECT} where r.request_no = $1 or r.full_number = $1 or r.redacted_number = $1`,
    [number],
  );
  const row = rows[0];
  if (row === undefined) throw new ExportError('unknown-request', { requestNo: number });
  return requestOf(row);
}

/** Everything that was done with a request, in order. */
export async function loadExportEvents(pool: Queryable, requestNo: string): Promise<ExportEvent[]> {
  const { rows } = await pool.query<{
    event_no: number;
    kind: ExportEventKind;
    saved_at: Date;
    actor: string;
    detail: string;
  }>(
    'select event_no, kind, saved_at, actor, detail from export_event where request_no = $1 order by event_no',
    [requestNo],
  );
  return rows.map((row) => ({
    eventNo: row.event_no,
    kind: row.kind,
    at: row.saved_at.getTime(),
    actor: row.actor,
    detail: JSON.parse(row.detail) as ExportEvent['detail'],
  }));
}
