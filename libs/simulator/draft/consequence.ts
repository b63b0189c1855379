import type { Day } from '#core/event/event.js';
import { startOf } from '../workdays.js';
import { type CaseDraft, countedDay, dayAfter } from './case-draft.js';

/**
 * What follows from closing a case on a day that was chosen late on purpose: near-due and overdue findings of the
 * promised and the statutory (joint items: the 45-day) limit. Called only where the making of the case fixes the
 * closing day at or past a threshold. `closedOn` null: never closed.
 */
export function lateClosing(c: CaseDraft, closedOn: Day | null): void {
  const end = closedOn ?? Number.MAX_SAFE_INTEGER;
  const { kind, auto } = c.place.item.spec;
  if (!auto && c.promised.value > 1) nearDue(c, end);
  const promisedLast = c.last(c.promised.value);
  if (end > promisedLast)
    c.trips('OD-02', c.anchor, 'red', dayAfter(promisedLast), 'closed after the promised limit');
  if (kind === 'joint') jointLate(c, end);
  else {
    const statutoryLast = c.last(c.statutory.value);
    if (end > statutoryLast)
      c.trips(
        'OD-03',
        c.anchor,
        'red',
        dayAfter(statutoryLast),
        'decided after the statutory limit',
      );
  }
}

/** Notice from the day on which one unit is left, yellow from the day on which nine tenths are used. */
function nearDue(c: CaseDraft, end: Day): void {
  const limit = c.promised.value;
  const yellow = Math.ceil((limit * 9) / 10);
  const first = c.used(Math.min(limit - 1, yellow));
  if (end < first) return;
  const level = end >= c.used(yellow) ? 'yellow' : 'notice';
  c.trips('OD-01', c.anchor, level, startOf(first), 'still open when the promised limit was near');
}

function jointLate(c: CaseDraft, end: Day): void {
  const notice = countedDay(c.clockFrom, 41, 'G', c.stopped);
  const last = countedDay(c.clockFrom, 45, 'G', c.stopped);
  if (end < notice) return;
  c.trips(
    'OD-10',
    c.anchor,
    end > last ? 'red' : 'notice',
    startOf(notice),
    'joint case near or past 45 days',
  );
}
