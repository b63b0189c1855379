import type { Clock, Stop } from '../calendar/clock.js';
import { computeClock } from '../calendar/compute-clock.js';
import type { Day, Event } from '../event/event.js';
import type { CaseView, LimitName } from './case-view.js';
import type { Movers } from './movers.js';
import { stopsFor } from './pause.js';

/** The clock of a case's promised or statutory limit from its acceptance; null without acceptance or limit. */
export function caseClock(view: CaseView, name: LimitName, movers: Movers): Clock | null {
  const { acceptance } = view;
  const limit = view.limit(name);
  if (acceptance === null || limit === null) return null;
  return computeClock({
    calendar: view.around.calendar,
    startAt: startOf(view, acceptance.event, acceptance.on),
    startDay: acceptance.on,
    limit,
    added: addedBy(movers, name),
    stops: [...outageStops(view), ...stopsFor(movers.pauses, name)],
  });
}

/** Hour limits run from the minute of the fact; a fact back-dated to another day runs from the beginning of that day. */
export function startOf(view: CaseView, event: Event, day: Day): number {
  return view.dayOf(event) === day ? event.occurredAt : view.around.calendar.startOf(day);
}

/** Units added by the extensions that count for a clock. */
export function addedBy(movers: Movers, name: LimitName): number {
  let added = 0;
  for (const extension of movers.extensions)
    if (name === 'promised' ? extension.extendsPromised : extension.extendsStatutory)
      added += extension.added.value;
  return added;
}

/** Days of declared outages of the case's feed (X8): every local date that the outage touches. */
export function outageStops(view: CaseView): Stop[] {
  const source = view.events[0]?.source;
  if (source === undefined) return [];
  const outages = view.around.references.outages(source);
  if (outages.length === 0) return [];
  const { calendar } = view.around;
  return outages.map((outage) => ({
    first: calendar.dayOf(outage.from),
    last: calendar.dayOf(outage.to - 1),
    cause: outage.id,
  }));
}
