import type { Calendar } from '../calendar/calendar.js';
import { formatDate, parseInstant } from '../calendar/local-time.js';
import type { Event, Instant } from '../event/event.js';

/**
 * An event as predicates see it: its envelope and own fields side by side, dates as 'YYYY-MM-DD' in the calendar's
 * zone, instants as milliseconds. Own fields never overwrite the envelope; `docNo` is one and the same.
 */
export interface EventFact {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly at: Instant;
  readonly on: string;
  readonly recordedAt: Instant;
  readonly recordedOn: string;
  readonly receivedAt: Instant;
  readonly receivedOn: string;
  readonly precision: string;
}

/**
 * Facts made last, the oldest first: rules ask for the same few again and again while a case is looked at, and hardly
 * ever afterwards. Not a WeakMap of all events: the collector goes through one entry by entry each time it runs.
 */
const RECENT = 512;
const recent = new Map<Event, EventFact>();

/** The fact of an event. The zone is that of the calendar first asked with. */
export function factOf(event: Event, calendar: Calendar): EventFact {
  const known = recent.get(event);
  if (known !== undefined) return known;
  const fact = {
    ...event.data,
    id: event.id,
    source: event.source,
    type: event.type,
    at: event.occurredAt,
    on: formatDate(calendar.dayOf(event.occurredAt)),
    recordedAt: event.recordedAt,
    recordedOn: formatDate(calendar.dayOf(event.recordedAt)),
    receivedAt: event.receivedAt,
    receivedOn: formatDate(calendar.dayOf(event.receivedAt)),
    precision: event.precision,
    agencyCode: event.agencyCode,
    regionCode: event.regionCode,
    itemCode: event.itemCode,
    itemVersion: event.itemVersion,
    operator: event.operator,
    responsible: event.responsible,
    docNo: event.docNo,
    isTest: event.isTest,
  };
  if (recent.size >= RECENT) recent.delete(recent.keys().next().value as Event);
  recent.set(event, fact);
  return fact;
}

/** Local date of an RFC 3339 time, or '' where the value is absent or unreadable. */
export function dateOfTime(value: unknown, calendar: Calendar): string {
  if (typeof value !== 'string') return '';
  const parsed = parseInstant(value);
  return parsed === null ? '' : formatDate(calendar.dayOf(parsed.at));
}
