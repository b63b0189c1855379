import { createDecoder, type Decoder } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import { VOCABULARY } from '#core/event/vocabulary.js';
import type { Inspection } from '../inspection.js';
import { BUNDLE_EXIT } from '../outcome.js';
import { anyObject } from '../shape.js';
import { SOURCE_INDEX, type SourceEvent } from '../source-events.js';
import { isSame } from './differences.js';
import type { FeedSettings, KnownFact } from './read-law.js';

/** An event as a case got it: at which leaf it came in, of its own or moved from another case. */
export interface CaseEvent {
  readonly leafIndex: number;
  readonly event: Event;
}

/** Events by the case that they concern, in the order in which the case got them. */
export type EventsByCase = ReadonlyMap<string, readonly CaseEvent[]>;

/** What the received events say. */
export interface ReadEvents {
  readonly byCase: EventsByCase;
  /** By the leaf index of the event's own record. */
  readonly byLeaf: ReadonlyMap<number, Event>;
}

/**
 * Decodes the bytes as received anew, and compares the outcome with the event that the monitor worked with. Records whose
 * attributes came in headers, which are not kept, do not decode by themselves: of those the attributes are taken from the
 * monitor's form, and said so.
 */
export function readEvents(
  inspection: Inspection,
  sources: readonly SourceEvent[],
  settings: FeedSettings,
): ReadEvents {
  const byCase = new Map<string, CaseEvent[]>();
  const byLeaf = new Map<number, Event>();
  let taken = 0;
  const add = (caseId: string, one: CaseEvent) => {
    const events = byCase.get(caseId);
    if (events === undefined) byCase.set(caseId, [one]);
    else events.push(one);
  };
  const decoder = createDecoder({ feeds: settings.feedOf });
  for (const source of sources) {
    const decoded = decode(inspection, source, decoder);
    const kept = keptForm(inspection, source);
    const event = decoded ?? kept;
    if (!isReadFrom(inspection, source, { decoded, kept }))
      inspection.report.fail(BUNDLE_EXIT.reevaluation, 'event.read-otherwise', source.file, {
        event: `${source.source}/${source.id}`,
        record: source.leafIndex,
        file: source.decoded ?? '',
      });
    if (event === null) continue;
    if (decoded === null) taken += 1;
    byLeaf.set(source.leafIndex, event);
    if (source.use === 'case') add(event.caseId, { leafIndex: source.leafIndex, event });
    for (const { caseId, leafIndex } of source.movedTo) add(caseId, { leafIndex, event });
  }
  for (const events of byCase.values()) events.sort((a, b) => a.leafIndex - b.leafIndex);
  if (taken > 0) inspection.report.note('event.taken', SOURCE_INDEX, { count: taken });
  return { byCase, byLeaf };
}

function bytesOf({ files, report }: Inspection, { file }: SourceEvent): Uint8Array | undefined {
  return file === null || report.isDamaged(file) ? undefined : files.get(file);
}

function decode(inspection: Inspection, source: SourceEvent, decoder: Decoder): Event | null {
  const value = bytesOf(inspection, source);
  if (value === undefined) return null;
  const { receivedAt, digest } = source;
  const decoded = decoder.decode({ value, receivedAt: Date.parse(receivedAt), digest });
  return decoded.ok ? decoded.event : null;
}

/**
 * Whether the bytes give the event that the monitor worked with: by themselves, or with the attributes that it has, which may
 * have come in headers. Of what its record names them (type, source, id, case) they can only be the right ones; the instant is
 * the monitor's word.
 */
function isReadFrom(
  inspection: Inspection,
  source: SourceEvent,
  { decoded, kept }: { readonly decoded: Event | null; readonly kept: Event | null },
): boolean {
  const value = bytesOf(inspection, source);
  // What is withheld, erased or damaged was said before.
  if (value === undefined) return true;
  if (decoded !== null) return kept === null || isSame(decoded, kept);
  if (kept === null) return false;
  const receivedAt = Date.parse(source.receivedAt);
  const { digest } = source;
  const decoder = createDecoder({ feeds: (name) => feedOf(name, kept) });
  return [undefined, ...headersOf(kept)].some((headers) => {
    const record = { value, receivedAt, digest };
    const read = decoder.decode(headers === undefined ? record : { ...record, headers });
    return read.ok && isSame(read.event, kept);
  });
}

/** A feed that numbers cases as the event has it. */
function feedOf(source: string, { caseId, subject }: Event) {
  const authority = String(caseId).slice(0, -String(subject).length - 1);
  return { source, authority, agreedDelayHours: 0, batch: false };
}

const LATEST = 8.64e15;

/** Headers that an event may have come with: one way for each type that is stored under its type. */
function headersOf({ id, source, subject, type, occurredAt }: Event) {
  const isInstant = Number.isSafeInteger(occurredAt) && Math.abs(occurredAt) <= LATEST;
  const time = isInstant ? new Date(occurredAt).toISOString() : '';
  const types = [...VOCABULARY.values()].filter(({ storedAs }) => storedAs === type);
  return types.map((one) => ({
    ...{ ce_specversion: '1.0', ce_id: id, ce_source: source },
    ...{ ce_type: one.type, ce_subject: subject, ce_time: time },
  }));
}

function keptForm(inspection: Inspection, { decoded }: SourceEvent): Event | null {
  if (decoded === null || !inspection.files.has(decoded)) return null;
  return inspection.json(decoded, anyObject) as unknown as Event | null;
}

/** Each reference fact must be what one of the received events says. */
export function inspectReferences(
  inspection: Inspection,
  facts: readonly KnownFact[],
  { byLeaf }: ReadEvents,
): void {
  for (const { leafIndex, knownFrom, event } of facts) {
    const said = byLeaf.get(leafIndex);
    // Known since its receipt, which the list of events has from the record.
    if (said === undefined || !isSame(said, event) || knownFrom !== said.receivedAt)
      inspection.report.fail(
        BUNDLE_EXIT.reevaluation,
        'reference.unfounded',
        'data/calendar/references.json',
        { record: leafIndex, event: `${event.source}/${event.id}` },
      );
  }
}
