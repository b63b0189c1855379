import type { Instant } from '#core/event/event.js';
import type { ExportScope } from './export-scope.js';

export const EDITIONS = ['full', 'redacted'] as const;
/** `full`: everything; `redacted`: personal values replaced by salted digests, source bytes withheld. */
export type Edition = (typeof EDITIONS)[number];

export type ExportState =
  | 'requested'
  | 'approved'
  | 'refused'
  | 'built'
  | 'handed-over'
  | 'recalled'
  | 'destroyed';

export type ExportEventKind =
  | 'requested'
  | 'approved'
  | 'refused'
  | 'pinned'
  | 'built'
  | 'viewed'
  | 'handed-over'
  | 'verified'
  | 'recalled'
  | 'destroyed';

/** One request for evidence as it stands. */
export interface ExportRequest {
  readonly requestNo: string;
  readonly state: ExportState;
  readonly requestedAt: Instant;
  readonly requesters: readonly [string, string];
  /** Number of the 调取通知书. */
  readonly notice: string;
  /** 案由. */
  readonly cause: string;
  readonly purpose: string;
  readonly scope: ExportScope;
  readonly editions: readonly Edition[];
  readonly approver: string | null;
  readonly decidedAt: Instant | null;
  /** Given at the approval; null for an edition that was not asked for. */
  readonly numbers: Readonly<Record<Edition, string | null>>;
  /** Hex digest of the rules and settings as they were at the approval. */
  readonly material: string | null;
  readonly treeSize: number | null;
  readonly indexSize: number | null;
}

/** What was done with a request. */
export interface ExportEvent {
  readonly eventNo: number;
  readonly kind: ExportEventKind;
  readonly at: Instant;
  readonly actor: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Entity of a request in the audit trail. */
export function entityOfRequest(requestNo: string): string {
  return `export:${requestNo}`;
}

/** From which states something may be done with a request. */
export const MAY: Readonly<Record<Exclude<ExportEventKind, 'requested'>, readonly ExportState[]>> =
  {
    approved: ['requested'],
    refused: ['requested'],
    pinned: ['approved'],
    built: ['approved', 'built', 'handed-over'],
    viewed: ['built', 'handed-over', 'recalled'],
    'handed-over': ['built', 'handed-over'],
    verified: ['built', 'handed-over', 'recalled'],
    recalled: ['approved', 'built', 'handed-over'],
    destroyed: ['built', 'handed-over', 'recalled'],
  };

/** The state after something was done; what only adds to the custody of a bundle leaves it. */
export function stateAfter(kind: ExportEventKind, state: ExportState | null): ExportState {
  switch (kind) {
    case 'requested':
    case 'approved':
    case 'refused':
    case 'recalled':
    case 'destroyed':
    case 'handed-over':
      return kind;
    case 'built':
      return state === 'handed-over' ? state : 'built';
    default:
      return state as ExportState;
  }
}
