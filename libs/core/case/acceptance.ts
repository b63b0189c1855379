import { readDate } from '../calendar/local-time.js';
import type { Day, Event, Instant } from '../event/event.js';
import type { CaseView } from './case-view.js';
import { isClosing } from './closing.js';

/** When the decision clocks begin (行政许可法 32; time.md section 4). */
export interface Acceptance {
  /** Day 0 of the decision clocks. */
  readonly on: Day;
  /** The event that it rests on; its root identifies every window anchored here. */
  readonly event: Event;
  /** True for acceptance by silence, back-dated to receipt. */
  readonly deemed: boolean;
  /** First instant at which the acceptance exists; for silence that nothing has broken yet it may lie ahead. */
  readonly from: Instant;
}

/** Working days within which a filing must be answered; silence then means acceptance (行政许可法 32(4)). */
export const FILING_LIMIT = 5;

const ANSWERS = new Set(['approval.accepted', 'approval.refused', 'approval.supplement-requested']);

/** Acceptance of a case, or null where there is none yet. See docs/readings.md section 1. */
export function acceptanceOf(view: CaseView): Acceptance | null {
  const accepted = view.first('approval.accepted');
  const deemed = deemedAcceptance(view);
  if (deemed !== null) return deemed;
  if (accepted === undefined) return null;
  const supplemented = lastCompletion(view, accepted);
  const day = supplemented === null ? statedDay(view, accepted) : view.dayOf(supplemented);
  return { on: day, event: accepted, deemed: false, from: accepted.occurredAt };
}

/** The instant at which silence becomes acceptance, if nothing answers before it; null where it cannot. */
export function deemedFrom(view: CaseView): Instant | null {
  const received = view.first('approval.received');
  if (received === undefined) return null;
  const { calendar } = view.around;
  const last = calendar.addWorkdays(view.dayOf(received), FILING_LIMIT);
  return calendar.startOf(last + 1);
}

function deemedAcceptance(view: CaseView): Acceptance | null {
  const received = view.first('approval.received');
  const from = deemedFrom(view);
  if (received === undefined || from === null) return null;
  if (view.item?.tags.includes('filing-limit-special')) return null;
  const answer = view.events.find((event) => ANSWERS.has(event.type) || isClosing(event));
  if (answer !== undefined && answer.occurredAt < from) return null;
  return { on: view.dayOf(received), event: received, deemed: true, from };
}

function lastCompletion(view: CaseView, accepted: Event): Event | null {
  const asked = view.ofType('approval.supplement-requested');
  if (!asked.some((event) => event.occurredAt <= accepted.occurredAt)) return null;
  const complete = view
    .ofType('approval.supplemented')
    .filter((event) => event.data.complete === true && event.occurredAt <= accepted.occurredAt);
  return complete.at(-1) ?? null;
}

function statedDay(view: CaseView, accepted: Event): Day {
  const stated = accepted.data.acceptedOn;
  const day = typeof stated === 'string' ? readDate(stated) : null;
  return day ?? view.dayOf(accepted);
}
