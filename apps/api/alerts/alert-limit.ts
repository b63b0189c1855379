import type { Calendar } from '#core/calendar/calendar.js';
import { computeClock } from '#core/calendar/compute-clock.js';
import type { Day, Instant } from '#core/event/event.js';
import type { AlertEntity } from '#store/entity/alert.entity.js';

/** Signing for an alert (workflow, transition 2): 1 working day from being raised, that day not counted. */
const SIGNING = { value: 1, unit: 'G' } as const;

/** Last day, included, of what is to be done next about an alert; null where nothing is asked of anybody. */
export function dueOn(
  alert: Pick<AlertEntity, 'state' | 'held'>,
  raisedAt: Instant | null,
  calendar: Calendar,
): Day | null {
  if (alert.state !== 'raised' || alert.held || raisedAt === null) return null;
  return computeClock({ calendar, startAt: raisedAt, limit: SIGNING }).lastDay;
}
