import type { Event } from '#core/event/event.js';

/** Texts by code unit. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Order of events: (caseId, occurredAt, recordedAt, source, id), texts by code unit; versions of one identity by
 * (dataVersion, rawDigest), and the same bytes by when they were received. So what compares equal is equal.
 */
export function compareEvents(a: Event, b: Event): number {
  return (
    compareText(a.caseId, b.caseId) ||
    a.occurredAt - b.occurredAt ||
    a.recordedAt - b.recordedAt ||
    compareText(a.source, b.source) ||
    compareText(a.id, b.id) ||
    a.dataVersion - b.dataVersion ||
    compareText(a.rawDigest, b.rawDigest) ||
    a.receivedAt - b.receivedAt
  );
}
