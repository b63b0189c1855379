import type { Day, Event } from '../event/event.js';
import type { CaseView, LimitName } from './case-view.js';
import { type ExtensionFact, judgeExtension } from './extension.js';
import { caseClock } from './limit-clock.js';
import { dayField, judgePause, type PauseFact } from './pause.js';

/** What moves the clocks of a case, in order of start or approval. */
export interface Movers {
  readonly pauses: readonly PauseFact[];
  readonly extensions: readonly ExtensionFact[];
}

/** Last days of the clocks before the mover in question; null where a clock does not run. */
export type LastDays = Readonly<Record<LimitName, Day | null>>;

export const NO_MOVERS: Movers = { pauses: [], extensions: [] };

/**
 * Pauses and extensions of a case, taken in the order of their start or approval (an extension first on the same day):
 * each is judged against the clocks that its predecessors left, so a pause within extended time is in time.
 */
export function moversOf(view: CaseView): Movers {
  const paused = view.ofType('approval.paused');
  const extended = view.ofType('approval.extended');
  if (paused.length === 0 && extended.length === 0) return NO_MOVERS;
  const steps = [
    ...extended.map((event) => step(view, event, 'approvedOn')),
    ...paused.map((event) => step(view, event, 'startOn')),
  ].sort((a, b) => a.day - b.day);
  const pauses: PauseFact[] = [];
  const extensions: ExtensionFact[] = [];
  for (const { event, day } of steps) {
    const lasts = lastDays(view, { pauses, extensions });
    if (event.type === 'approval.paused')
      pauses.push(
        judgePause(view, event, day, { lasts, previousOn: pauses.at(-1)?.startOn ?? null }),
      );
    else
      extensions.push(judgeExtension(view, event, day, { lasts, second: extensions.length > 0 }));
  }
  return { pauses, extensions };
}

function step(view: CaseView, event: Event, field: string): { event: Event; day: Day } {
  return { event, day: dayField(event, field) ?? view.dayOf(event) };
}

function lastDays(view: CaseView, movers: Movers): LastDays {
  const last = (name: LimitName) => caseClock(view, name, movers)?.lastDay ?? null;
  return { promised: last('promised'), statutory: last('statutory') };
}
