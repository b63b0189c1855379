import { nationalVersion } from '#core/calendar/national.js';
import { CALENDAR_TYPES, calendarsKnown, type KnownCalendars } from '#core/calendar/published.js';
import type { Event, Instant } from '#core/event/event.js';
import type { Database } from '../server/database.js';

/** The calendars of the regions as known at an instant, for limits of alerts: without the other reference facts. */
export class CurrentCalendars {
  private kept: { readonly key: string; readonly calendars: KnownCalendars } | null = null;

  constructor(private readonly database: Database) {}

  /** The same object as long as the same notices are known. */
  async at(knownAt: Instant): Promise<KnownCalendars> {
    const { rows } = await this.database.pool.query<{ digest: string; body: Event }>(
      `select encode(digest, 'hex') as digest, body from reference_fact
       where kind = any($1) and known_from <= to_timestamp($2::float8 / 1000)
         and known_to > to_timestamp($2::float8 / 1000)
       order by kind, code, version, digest`,
      [[...CALENDAR_TYPES], knownAt],
    );
    const key = [nationalVersion(knownAt), ...rows.map(({ digest }) => digest)].join(' ');
    if (this.kept?.key === key) return this.kept.calendars;
    const calendars = calendarsKnown(
      rows.map(({ body }) => body),
      knownAt,
    );
    this.kept = { key, calendars };
    return calendars;
  }
}
