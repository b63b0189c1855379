import type { CaseEnvelope, Fact } from './draft/fact.js';
import { isoOf } from './workdays.js';

/** A fact as a CloudEvents 1.0 JSON object in structured mode (events.md section 1). */
export function encodeFact(fact: Fact, of: CaseEnvelope): string {
  const data: Record<string, unknown> = {
    recordedAt: isoOf(fact.recordedAt),
    occurredPrecision: fact.precision,
    vocabularyVersion: of.vocabularyVersion,
    agencyCode: of.agencyCode,
    regionCode: of.regionCode,
    itemCode: of.itemCode,
    itemVersion: of.itemVersion,
    dataVersion: fact.dataVersion,
    operator: fact.operator,
  };
  if (fact.responsible !== null) data.responsible = fact.responsible;
  if (fact.docNo !== null) data.docNo = fact.docNo;
  if (fact.correctionOf !== null) {
    data.correctionOf = fact.correctionOf;
    data.correctionReason = '录入有误,经核对原始文书后更正。';
  }
  Object.assign(data, fact.envelope, fact.data);
  return encodeEvent(of.feed.source, fact.id, fact.type, of.subject, isoOf(fact.at), data);
}

/** Any event of the vocabulary as a CloudEvents JSON object. */
export function encodeEvent(
  source: string,
  id: string,
  type: string,
  subject: string,
  time: string,
  data: Record<string, unknown>,
): string {
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time,
    datacontenttype: 'application/json',
    data,
  });
}
