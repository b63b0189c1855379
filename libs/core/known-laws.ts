import { buildReferences, REFERENCE_TYPES, type ReferenceSettings } from './build-references.js';
import type { Calendar } from './calendar/calendar.js';
import { nationalEntries } from './calendar/national.js';
import { CALENDAR_TYPES, calendarsKnown } from './calendar/published.js';
import { LAW_PUBLISHED_AT } from './calendar/statutory-holidays.js';
import type { Event, Instant } from './event/event.js';
import type { Surroundings } from './reference.js';
import type { Rulebook } from './rule/compile.js';
import type { Law } from './step.js';

/** Instants at which the calendar that this program brings became known, or known otherwise. */
function broughtInstants(): Instant[] {
  return [...nationalEntries().map((entry) => entry.publishedAt), ...LAW_PUBLISHED_AT];
}

/**
 * The calendar and the reference facts that the events say, as known at an instant: what a case is judged in. Cases of
 * regions with a calendar of their own are judged in that.
 */
export function surroundingsKnown(
  facts: Iterable<Event>,
  knownAt: Instant,
  given: { readonly settings: ReferenceSettings; readonly rulebook: Rulebook },
): Surroundings {
  const all = [...facts];
  const calendars = calendarsKnown(all, knownAt);
  const references = buildReferences(
    all,
    { knownAt: Number.MAX_SAFE_INTEGER, calendar: calendars.national },
    given.settings,
  );
  const { emptyLists } = given.rulebook;
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

/**
 * The laws in force over time: rulebook, calendars and reference facts, kept as the events that brought them. Laws are
 * immutable; one is made when first asked for, and made anew when a fact arrives.
 */
export class KnownLaws {
  private readonly facts = new Map<string, Event>();
  private readonly brought = broughtInstants();
  /** Instants since which another calendar is known, ascending; null where a fact has arrived since. */
  private instants: Instant[] | null = null;
  private readonly laws = new Map<Instant, Law>();

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
    if (known !== undefined && known.receivedAt <= event.receivedAt) return false;
    this.facts.set(key, event);
    this.instants = null;
    this.laws.clear();
    return known === undefined;
  }

  /** The law as known at `knownAt`; the same object as long as no other calendar became known and no fact arrived. */
  at(knownAt: Instant): Law {
    this.instants ??= this.calendarInstants();
    const since = this.instants.findLast((instant) => instant <= knownAt);
    return this.lawSince(since ?? knownAt);
  }

  private calendarInstants(): Instant[] {
    const published = [...this.facts.values()]
      .filter(({ type }) => CALENDAR_TYPES.has(type))
      .map(({ receivedAt }) => receivedAt);
    return [...new Set([...this.brought, ...published])].sort((a, b) => a - b);
  }

  private lawSince(since: Instant): Law {
    const known = this.laws.get(since);
    if (known !== undefined) return known;
    const { rulebook, settings } = this;
    const around = surroundingsKnown(this.facts.values(), since, { rulebook, settings });
    const earlier = this.instants?.findLast((instant) => instant < since);
    const law: Law = {
      rulebook,
      around,
      since,
      before: () => (earlier === undefined ? null : this.lawSince(earlier)),
    };
    this.laws.set(since, law);
    return law;
  }
}
