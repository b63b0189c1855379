import { formatDate } from '../calendar/local-time.js';
import type { Event } from '../event/event.js';
import type { Scope } from './scope.js';

/** Names of the scope, each read at a place of its own. */
export const NAMES: Readonly<Record<string, (scope: Scope) => unknown>> = {
  item: (scope) => scope.item,
  limitItem: (scope) => scope.limitItem,
  region: (scope) => scope.region,
  filedOn: (scope) => scope.filedOn,
  acceptance: (scope) => scope.acceptance,
  closing: (scope) => scope.closing,
  promised: (scope) => scope.promised,
  statutory: (scope) => scope.statutory,
  clock: (scope) => scope.clock,
  pauses: (scope) => scope.pauses,
  pause: (scope) => scope.pause,
  extension: (scope) => scope.extension,
  materialsHeld: (scope) => scope.materialsHeld,
  materialsMissing: (scope) => scope.materialsMissing,
  params: (scope) => scope.params,
};

/** Envelope fields of an event as predicates name them, without the fact that holds them side by side. */
export const ENVELOPE: Readonly<Record<string, (event: Event, scope: Scope) => unknown>> = {
  id: (event) => event.id,
  source: (event) => event.source,
  type: (event) => event.type,
  at: (event) => event.occurredAt,
  on: (event, { calendar }) => formatDate(calendar.dayOf(event.occurredAt)),
  recordedAt: (event) => event.recordedAt,
  recordedOn: (event, { calendar }) => formatDate(calendar.dayOf(event.recordedAt)),
  receivedAt: (event) => event.receivedAt,
  receivedOn: (event, { calendar }) => formatDate(calendar.dayOf(event.receivedAt)),
  precision: (event) => event.precision,
  agencyCode: (event) => event.agencyCode,
  regionCode: (event) => event.regionCode,
  itemCode: (event) => event.itemCode,
  itemVersion: (event) => event.itemVersion,
  operator: (event) => event.operator,
  responsible: (event) => event.responsible,
  docNo: (event) => event.docNo,
  isTest: (event) => event.isTest,
};

/** True for a name that stands for something wherever it is written. */
export function isNamed(name: string): boolean {
  return name in NAMES || name === 'event' || name === 'end' || name === 'case';
}
