import type { Calendar } from '../calendar/calendar.js';
import type { Clock } from '../calendar/clock.js';
import { formatDate } from '../calendar/local-time.js';
import type { CaseView } from '../case/case-view.js';
import { type EventFact, factOf } from '../case/event-fact.js';
import { materialsHeldBefore, missingRequired } from '../case/material.js';
import type { PauseFact } from '../case/pause.js';
import type { Day, Event } from '../event/event.js';
import type { CatalogItem, RegionSettings } from '../reference.js';

/** A clock as predicates see it; `known` is false where it does not run. */
export interface ClockFact {
  readonly known: boolean;
  readonly day0: string;
  readonly lastOn: string;
  readonly total: number;
}

const UNKNOWN_CLOCK: ClockFact = { known: false, day0: '', lastOn: '', total: 0 };

const NO_ITEM = {
  known: false,
  itemCode: '',
  itemVersion: '',
  name: '',
  kind: '',
  agencyCode: '',
  regionCode: '',
  stopGrounds: [],
  steps: [],
  materials: [],
  fees: [],
  hearingRequired: false,
  selectionRequired: false,
  inspectionRequired: false,
  siteVisitRequired: false,
  inspectorsMin: 0,
  autoApproval: false,
  approverPosts: [],
  channels: [],
  tags: [],
} as const;

const itemFacts = new WeakMap<CatalogItem, object>();

/** A catalogue version as predicates see it; `known` is false where none is valid. */
function itemFact(item: CatalogItem | null): object {
  if (item === null) return NO_ITEM;
  let fact = itemFacts.get(item);
  if (fact === undefined) {
    fact = { ...item, known: true };
    itemFacts.set(item, fact);
  }
  return fact;
}

/**
 * What a predicate may name: the anchor, the ending event, the case and its derived facts. Each is computed only when a
 * predicate asks for it. One scope serves a whole evaluation; windows move `anchor`, `ending` and `windowClock`.
 */
export class Scope {
  anchor: Event | null = null;
  ending: Event | null = null;
  windowClock: Clock | null = null;
  params: Readonly<Record<string, unknown>> = {};

  constructor(readonly view: CaseView) {}

  get calendar(): Calendar {
    return this.view.around.calendar;
  }

  get event(): EventFact | null {
    return this.anchor === null ? null : factOf(this.anchor, this.view.around.calendar);
  }

  get end(): EventFact | null {
    return this.ending === null ? null : factOf(this.ending, this.view.around.calendar);
  }

  get case(): Record<string, readonly EventFact[]> {
    return this.view.lists();
  }

  get item(): object {
    return itemFact(this.view.item);
  }

  get limitItem(): object {
    return itemFact(this.view.limitItem);
  }

  get region(): RegionSettings {
    return this.view.around.references.region(this.anchor?.regionCode ?? '');
  }

  get filedOn(): string {
    return dateOrBlank(this.view.filedOn);
  }

  get acceptance(): { known: boolean; on: string; deemed: boolean; at: number } {
    const acceptance = this.view.acceptance;
    return acceptance === null
      ? { known: false, on: '', deemed: false, at: 0 }
      : {
          known: true,
          on: formatDate(acceptance.on),
          deemed: acceptance.deemed,
          at: acceptance.from,
        };
  }

  get closing(): { known: boolean; type: string; on: string; at: number } {
    const closing = this.view.closing;
    if (closing === null) return { known: false, type: '', on: '', at: 0 };
    const fact = factOf(closing, this.view.around.calendar);
    return { known: true, type: fact.type, on: fact.on, at: fact.at };
  }

  get promised(): ClockFact {
    return clockFact(this.view.clock('promised'));
  }

  get statutory(): ClockFact {
    return clockFact(this.view.clock('statutory'));
  }

  get clock(): ClockFact {
    return clockFact(this.windowClock);
  }

  get pauses(): readonly object[] {
    return this.view.pauses.map((pause) => pauseFact(this.view, pause));
  }

  /** The pause that the anchor began. */
  get pause(): object {
    const pause = this.view.pauses.find((one) => one.event === this.anchor);
    return pause === undefined ? {} : pauseFact(this.view, pause);
  }

  /** The extension that the anchor approved. */
  get extension(): object {
    return this.view.extensions.find((one) => one.event === this.anchor) ?? {};
  }

  get materialsHeld(): readonly object[] {
    return this.anchor === null ? [] : materialsHeldBefore(this.view, this.anchor);
  }

  get materialsMissing(): readonly string[] {
    return this.anchor === null ? [] : missingRequired(this.view, this.anchor);
  }
}

function dateOrBlank(day: Day | null): string {
  return day === null ? '' : formatDate(day);
}

function clockFact(clock: Clock | null): ClockFact {
  if (clock === null) return UNKNOWN_CLOCK;
  return {
    known: true,
    day0: formatDate(clock.day0),
    lastOn: formatDate(clock.lastDay),
    total: clock.total,
  };
}

function pauseFact(view: CaseView, pause: PauseFact): object {
  const { calendar } = view.around;
  const { stop } = pause;
  return {
    ...pause,
    startOn: formatDate(pause.startOn),
    endOn: dateOrBlank(pause.endOn),
    ended: pause.endOn !== null,
    limitValue: pause.limit.value,
    at: pause.event.occurredAt,
    stoppedDays: stop === null ? 0 : calendar.workdaysBetween(stop.first - 1, stop.last),
    /** Working days that it lasted, whatever its limit; while it runs, those to its cap. */
    lastedDays:
      pause.endOn !== null
        ? calendar.workdaysBetween(pause.startOn, pause.endOn)
        : stop === null
          ? 0
          : calendar.workdaysBetween(pause.startOn, stop.last),
    resultText: String(pause.resumed?.data.resultText ?? ''),
  };
}
