import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { ExportError } from '../request/export-error.js';
import type { GatheredRecord } from './read-records.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function findingBodies(pool: Pool, caseIds: readonly string[]) {
  const { rows } = await pool.query<{ finding_id: string; change_no: number; body: string }>(
    'select finding_id, change_no, body from finding_change where case_id = any($1)',
    [caseIds],
  );
  return rows.map((row) => [`finding:${row.finding_id} ${row.change_no}`, row.body] as const);
}

async function alertDetails(pool: Pool, alertIds: readonly string[]) {
  const { rows } = await pool.query<{ alert_id: string; event_no: number; detail: JsonValue }>(
    'select alert_id, event_no, detail from alert_event where alert_id = any($1)',
    [alertIds],
  );
  return rows.map(
    (row) => [`alert:${row.alert_id} ${row.event_no}`, canonicalJson(row.detail)] as const,
  );
}

/**
 * The texts that records name by their digest, by leaf index: what a rule found, and what is kept with an event of an
 * alert. Throws ExportError where a text is missing or is not the one that was recorded.
 */
export async function readDisclosures(
  pool: Pool,
  chains: ReadonlyMap<string, readonly GatheredRecord[]>,
): Promise<Map<number, string>> {
  const ids = (kind: string) =>
    [...chains.keys()]
      .filter((entity) => entity.startsWith(`${kind}:`))
      .map((entity) => entity.slice(kind.length + 1));
  const texts = new Map<string, string>([
    ...(await findingBodies(pool, ids('case'))),
    ...(await alertDetails(pool, ids('alert'))),
  ]);
  const disclosures = new Map<number, string>();
  for (const { leafIndex, record } of [...chains.values()].flat()) {
    const digest = record.fields.bodyDigest ?? record.fields.detailDigest;
    if (digest === undefined) continue;
    const text = texts.get(`${record.object} ${record.fields.changeNo ?? record.fields.eventNo}`);
    if (text === undefined || sha256(text) !== digest)
      throw new ExportError('broken-trail', { entity: record.entity ?? record.object });
    disclosures.set(leafIndex, text);
  }
  return disclosures;
}
