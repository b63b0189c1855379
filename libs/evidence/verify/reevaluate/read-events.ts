import { createDecoder, type Decoder } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import type { Inspection } from '../inspection.js';
import { BUNDLE_EXIT } from '../outcome.js';
import { SOURCE_INDEX, type SourceEvent } from '../payloads.js';
import { anyObject } from '../shape.js';
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
 * attributes came in headers, which are not kept, do not decode by themselves: of those the monitor's form is taken, and said so.
 */
export function readEvents(
  inspection: Inspection,
  sources: readonly SourceEvent[],
  settings: FeedSettings,
): ReadEvents {
  const decoder = createDecoder({ feeds: settings.feedOf });
  const byCase = new Map<string, CaseEvent[]>();
  const byLeaf = new Map<number, Event>();
  let taken = 0;
  const add = (caseId: string, one: CaseEvent) => {
    const events = byCase.get(caseId);
    if (events === undefined) byCase.set(caseId, [one]);
    else events.push(one);
  };
  for (const source of sources) {
    const decoded = decode(inspection, source, decoder);
    const kept = keptForm(inspection, source);
    const event = decoded ?? kept;
    if (event === null) continue;
    if (decoded === null) taken += 1;
    else if (kept !== null && !isSame(decoded, kept))
      inspection.report.fail(BUNDLE_EXIT.reevaluation, 'event.read-otherwise', source.file, {
        event: `${source.source}/${source.id}`,
        record: source.leafIndex,
        file: source.decoded ?? '',
      });
    byLeaf.set(source.leafIndex, event);
    if (source.use === 'case') add(event.caseId, { leafIndex: source.leafIndex, event });
    for (const { caseId, leafIndex } of source.movedTo) add(caseId, { leafIndex, event });
  }
  for (const events of byCase.values()) events.sort((a, b) => a.leafIndex - b.leafIndex);
  if (taken > 0) inspection.report.note('event.taken', SOURCE_INDEX, { count: taken });
  return { byCase, byLeaf };
}

function decode(
  { files, report }: Inspection,
  { file, receivedAt, digest }: SourceEvent,
  decoder: Decoder,
): Event | null {
  const value = file === null || report.isDamaged(file) ? undefined : files.get(file);
  if (value === undefined) return null;
  const decoded = decoder.decode({ value, receivedAt: Date.parse(receivedAt), digest });
  return decoded.ok ? decoded.event : null;
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
