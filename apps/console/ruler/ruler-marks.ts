import type { Schemas } from '../api/client.js';
import { dateOf, partOfDay } from './local-day.js';
import type { Line, LineKind, PauseSpan, Pin, StepSpan } from './ruler-types.js';

export type CaseEvent = Schemas['EventDto'];

const HOUR_MS = 3_600_000;
/** From here on an event shows as received late; one that knows its day only has the day besides. */
const LATE_MS = 24 * HOUR_MS;

/** True where an event was received much later than it happened, by its own two times. */
export function isReceivedLate({ occurredAt, receivedAt, precision }: CaseEvent): boolean {
  const allowed = precision === 'day' ? 2 * LATE_MS : LATE_MS;
  return Date.parse(receivedAt) - Date.parse(occurredAt) > allowed;
}

/** Entered at its source much later than it happened. */
export function isEnteredLate({ occurredAt, recordedAt, precision }: CaseEvent): boolean {
  const allowed = precision === 'day' ? 2 * LATE_MS : LATE_MS;
  return Date.parse(recordedAt) - Date.parse(occurredAt) > allowed;
}

/** An event with its number in the list that its pin leads to. */
export interface Numbered {
  readonly no: number;
  readonly event: CaseEvent;
}

/** One pin for each event. */
export function pinsOf(events: readonly Numbered[], hrefOf: (no: number) => string): Pin[] {
  return events.map(({ no, event }) => ({
    key: `${event.source} ${event.id} ${event.dataVersion}`,
    no,
    text: event.typeText,
    href: hrefOf(no),
    date: dateOf(event.occurredAt),
    receivedOn: dateOf(event.receivedAt),
    late: isReceivedLate(event),
  }));
}

/** Steps from their entry to their completion, with the code of the step and who answers for it. */
export function stepsOf(events: readonly CaseEvent[]): StepSpan[] {
  const standing = events.filter(({ effective }) => effective);
  return standing.flatMap((event, index) => {
    if (event.type !== 'approval.step-entered') return [];
    const stepCode = textOf(event.data.stepCode);
    const completed = standing.find(
      (other, at) =>
        at > index &&
        other.type === 'approval.step-completed' &&
        textOf(other.data.stepCode) === stepCode,
    );
    const person = event.responsible ?? event.operator;
    return [
      {
        key: `${event.source} ${event.id}`,
        text: `${stepCode} ${person.name ?? person.staffNo}`,
        from: dateOf(event.occurredAt),
        to: completed === undefined ? null : dateOf(completed.occurredAt),
      },
    ];
  });
}

/**
 * Pauses as they were entered, with whether a written notice is on record: on the pause itself, or served by an event of
 * its own, which tells of one pause only. Whether a pause stops a clock is not judged here: the day list says it.
 */
export function pausesOf(events: readonly CaseEvent[]): PauseSpan[] {
  const standing = events.filter(({ effective }) => effective);
  const begun = standing.filter(({ type }) => type === 'approval.paused');
  const told = toldPauses(standing, begun);
  return begun.map((event) => {
    const pauseNo = textOf(event.data.pauseNo);
    const resumed = standing.find(
      ({ type, data }) => type === 'approval.resumed' && textOf(data.pauseNo) === pauseNo,
    );
    return {
      pauseNo,
      from: startOf(event),
      to:
        resumed === undefined ? null : (dayText(resumed.data.endOn) ?? dateOf(resumed.occurredAt)),
      told: told.has(event),
    };
  });
}

function startOf(event: CaseEvent): string {
  return dayText(event.data.startOn) ?? dateOf(event.occurredAt);
}

/** A notice tells of the last pause begun by its day, else of the first; that may have told of it already itself. */
function toldPauses(
  standing: readonly CaseEvent[],
  begun: readonly CaseEvent[],
): ReadonlySet<CaseEvent> {
  const told = new Set(begun.filter(({ data }) => (data.noticeServedAt ?? null) !== null));
  for (const notice of standing) {
    if (notice.type !== 'approval.notice-served' || textOf(notice.data.noticeKind) !== 'pause')
      continue;
    const on = dayText(notice.data.servedAt) ?? dateOf(notice.occurredAt);
    const its = begun.findLast((event) => startOf(event) <= on) ?? begun[0];
    if (its !== undefined) told.add(its);
  }
  return told;
}

/** Lines at the days on which an extension was approved. */
export function extensionLines(events: readonly CaseEvent[], text: (on: string) => string): Line[] {
  return events
    .filter(({ type, effective }) => effective && type === 'approval.extended')
    .map((event) => {
      const date = dayText(event.data.approvedOn) ?? dateOf(event.occurredAt);
      return { kind: 'extension', date, part: 1, text: text(date) };
    });
}

/**
 * A line at an instant, drawn at the nearer end of its day so that it crosses no number; the instant that everything
 * speaks of at the end of its own, which is the last that is judged.
 */
export function lineAt(kind: LineKind, instant: string, text: string): Line {
  const part = kind === 'as-of' ? 1 : Math.round(partOfDay(instant));
  return { kind, date: dateOf(instant), part, text };
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A date, or the date of an instant, as an event's own field says it. */
function dayText(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  return Number.isNaN(Date.parse(value)) ? null : dateOf(value);
}
