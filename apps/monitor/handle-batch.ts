import type { AlertChange } from '#core/alert/alert.js';
import { REFERENCE_TYPES, type ReferenceSettings } from '#core/build-references.js';
import { CALENDAR_TYPES } from '#core/calendar/published.js';
import type { Decoder } from '#core/event/decode.js';
import { compareEvents } from '#core/event/effective.js';
import type { Event, Instant } from '#core/event/event.js';
import { itemOfFact } from '#core/fact-times.js';
import { reachOf } from '#core/reach.js';
import { type CaseOpening, keptOf, laneOf, type WorkCase } from '#core/work-case.js';
import { KnownEventError, StaleCaseError } from '#store/errors.js';
import { findIdentities, identityKey } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import {
  type CaseToSave,
  emptyStep,
  type MessageToSave,
  type StepToSave,
  type TouchedItem,
  type TouchedRegion,
} from '#store/step-to-save.js';
import type { Writer } from '#store/writer.js';
import type { PartitionBatch } from '#streams/event-log.js';
import type { CaseCache } from './case-cache.js';
import { CoverageGain, type CoverageLanes, coveredBy } from './coverage-lanes.js';
import {
  type DecodedRecords,
  decodeRecords,
  type ReadRecord,
  type RecordTime,
} from './decode-records.js';
import { type LawSource, referenceToSave } from './law-source.js';
import { alertMessage, rejectedMessage } from './outgoing.js';
import { takeUp } from './take-up.js';
import { TakenRecords } from './taken-records.js';

/** Everything that a monitor works with besides the batch. */
export interface MonitorTools {
  readonly writer: Writer;
  readonly decoder: Decoder;
  readonly laws: LawSource;
  readonly cache: CaseCache;
  readonly lanes: CoverageLanes;
  readonly time: RecordTime;
  readonly actor: string;
}

export interface BatchOutcome {
  readonly events: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly changes: number;
  readonly alerts: number;
  readonly cases: number;
}

const ATTEMPTS = 5;
/** Streams about feeds and calendars: they move coverage, but belong to no case. */
const CASELESS = /^(feed|calendar|catalog|org)\./;
/** Its whole effect is coverage. */
const HEARTBEAT = 'feed.heartbeat';

/**
 * One batch of one partition, from bytes to the commit. Everything it changes is saved in one transaction with the
 * partition's position: a crash anywhere before the commit leaves nothing, and the batch comes again from the position;
 * a crash after it leaves all of it, and the position says so. Where another process changed a case meanwhile, the
 * batch is evaluated again on what is saved now.
 */
export async function handleBatch(
  batch: PartitionBatch,
  tools: MonitorTools,
): Promise<BatchOutcome> {
  const decoded = decodeRecords(batch.records, tools.decoder, tools.time);
  const references = decoded.read.filter(({ event }) => REFERENCE_TYPES.has(event.type));
  for (const { event } of references) tools.laws.add(event);
  const sorted: Sorted = {
    decoded,
    references,
    ofCases: decoded.read.filter(({ event }) => !CASELESS.test(event.type)),
    caseless: decoded.read.filter(
      ({ event }) => CASELESS.test(event.type) && event.type !== HEARTBEAT,
    ),
  };
  let elsewhere = await savedBefore(sorted.caseless, tools);
  for (let attempt = 1; ; attempt += 1) {
    await tools.laws.refresh(tools.writer.pool);
    const run = await evaluateBatch(batch, { ...sorted, elsewhere }, tools);
    try {
      // The commit. Before it nothing is kept, after it everything.
      await saveStep(tools.writer, run.step);
      run.saved();
      return run.outcome;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      // The same bytes stand under another case number, or another partition saved them just now.
      if (error instanceof KnownEventError) elsewhere = await savedBefore(decoded.read, tools);
      else if (!(error instanceof StaleCaseError)) throw error;
    }
  }
}

/** Identity with its bytes. */
function versionKey(event: Event): string {
  return `${identityKey(event)}\n${event.rawDigest}`;
}

/** Which of these records are saved already, whatever case they stand in. */
async function savedBefore(
  reads: readonly ReadRecord[],
  tools: MonitorTools,
): Promise<Set<string>> {
  const saved = new Set<string>();
  if (reads.length === 0) return saved;
  const known = await findIdentities(
    tools.writer.pool,
    reads.map(({ event }) => event),
  );
  for (const { event } of reads)
    for (const version of known.get(identityKey(event)) ?? [])
      if (version.rawDigest === event.rawDigest && version.caseId !== event.caseId)
        saved.add(versionKey(event));
      else if (version.rawDigest === event.rawDigest && CASELESS.test(event.type))
        saved.add(versionKey(event));
  return saved;
}

interface Sorted {
  readonly decoded: DecodedRecords;
  readonly ofCases: readonly ReadRecord[];
  readonly references: readonly ReadRecord[];
  /** Records about feeds, calendars, catalogue and postings, heartbeats apart. */
  readonly caseless: readonly ReadRecord[];
}

interface BatchRun {
  readonly step: StepToSave;
  readonly outcome: BatchOutcome;
  /** Brings cache and coverage up to what was committed. */
  saved(): void;
}

async function evaluateBatch(
  batch: PartitionBatch,
  sorted: Sorted & { readonly elsewhere: ReadonlySet<string> },
  tools: MonitorTools,
): Promise<BatchRun> {
  const { decoded, ofCases, references, caseless, elsewhere } = sorted;
  const lawAt = (knownAt: Instant) => tools.laws.at(knownAt);
  const now = decoded.lastReceivedAt ?? tools.time.now();
  const feeds = lawAt(now).around.references;
  const openings = openingsOf(batch, ofCases);
  const { works, routes, frozen } = await takeUp(ofCases, openings, {
    client: tools.writer.pool,
    writer: tools.writer,
    cache: tools.cache,
    laws: tools.laws,
    now,
    partition: batch.partition,
  });
  const lanes = tools.lanes.copy();
  const gain = new CoverageGain(batch.partition, (source) => feeds.feed(source).agreedDelayHours);
  const taken = new TakenRecords({ works, routes, lawAt, coverage: lanes.of });
  const inCase = new Set(ofCases);
  const kept = new Set(caseless);
  const seen = new Set<string>();
  for (const read of decoded.read) {
    const { event, record } = read;
    if (kept.has(read)) {
      const isNew = !elsewhere.has(versionKey(event)) && !seen.has(versionKey(event));
      seen.add(versionKey(event));
      taken.keep(read, isNew);
    } else if (inCase.has(read) && (elsewhere.has(versionKey(event)) || frozen.has(event)))
      taken.keep(read, false);
    else if (inCase.has(read)) taken.take(read);
    gain.addEvent(event);
    lanes.advance(laneOf(event.source, record.partition), coveredBy(event));
  }
  for (const one of decoded.rejected) gain.addRejected(one.source, one.receivedAt);
  const touched = [...works.values()].filter(
    ({ caseId }) => openings.has(caseId) || taken.visited.has(caseId),
  );
  const savedAt = tools.time.fromHeader
    ? (decoded.lastReceivedAt ?? tools.time.now())
    : tools.time.now();
  const step: StepToSave = {
    ...emptyStep(tools.actor, savedAt),
    stream: {
      topic: batch.topic,
      partition: batch.partition,
      fromOffset: batch.startOffset,
      nextOffset: batch.nextOffset,
      consumedThrough: decoded.lastReceivedAt ?? 0,
    },
    events: taken.events,
    moved: taken.moved,
    rejected: decoded.rejected,
    cases: touched.map((work) => caseToSave(work)),
    changes: taken.changes,
    alerts: taken.alerts,
    references: references.map(({ event }) => referenceToSave(event)),
    touchedItems: touchedItems(references, elsewhere),
    touchedRegions: touchedRegions(references, elsewhere, tools.laws.settings),
    coverage: gain.toSave(),
    messages: messagesOf(taken.alerts, decoded, savedAt),
  };
  return {
    step,
    outcome: outcomeOf(step),
    saved: () => {
      for (const [lane, through] of lanes.entries()) tools.lanes.advance(lane, through);
      for (const work of touched) work.version += 1;
      // With those that were taken up although nothing of the batch concerned them in the end.
      for (const work of works.values()) tools.cache.keep(work);
    },
  };
}

/** Items with a version that nobody has saved before. */
function touchedItems(
  references: readonly ReadRecord[],
  elsewhere: ReadonlySet<string>,
): TouchedItem[] {
  const items = new Map<string, TouchedItem>();
  for (const { event } of references) {
    if (!event.type.startsWith('catalog.') || elsewhere.has(versionKey(event))) continue;
    const itemCode = itemOfFact(event);
    items.set(itemCode, { itemCode, at: event.receivedAt });
  }
  return [...items.values()];
}

/**
 * What nobody has saved before and may have been judged wrongly without. A posting or outage known before the day from
 * which it holds touches nothing. Postings of one unit that come together touch its cases once.
 */
function touchedRegions(
  references: readonly ReadRecord[],
  elsewhere: ReadonlySet<string>,
  { feeds }: ReferenceSettings,
): TouchedRegion[] {
  const touches = new Map<string, TouchedRegion>();
  for (const { event } of references) {
    const reach = elsewhere.has(versionKey(event)) ? null : reachOf(event, feeds);
    const isCalendar = CALENDAR_TYPES.has(event.type);
    if (reach === null || (!isCalendar && reach.judgedSince > event.receivedAt)) continue;
    const touchId = `${event.source}/${event.id}@${event.rawDigest}`;
    const key = reach.agencyCode ?? touchId;
    const known = touches.get(key);
    touches.set(key, {
      touchId: known?.touchId ?? touchId,
      at: Math.max(event.receivedAt, known?.at ?? 0),
      reach: {
        ...reach,
        judgedSince: Math.min(reach.judgedSince, known?.reach.judgedSince ?? reach.judgedSince),
      },
    });
  }
  return [...touches.values()];
}

function outcomeOf(step: StepToSave): BatchOutcome {
  return {
    events: step.events.length,
    duplicates: step.events.filter((one) => one.outcome === 'duplicate').length,
    rejected: step.rejected.length,
    changes: step.changes.length,
    alerts: step.alerts.length,
    cases: step.cases.length,
  };
}

function openingsOf(batch: PartitionBatch, reads: readonly ReadRecord[]): Map<string, CaseOpening> {
  const openings = new Map<string, CaseOpening>();
  for (const { event } of reads)
    if (!openings.has(event.caseId))
      openings.set(event.caseId, {
        caseId: event.caseId,
        regionCode: event.regionCode,
        agencyCode: event.agencyCode,
        partition: batch.partition,
      });
  return openings;
}

/** The case's row as it is to stand; region, agency and item are those of its first event in legal order. */
export function caseToSave(work: WorkCase): CaseToSave {
  const kept = keptOf(work);
  const { frozen } = work;
  const { view } = work.state;
  const first = view.events[0] ?? work.state.received.toSorted(compareEvents)[0];
  return {
    caseId: work.caseId,
    version: work.version,
    asOf: kept.asOf,
    nextDueAt: kept.nextDueAt,
    regionCode: first?.regionCode ?? work.opening.regionCode,
    handlingRegionCode: frozen?.handlingRegionCode ?? handlingRegionOf(view.events),
    agencyCode: first?.agencyCode ?? work.opening.agencyCode,
    itemCode: frozen?.itemCode ?? view.itemCode,
    itemName: frozen?.itemName ?? view.item?.name ?? null,
    openState: kept.open ? 'open' : 'closed',
    isTest: frozen?.isTest ?? view.isTest(),
  };
}

function handlingRegionOf(events: readonly Event[]): string | null {
  for (const event of events)
    if (typeof event.data.handlingRegionCode === 'string') return event.data.handlingRegionCode;
  return null;
}

function messagesOf(
  alerts: readonly AlertChange[],
  decoded: DecodedRecords,
  notBefore: Instant,
): MessageToSave[] {
  return [
    ...alerts.flatMap((change) => alertMessage(change, notBefore)),
    ...decoded.rejected.flatMap((one, index) =>
      rejectedMessage(one, decoded.rejectedRecords[index], notBefore),
    ),
  ];
}
