import { buildReferences, REFERENCE_TYPES, type ReferenceSettings } from './build-references.js';
import type { Calendar } from './calendar/calendar.js';
import { nationalEntries } from './calendar/national.js';
import { CALENDAR_TYPES, calendarsKnown, type KnownCalendars } from './calendar/published.js';
import { LAW_PUBLISHED_AT } from './calendar/statutory-holidays.js';
import type { Event, Instant } from './event/event.js';
import {
  type ArrivedFact,
  type Basis,
  concernsOf,
  FactTimes,
  itemOfFact,
  type Subject,
} from './fact-times.js';
import { reaches, reachOf } from './reach.js';
import type { ReferenceFacts, Surroundings } from './reference.js';
import type { Rulebook } from './rule/compile.js';
import type { CaseState, Law, Turn } from './step.js';

/** Laws kept at once; one that was dropped is made again when it is asked for. */
const LAWS_KEPT = 32;

/** Instants at which the calendar that this program brings became known, or known otherwise. */
function broughtInstants(): Instant[] {
  return [...nationalEntries().map((entry) => entry.publishedAt), ...LAW_PUBLISHED_AT];
}

interface Given {
  readonly settings: ReferenceSettings;
  readonly rulebook: Rulebook;
}

/**
 * The calendar and the reference facts that the events say, as known at an instant (included): what a case is judged in.
 * Cases of regions with a calendar of their own are judged in that.
 */
export function surroundingsKnown(
  facts: Iterable<Event>,
  knownAt: Instant,
  given: Given,
): Surroundings {
  const all = [...facts];
  const calendars = calendarsKnown(all, knownAt);
  return surroundingsOf(calendars, referencesKnown(all, knownAt, calendars, given), given);
}

function referencesKnown(
  facts: Iterable<Event>,
  knownAt: Instant,
  calendars: KnownCalendars,
  { settings }: Given,
): ReferenceFacts {
  return buildReferences(facts, { knownAt, calendar: calendars.national }, settings);
}

function surroundingsOf(
  calendars: KnownCalendars,
  references: ReferenceFacts,
  { rulebook: { emptyLists } }: Given,
): Surroundings {
  const national = { calendar: calendars.national, references, emptyLists };
  if (!calendars.differ) return national;
  const byCalendar = new Map<Calendar, Surroundings>();
  const byRegion = new Map<string, Surroundings>();
  const inRegion = (regionCode: string): Surroundings => {
    const known = byRegion.get(regionCode);
    if (known !== undefined) return known;
    const calendar = calendars.in(regionCode);
    const around = byCalendar.get(calendar) ?? { ...national, calendar, inRegion };
    byCalendar.set(calendar, around);
    byRegion.set(regionCode, around);
    return around;
  };
  const around = { ...national, inRegion };
  byCalendar.set(calendars.national, around);
  return around;
}

function calendarFor(around: Surroundings, regionCode: string): string {
  return (around.inRegion?.(regionCode) ?? around).calendar.version;
}

/**
 * The laws in force over time: rulebook, calendars and reference facts, kept as the events that brought them. A law holds
 * what was known at its instant and nothing later, so a case comes to the same history whenever it is looked at. Laws are
 * immutable; one is made when first asked for, and made anew when a fact arrives.
 */
export class KnownLaws {
  private readonly facts = new Map<string, ArrivedFact>();
  private readonly brought = broughtInstants();
  /** Null where a fact has arrived since. */
  private times: FactTimes | null = null;
  private readonly calendars = new Map<Instant, KnownCalendars>();
  private readonly laws = new Map<Instant, Law>();
  private arrived = 0;
  /** What the laws were made of, also those that cases hold on to. */
  private readonly bases = new WeakMap<Surroundings, Basis>();

  constructor(
    private readonly rulebook: Rulebook,
    private readonly settings: ReferenceSettings,
  ) {}

  /** Takes in a reference fact; false where it is none or known already. */
  add(event: Event): boolean {
    if (!REFERENCE_TYPES.has(event.type)) return false;
    const key = `${event.source}\u0000${event.id}\u0000${event.rawDigest}`;
    const known = this.facts.get(key);
    // The same bytes reach every partition; the first receipt counts, whichever is read first.
    if (known !== undefined && known.event.receivedAt <= event.receivedAt) return false;
    this.arrived += 1;
    this.facts.set(key, { event, arrival: this.arrived });
    this.times = null;
    this.laws.clear();
    if (CALENDAR_TYPES.has(event.type)) this.calendars.clear();
    return known === undefined;
  }

  /** The law as known at `knownAt`; the same object as long as nothing became known since and no fact arrived. */
  at(knownAt: Instant): Law {
    return this.lawSince(this.known().lastUntil(knownAt) ?? knownAt);
  }

  /**
   * The law to take up a case under that was left at `asOf`: the newest until `now` that says of this case what the law
   * of `asOf` said. So cases left at many instants share one law where nothing that concerns them became known.
   */
  takingUp(subject: Subject, asOf: Instant, now: Instant): Law {
    const [next] = this.turningPoints(subject, asOf, now);
    return this.at(next === undefined ? Math.max(asOf, now) : next - 1);
  }

  private known(): FactTimes {
    this.times ??= new FactTimes(this.facts.values(), this.brought);
    return this.times;
  }

  private lawSince(since: Instant): Law {
    const made = this.laws.get(since);
    if (made !== undefined) return made;
    const calendars = this.calendarsAt(since);
    const references = referencesKnown(this.events(), since, calendars, this.given);
    const around = surroundingsOf(calendars, references, this.given);
    this.bases.set(around, { since, arrived: this.arrived });
    const law: Law = {
      rulebook: this.rulebook,
      around,
      turns: (state, after, until) => this.turns(state, after, until),
      saysTheSame: (state) => this.sayTheSame(state, around, since),
    };
    const [oldest] = this.laws.keys();
    if (this.laws.size >= LAWS_KEPT && oldest !== undefined) this.laws.delete(oldest);
    this.laws.set(since, law);
    return law;
  }

  private *events(): Generator<Event> {
    for (const { event } of this.facts.values()) yield event;
  }

  /** True where a case's law and a newer one have the same calendar for it and the same facts about it. */
  private sayTheSame(state: CaseState, around: Surroundings, until: Instant): boolean {
    const basis = this.bases.get(state.around);
    if (basis === undefined || basis.since > until) return false;
    for (const { regionCode } of state.received)
      if (calendarFor(state.around, regionCode) !== calendarFor(around, regionCode)) return false;
    return this.known().holdsAll(basis, until, concernsOf(state));
  }

  private get given(): Given {
    const { rulebook, settings } = this;
    return { rulebook, settings };
  }

  private calendarsAt(knownAt: Instant): KnownCalendars {
    const since = this.known().lastCalendarUntil(knownAt) ?? Number.NEGATIVE_INFINITY;
    let calendars = this.calendars.get(since);
    if (calendars === undefined) {
      calendars = calendarsKnown(this.events(), knownAt);
      this.calendars.set(since, calendars);
    }
    return calendars;
  }

  /** Instants in (after, until] at which something that concerns the subject became known, ascending. */
  private turningPoints(subject: Subject, after: Instant, until: Instant): Instant[] {
    const times = this.known();
    if (!times.anyIn(after, until)) return [];
    const points = new Set(times.factsIn(after, until, concernsOf(subject)));
    const regions = new Set(subject.received.map(({ regionCode }) => regionCode));
    for (const at of times.calendarsIn(after, until)) {
      const [before, since] = [this.calendarsAt(at - 1), this.calendarsAt(at)];
      for (const region of regions)
        if (before.in(region).version !== since.in(region).version) points.add(at);
    }
    return [...points].sort((a, b) => a - b);
  }

  private turns(state: CaseState, after: Instant, until: Instant): Turn[] {
    return this.turningPoints(state, after, until).map((at) => ({
      at,
      law: () => this.at(at),
      wakes: () => this.wakes(state, at),
    }));
  }

  private wakes({ caseId, view, ahead, asOf }: CaseState, at: Instant): boolean {
    const first = view.events[0] ?? ahead?.events[0];
    const { regionCode = '', agencyCode = '' } = first ?? {};
    const facts = this.known().factsAt(at);
    return facts.some((fact) => {
      if (fact.type.startsWith('catalog.')) return itemOfFact(fact) === view.itemCode;
      const reach = reachOf(fact, this.settings.feeds);
      return reach !== null && reaches(reach, { caseId, regionCode, agencyCode, asOf });
    });
  }
}
