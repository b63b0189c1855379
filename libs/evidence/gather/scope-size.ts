import type { Pool } from 'pg';
import { ExportError } from '../request/export-error.js';
import { type Material, ruleVersionsIn } from '../request/material.js';
import { MAX_FILES } from '../zip.js';
import { entitiesOf, type FoundScope } from './find-scope.js';

/** Records in the chains of a bundle at most. */
export const MOST_RECORDS = 16_000;

/**
 * Bytes of the events of a scope (as received and as read) and of the texts about them at most: all of it is in memory
 * while the zip is written, and no verifier reads a zip of 2 GB.
 */
export const MOST_BYTES = 1024 * 1024 * 1024;

/** Files that every bundle has: request, papers, lists, verifier, the tags of the bag, checkpoints with their proofs. */
const OTHER_FILES = 160;

/** How much a scope holds. */
export interface ScopeSize {
  /** Records in the chains of its cases and alerts. */
  readonly records: number;
  /** Records given without their chain: reference facts, gaps, quarantined records, homes of facts that were moved. */
  readonly loose: number;
  readonly events: number;
  /** Findings and details of alerts. */
  readonly texts: number;
  readonly cases: number;
  readonly alerts: number;
  readonly bytes: number;
  /** Versions of rules (`OD-02@1`) that its findings were made under. */
  readonly rules: readonly string[];
}

/** Files of the full edition; of the redacted one there are fewer. A record has its proof, an event its bytes and what was read. */
function filesOf({ records, loose, events, texts, cases, alerts }: ScopeSize, rules: number) {
  return 2 * (records + loose) + 2 * events + texts + 2 * cases + alerts + rules + 1 + OTHER_FILES;
}

/**
 * Throws ExportError where a bundle of this size cannot be: what is too much, by how much. `rules`: rule files that it
 * carries.
 */
export function demandFits(size: ScopeSize, rules: number): void {
  const { records, loose, events, bytes } = size;
  if (records > MOST_RECORDS)
    throw new ExportError('too-large', {
      records,
      most: MOST_RECORDS,
      over: records - MOST_RECORDS,
    });
  if (bytes > MOST_BYTES)
    throw new ExportError('too-many-bytes', { bytes, most: MOST_BYTES, over: bytes - MOST_BYTES });
  const files = filesOf(size, rules);
  if (files > MAX_FILES)
    throw new ExportError('too-many-files', {
      ...{ files, most: MAX_FILES, over: files - MAX_FILES },
      ...{ records, loose, events },
    });
}

/**
 * Throws ExportError where findings were made under versions of rules that the material does not hold: what cannot be
 * evaluated again is no evidence. The files of old versions are given with the approval.
 */
export function demandRules(rules: readonly string[], material: Material): void {
  const known = new Set(ruleVersionsIn(material));
  const missing = rules.filter((one) => !known.has(one));
  if (missing.length > 0) throw new ExportError('rules-missing', { rules: missing.join(', ') });
}

/**
 * How much a scope holds in the tree of `size`, counted by the database: nothing is opened, and no chain is read. What
 * only reading shows (facts of other cases, reference facts, gaps) is not among it.
 */
export async function measureScope(
  pool: Pool,
  scope: FoundScope,
  size: number,
): Promise<ScopeSize> {
  const { rows } = await pool.query<{
    records: string;
    events: string;
    texts: string;
    cases: string;
    alerts: string;
    bytes: string;
    rules: string[] | null;
  }>(
    `with recorded as materialized (
       select r.entity, r.object, r.action, r.rule_version from audit_record r join audit_leaf l on l.record_no = r.record_no
       where r.entity = any($1) and l.leaf_index < $2)
     select count(*) as records, count(*) filter (where action = 'event.accepted') as events,
       count(*) filter (where starts_with(action, 'finding.') or starts_with(action, 'alert.')) as texts,
       count(distinct entity) filter (where starts_with(entity, 'case:')) as cases,
       count(distinct entity) filter (where starts_with(entity, 'alert:')) as alerts,
       array_agg(distinct rule_version order by rule_version)
         filter (where starts_with(action, 'finding.') and rule_version is not null) as rules,
       (select coalesce(sum(octet_length(e.sealed)), 0) from event e where e.case_id = any($3)
          and ('case:' || e.case_id, 'event:' || e.source || '/' || e.event_id) in (select entity, object from recorded))
       + (select coalesce(sum(octet_length(f.body)), 0) from finding_change f where f.case_id = any($3)
          and 'finding:' || f.finding_id in (select object from recorded)) as bytes
     from recorded`,
    [entitiesOf(scope), size, scope.cases],
  );
  const [row] = rows;
  return {
    records: Number(row?.records),
    loose: 0,
    events: Number(row?.events),
    texts: Number(row?.texts),
    cases: Number(row?.cases),
    alerts: Number(row?.alerts),
    bytes: Number(row?.bytes),
    rules: row?.rules ?? [],
  };
}

/** Throws ExportError where no bundle could be made of the scope as it is in the tree now (demandFits, demandRules). */
export async function demandScopeFits(
  pool: Pool,
  find: (size: number) => Promise<FoundScope>,
  material: Material,
): Promise<void> {
  const { rows } = await pool.query<{ size: string }>('select size from audit_tree');
  const size = Number(rows[0]?.size ?? 0);
  const measured = await measureScope(pool, await find(size), size);
  demandFits(measured, material.rules.length);
  demandRules(measured.rules, material);
}
