import type { Event } from '../event/event.js';
import { isClosing } from './closing.js';

/** What an event does to a case besides standing in it: it ends it, it can move a clock, or neither. */
export type Touch = 'plain' | 'closing' | 'mover';

const MOVING = new Set(['approval.paused', 'approval.resumed', 'approval.extended']);
/** Types that make a notice one about a clock. */
const NOTICED: readonly string[] = ['approval.paused', 'approval.extended'];
/** Types that acceptance, filing date and catalogue version are derived from. */
const FOUNDING = new Set([
  'approval.applied',
  'approval.received',
  'approval.accepted',
  'approval.supplement-requested',
  'approval.supplemented',
]);

/** The case as far as it matters here; it already holds the event. */
export interface TouchedCase {
  hasAny(types: readonly string[]): boolean;
}

export function touchOf(event: Event, view: TouchedCase): Touch {
  if (isClosing(event)) return 'closing';
  if (MOVING.has(event.type)) return 'mover';
  return event.type === 'approval.notice-served' && view.hasAny(NOTICED) ? 'mover' : 'plain';
}

/** True where acceptance, catalogue version, clocks, pauses and closing stay what they were before the event. */
export function changesNothingDerived(event: Event, view: TouchedCase): boolean {
  return !FOUNDING.has(event.type) && touchOf(event, view) === 'plain';
}
