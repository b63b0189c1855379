import type { JsonValue } from '#core/audit/canonical-json.js';
import { plainFeed } from '#rulebook/city.js';
import type { Gathered } from '../gather/gather.js';
import type { GatheredEvent } from '../gather/read-events.js';
import type { Edition } from '../request/export-request.js';
import type { PayloadFiles } from './payload-files.js';
import type { Redactor } from './redact.js';

const iso = (at: number): string => new Date(at).toISOString();
const HOUR_MS = 3_600_000;

export interface GapSheet {
  readonly gaps: readonly {
    readonly source: string;
    readonly action: string;
    readonly at: string;
    readonly from: string | null;
    readonly reason: string | null;
    /** Words of the person who closed it. */
    readonly reasonText: string | null;
    readonly leafIndex: number;
  }[];
  readonly quarantined: readonly {
    readonly object: string;
    readonly action: string;
    readonly at: string;
    readonly source: string | null;
    readonly reason: string | null;
    /** Words of the person who decided. */
    readonly reasonText: string | null;
    readonly field: string | null;
    readonly leafIndex: number;
  }[];
  /** Received later than agreed with the feed. */
  readonly late: readonly EventDelay[];
  /** Recorded in the source system more than an hour after it happened. */
  readonly enteredLater: readonly EventDelay[];
  /** Identities that came with different bytes. */
  readonly versions: readonly {
    readonly source: string;
    readonly id: string;
    readonly leafIndexes: readonly number[];
  }[];
  /** Facts that a correction has moved from one case to another. */
  readonly moved: readonly {
    readonly source: string;
    readonly id: string;
    readonly to: readonly string[];
  }[];
}

interface EventDelay {
  readonly source: string;
  readonly id: string;
  readonly leafIndex: number;
  readonly from: string;
  readonly to: string;
  readonly hours: number;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function delays(
  events: readonly GatheredEvent[],
  span: (one: GatheredEvent) => readonly [from: number, to: number, allowedMs: number] | null,
): EventDelay[] {
  return events.flatMap((one) => {
    const found = span(one);
    if (found === null || found[1] - found[0] <= found[2]) return [];
    const [from, to] = found;
    return [
      {
        source: one.source,
        id: one.id,
        leafIndex: one.leafIndex,
        from: iso(from),
        to: iso(to),
        hours: Math.round((to - from) / HOUR_MS),
      },
    ];
  });
}

/** What is missing, late or doubtful in the material of the scope. */
export function gapSheet({ gaps, events, material }: Gathered): GapSheet {
  const own = events.filter(({ use }) => use === 'case');
  const feeds = new Map(material.feeds.feeds.map((feed) => [feed.source, feed]));
  const byIdentity = new Map<string, GatheredEvent[]>();
  for (const one of own) {
    const key = `${one.source}\n${one.id}`;
    byIdentity.set(key, [...(byIdentity.get(key) ?? []), one]);
  }
  return {
    gaps: gaps.gaps.map(({ leafIndex, record }) => ({
      source: record.object.slice('coverage:'.length),
      action: record.action,
      at: record.time,
      from: typeof record.fields.from === 'number' ? iso(record.fields.from) : null,
      ...(record.action === 'coverage.gap-closed'
        ? { reason: null, reasonText: text(record.fields.reason) }
        : { reason: text(record.fields.reason), reasonText: null }),
      leafIndex,
    })),
    quarantined: gaps.quarantined.map(({ leafIndex, record }) => ({
      object: record.object,
      action: record.action,
      at: record.time,
      source: text(record.fields.source),
      reason: text(record.fields.reason),
      reasonText: text(record.fields.reasonText),
      field: text(record.fields.field),
      leafIndex,
    })),
    late: delays(own, ({ source, event, receivedAt }) =>
      event === null
        ? null
        : [
            event.recordedAt,
            receivedAt,
            (feeds.get(source) ?? plainFeed(source)).agreedDelayHours * HOUR_MS,
          ],
    ),
    enteredLater: delays(own, ({ event }) =>
      event === null || event.precision === 'day'
        ? null
        : [event.occurredAt, event.recordedAt, HOUR_MS],
    ),
    versions: [...byIdentity.values()]
      .filter((versions) => versions.length > 1)
      .map((versions) => ({
        source: versions[0]?.source ?? '',
        id: versions[0]?.id ?? '',
        leafIndexes: versions.map(({ leafIndex }) => leafIndex),
      })),
    moved: own
      .filter(({ movedTo }) => movedTo.length > 0)
      .map(({ source, id, movedTo }) => ({ source, id, to: movedTo.map(({ caseId }) => caseId) })),
  };
}

export interface SourceClock {
  readonly source: string;
  readonly events: number;
  /** Events whose time is exact to the second, and to the day. */
  readonly precision: { readonly second: number; readonly day: number };
  /** Offsets from UTC that the bytes write; empty where they are withheld or not readable. */
  readonly offsets: readonly string[];
  /** Seconds between two of the three times: least, middle and greatest. */
  readonly recordedAfterOccurred: readonly number[];
  readonly receivedAfterRecorded: readonly number[];
  /** What keeps the clock of the source; the contract of events has no field for it. */
  readonly timeSource: null;
}

function spread(values: number[]): number[] {
  const sorted = values.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) / 1000);
  return sorted.length === 0 ? [] : [at(0), at(0.5), at(1)];
}

const TIME = /"time"\s*:\s*"[^"]{10,40}?(Z|[+-]\d\d:\d\d)"/;

/** What is known of the clocks of the sources, from the events themselves. */
export function sourceClocks({ events }: Gathered): SourceClock[] {
  const bySource = new Map<string, GatheredEvent[]>();
  for (const one of events)
    if (one.use === 'case') bySource.set(one.source, [...(bySource.get(one.source) ?? []), one]);
  return [...bySource]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([source, list]) => {
      const read = list.flatMap(({ event }) => event ?? []);
      const offsets = list.flatMap(
        ({ raw }) => TIME.exec(raw?.subarray(0, 65_536).toString('utf8') ?? '')?.[1] ?? [],
      );
      return {
        source,
        events: list.length,
        precision: {
          second: read.filter(({ precision }) => precision === 'second').length,
          day: read.filter(({ precision }) => precision === 'day').length,
        },
        offsets: [...new Set(offsets)].sort(),
        recordedAfterOccurred: spread(read.map((one) => one.recordedAt - one.occurredAt)),
        receivedAfterRecorded: spread(read.map((one) => one.receivedAt - one.recordedAt)),
        timeSource: null,
      };
    });
}

/** The sheet without the words of those who decided. Reasons of the system are codes and stay. */
function redactedSheet(sheet: GapSheet, redactor: Redactor): GapSheet {
  const hidden = <T extends { readonly reasonText: string | null }>(
    rows: readonly T[],
    name: string,
  ): T[] =>
    rows.map(({ reasonText, ...row }, at) => ({
      ...row,
      ...(redactor.redact('data/gaps.json', { reasonText }, `/${name}/${at}`) as object),
    })) as unknown as T[];
  return {
    ...sheet,
    gaps: hidden(sheet.gaps, 'gaps'),
    quarantined: hidden(sheet.quarantined, 'quarantined'),
  };
}

export function addQuality(
  files: PayloadFiles,
  gathered: Gathered,
  edition: Edition,
  redactor: Redactor,
): void {
  const sheet = gapSheet(gathered);
  const redacted = redactedSheet(sheet, redactor);
  files.json('gaps.json', (edition === 'full' ? sheet : redacted) as unknown as JsonValue);
  files.json('clocks.json', sourceClocks(gathered) as unknown as JsonValue);
}
