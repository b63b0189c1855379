import { alertIdOf } from '#core/alert/fold-alerts.js';
import type { Entities } from './entities.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';
import { type BundleRecord, recordPath } from './records.js';
import type { BundleRequest } from './request.js';
import { index, listOf } from './shape.js';

type Records = ReadonlyMap<number, BundleRecord>;

const LOOSE = 'data/loose.json';
const RAISED = 'finding.raised';

/**
 * Nothing is too much and nothing too little: every record stands in the chain of its entity or in the list of those given
 * alone, none twice; and what the scope and the records themselves lead to has its chain, whatever the bundle lists.
 */
export function inspectCoverage(
  inspection: Inspection,
  request: BundleRequest,
  { records, chains, listed }: Entities & { readonly records: Records },
): void {
  const { report } = inspection;
  const loose = new Set(inspection.json(LOOSE, listOf(index)) ?? []);
  for (const leafIndex of loose)
    if (!records.has(leafIndex) && !inspection.files.has(recordPath(leafIndex)))
      report.fail(BUNDLE_EXIT.fileMissing, 'file.missing', recordPath(leafIndex));
  for (const { index: leafIndex, path } of records.values())
    if (!loose.has(leafIndex) && !listed.has(leafIndex))
      report.fail(BUNDLE_EXIT.chain, 'record.unlisted', path);
  noneTwice(inspection, records);
  for (const entity of named(request, chains))
    if (!chains.has(entity)) report.fail(BUNDLE_EXIT.chain, 'entity.absent', null, { entity });
  if (request.scope.kind !== 'alert') inspectAlerts(inspection, request, chains);
}

/** Two records with one number are two histories of the entity, whether or not they stand in its list. */
function noneTwice({ report }: Inspection, records: Records): void {
  const seen = new Map<string, string>();
  for (const { leaf, path } of records.values()) {
    const { entity, entitySeq: seq } = leaf;
    if (entity === null || seq === null) continue;
    const other = seen.get(`${seq} ${entity}`);
    if (other !== undefined)
      report.fail(BUNDLE_EXIT.chain, 'entity.twice', path, { entity, seq, other });
    seen.set(`${seq} ${entity}`, path);
  }
}

/** Entities that the request names, the one that its scope is about, and the case of each alert. */
function named({ scope, cases, alerts }: BundleRequest, chains: Entities['chains']): Set<string> {
  const entities = [...cases.map((id) => `case:${id}`), ...alerts.map((id) => `alert:${id}`)];
  if (scope.kind === 'case') entities.push(`case:${scope.caseId}`);
  if (scope.kind === 'alert') entities.push(`alert:${scope.alertId}`);
  for (const [entity, [first]] of chains)
    if (entity.startsWith('alert:') && first !== undefined)
      entities.push(`case:${first.leaf.fields.caseId}`);
  return new Set(entities);
}

/**
 * Each finding of a case has its alert: both are recorded by one transaction, and no exporter pins a size that cuts one in
 * two. So nobody can leave an alert out that was held, grouped or taken back.
 */
function inspectAlerts(
  { report }: Inspection,
  { indexSize }: BundleRequest,
  chains: Entities['chains'],
): void {
  for (const chain of chains.values())
    for (const { index: leafIndex, leaf, path } of chain) {
      if (leaf.action !== RAISED || leafIndex >= indexSize) continue;
      const entity = `alert:${alertIdOf(leaf.object.replace(/^finding:/, ''))}`;
      if (!chains.has(entity)) report.fail(BUNDLE_EXIT.chain, 'alert.absent', path, { entity });
    }
}
