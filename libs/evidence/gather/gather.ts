import type { Writer } from '#store/writer.js';
import { ExportError } from '../request/export-error.js';
import { type ExportRequest, entityOfRequest } from '../request/export-request.js';
import { scopeText } from '../request/export-scope.js';
import { loadMaterial, type Material } from '../request/material.js';
import { entitiesOf, type FoundScope, findScope } from './find-scope.js';
import type { Pin } from './pin.js';
import { CommittedIndex } from './prove.js';
import { type EarlierCheckpoint, readCheckpoints } from './read-checkpoints.js';
import { readDisclosures } from './read-disclosures.js';
import {
  byObject,
  EventOpener,
  type GatheredEvent,
  movedPlaces,
  readCaseEvents,
  readMovedEvents,
} from './read-events.js';
import { type GatheredGaps, readGaps } from './read-gaps.js';
import { type GatheredRecord, readChains, readOfAction, readOfObjects } from './read-records.js';
import { type GatheredFact, readReferences } from './read-references.js';
import { demandFits, demandRules, measureScope } from './scope-size.js';

/** Everything that a bundle is made of; all of it follows from rows that are only added, below the pinned size. */
export interface Gathered {
  readonly request: ExportRequest;
  readonly material: Material;
  readonly pin: Pin;
  readonly scope: FoundScope;
  /** Chains of the cases and alerts, by entity. */
  readonly chains: ReadonlyMap<string, readonly GatheredRecord[]>;
  /** Records given without their whole chain, in the order of the tree. */
  readonly loose: readonly GatheredRecord[];
  /** The request's own records. */
  readonly custody: readonly GatheredRecord[];
  readonly index: CommittedIndex;
  /** Events of the cases, of other cases that were moved here, and reference facts, in the order of their records. */
  readonly events: readonly GatheredEvent[];
  readonly facts: readonly GatheredFact[];
  readonly disclosures: ReadonlyMap<number, string>;
  readonly gaps: GatheredGaps;
  readonly checkpoints: readonly EarlierCheckpoint[];
  /** Secret of the scope, for salts. */
  readonly secret: Buffer;
}

async function secretOf(writer: Writer, request: ExportRequest): Promise<Buffer> {
  const { rows } = await writer.pool.query<{ secret: Buffer }>(
    "select secret from export_scope where scope_digest = sha256(convert_to($1, 'UTF8'))",
    [scopeText(request.scope)],
  );
  return rows[0]?.secret as Buffer;
}

async function eventsOf(
  writer: Writer,
  chains: ReadonlyMap<string, readonly GatheredRecord[]>,
  size: number,
) {
  const { pool } = writer;
  const opener = new EventOpener(writer);
  const places = movedPlaces(chains);
  const ofCases = [...chains.keys()].flatMap((entity) =>
    entity.startsWith('case:') ? entity.slice('case:'.length) : [],
  );
  await opener.unlock([...new Set([...ofCases, ...places.map((place) => place.homeCaseId)])]);
  const own = await readCaseEvents(pool, opener, chains);
  const homes = await readOfObjects(
    pool,
    places.map((place) => ({ entity: `case:${place.homeCaseId}`, object: place.object })),
    size,
  );
  const moved = await readMovedEvents(pool, opener, { chains, own, homes: byObject(homes) });
  const ofScope = [...own, ...moved];
  const { facts, records } = await readReferences(pool, opener, ofScope, size);
  const strays = new Set(moved.map(({ leafIndex }) => leafIndex));
  return {
    ofScope,
    facts,
    loose: [...homes.filter(({ leafIndex }) => strays.has(leafIndex)), ...records],
  };
}

/**
 * That the cases of events whose bytes are gone were erased: records outside of the chains of the bundle, which are given
 * alone. Throws ExportError where the erasure came after the signed state: it could not be shown in this one.
 */
async function erasuresOf(
  pool: Writer['pool'],
  events: readonly GatheredEvent[],
  chains: ReadonlyMap<string, readonly GatheredRecord[]>,
  size: number,
): Promise<GatheredRecord[]> {
  const gone = events.filter(({ raw, caseId }) => raw === null && caseId !== null);
  const entities = [...new Set(gone.map(({ caseId }) => `case:${caseId}`))];
  const found = await readOfAction(pool, { action: 'data.erased', entities }, size);
  const known = new Set(found.map(({ record }) => record.entity));
  const missing = gone.find(({ caseId }) => !known.has(`case:${caseId}`));
  if (missing !== undefined)
    throw new ExportError('erased-since', { entity: `case:${missing.caseId}` });
  const inChains = new Set([...chains.values()].flat().map(({ leafIndex }) => leafIndex));
  return found.filter(({ leafIndex }) => !inChains.has(leafIndex));
}

/** Reads everything of an approved request at its pinned state. Throws ExportError where the scope is empty or too large. */
export async function gather(writer: Writer, request: ExportRequest, pin: Pin): Promise<Gathered> {
  const { pool } = writer;
  const size = pin.indexSize;
  const material = await loadMaterial(pool, request.material as string);
  const scope = await findScope(pool, request.scope, size);
  const measured = await measureScope(pool, scope, size);
  demandFits(measured, material.rules.length);
  demandRules(measured.rules, material);
  const chains = await readChains(pool, entitiesOf(scope), size);
  if (chains.size === 0)
    throw new ExportError('unknown-scope', { scope: scopeText(request.scope) });
  const index = await CommittedIndex.read(pool, size);
  const { ofScope, facts, loose } = await eventsOf(writer, chains, size);
  const gaps = await readGaps(pool, ofScope, size);
  const known = new Map<number, GatheredRecord>();
  const erasures = await erasuresOf(pool, ofScope, chains, pin.treeSize);
  for (const one of [...loose, ...erasures, ...gaps.gaps, ...gaps.quarantined, index.record])
    known.set(one.leafIndex, one);
  demandFits(
    { ...measured, loose: known.size, events: ofScope.length + facts.length },
    material.rules.length,
  );
  const inChains = [...chains.values()].flat();
  const entity = entityOfRequest(request.requestNo);
  const raised = inChains.filter(({ record }) => record.action === 'finding.raised');
  const first = inChains.reduce((a, b) => (b.leafIndex < a.leafIndex ? b : a));
  const covered = [...new Set([first, ...raised].map(({ leafIndex }) => leafIndex))];
  return {
    request,
    material,
    pin,
    scope: {
      cases: scope.cases.filter((id) => chains.has(`case:${id}`)),
      alerts: scope.alerts.filter((id) => chains.has(`alert:${id}`)),
      others: scope.others,
    },
    chains,
    loose: [...known.values()].sort((a, b) => a.leafIndex - b.leafIndex),
    custody: (await readChains(pool, [entity], size)).get(entity) ?? [],
    index,
    events: [...ofScope, ...facts.map(({ event }) => event)].sort(
      (a, b) => a.leafIndex - b.leafIndex,
    ),
    facts,
    disclosures: await readDisclosures(pool, chains),
    gaps,
    checkpoints: await readCheckpoints(pool, request.scope, pin, covered),
    secret: await secretOf(writer, request),
  };
}
