import { createHash } from 'node:crypto';
import { findingKey, type TrailFinding } from '#store/judge/trail-finding.js';
import type { OutgoingRecord } from '#streams/event-log.js';

/** What names the fault's object: the record, its place in the log, or the table. */
function objectOf({ id, leafIndex, where }: TrailFinding): string {
  if (id !== null) return id;
  return leafIndex === null ? where : `leaf:${leafIndex}`;
}

/**
 * The event `audit.broken` (libs/core/event/vocabulary-supervision.ts) of one fault: which record, what kind of fault and
 * where; never what stands in the record, before or after. The same fault has the same id, however often it is sent.
 */
export function brokenEvent(finding: TrailFinding, at: Date): OutgoingRecord {
  const { kind, leafIndex, count, recordNo, what, where } = finding;
  const objectId = objectOf(finding);
  const digest = createHash('sha256').update(findingKey(finding)).digest('hex').slice(0, 32);
  const id = `audit.broken/${digest}`;
  const event = {
    specversion: '1.0',
    id,
    source: 'mingcha',
    type: 'audit.broken',
    subject: objectId,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: {
      actor: 'auditor',
      at: at.toISOString(),
      objectId,
      reasonText: `${kind}: ${what}, ${where}`,
      kind,
      leafIndex,
      count,
      recordNo,
      what,
      where,
    },
  };
  return {
    key: objectId,
    value: Buffer.from(JSON.stringify(event)),
    headers: { 'content-type': 'application/cloudevents+json', 'idempotency-key': id },
  };
}
